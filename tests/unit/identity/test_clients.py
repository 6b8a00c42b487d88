"""Clients: secrets, access tokens, scopes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve
from tests.unit.identity.conftest import LANDLORD_HERE, OPERATOR, Installation

from marketplace_core.domain.access import Action, Target, permits
from marketplace_core.domain.identifiers import ClientId
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.party import Role
from marketplace_core.errors import AlreadyExists, InvalidInput, NotAuthenticated, NotFound, TooManyAttempts

SYNC = ClientId("sync")


def test_a_token_acts_as_the_client_within_its_scopes(here: Installation) -> None:
    """Its roles allow more than it was given scopes for."""
    made = here.client(Action.READ_LEASE, Action.BILL)
    issued = here.issue("sync", made.secret, [], here.now)
    assert (issued.expires_in, issued.scopes) == (300, (Action.READ_LEASE, Action.BILL))
    found = here.authenticate.by_bearer(issued.access_token, here.now)
    assert (found.actor.name, found.user_id, found.client_id) == ("service:sync", None, SYNC)
    target = Target(LANDLORD_HERE.portfolio_id)
    assert permits(found.actor, Action.BILL, target)
    assert not permits(found.actor, Action.REFUND, target)
    narrow = here.issue("sync", made.secret, ["lease.read"], here.now)
    actor = here.authenticate.by_bearer(narrow.access_token, here.now).actor
    assert not permits(actor, Action.BILL, target)


def test_a_scope_taken_from_the_client_is_gone_from_its_tokens(here: Installation) -> None:
    """At the next request, however long the token counts."""
    issued = here.issue("sync", here.client(Action.READ_LEASE, Action.BILL).secret, [], here.now)
    here.store.change_client(here.act(), SYNC, _read_only)
    actor = here.authenticate.by_bearer(issued.access_token, here.now).actor
    assert actor.scopes == frozenset([Action.READ_LEASE])


def _read_only(client: ApiClient | None) -> ApiClient:
    assert client is not None
    return evolve(client, scopes=(Action.READ_LEASE,))


@pytest.mark.parametrize("wrong", ["", "x", "sync"])
def test_a_wrong_secret_gets_nothing(here: Installation, wrong: str) -> None:
    """As for an unknown client."""
    made = here.client()
    for client_id, secret in (("sync", wrong), ("nobody", made.secret)):
        with pytest.raises(NotAuthenticated, match="id or secret"):
            here.issue(client_id, secret, [], here.now)


def test_a_scope_beyond_the_clients_is_refused(here: Installation) -> None:
    """Not left out in silence."""
    made = here.client(Action.READ_LEASE)
    with pytest.raises(InvalidInput, match=r"system\.operate"):
        here.issue("sync", made.secret, ["lease.read", "system.operate"], here.now)


def test_two_secrets_count_at_once(here: Installation) -> None:
    """The old one until the next rotation; the third ends the first."""
    first = here.client()
    second = here.rotate(here.act(), OPERATOR, SYNC)
    for it in (first, second):
        here.issue("sync", it.secret, [], here.now)
    third = here.rotate(here.act(), OPERATOR, SYNC)
    for it in (second, third):
        here.issue("sync", it.secret, [], here.now)
    with pytest.raises(NotAuthenticated):
        here.issue("sync", first.secret, [], here.now)


def test_a_disabled_client_is_out_at_once(here: Installation) -> None:
    """Its access tokens too."""
    made = here.client()
    issued = here.issue("sync", made.secret, [], here.now)
    here.disable_client(here.act(), OPERATOR, SYNC)
    with pytest.raises(NotAuthenticated):
        here.authenticate.by_bearer(issued.access_token, here.now)
    with pytest.raises(NotAuthenticated):
        here.issue("sync", made.secret, [], here.now)


def test_a_token_ends_by_itself(here: Installation) -> None:
    """After five minutes."""
    issued = here.issue("sync", here.client().secret, [], here.now)
    here.later(timedelta(seconds=300))
    with pytest.raises(NotAuthenticated):
        here.authenticate.by_bearer(issued.access_token, here.now)


def test_the_same_command_makes_no_second_secret(here: Installation) -> None:
    """The answer has none then; another command with a taken id is refused."""
    command = here.act()
    scopes, grants = [Action.BILL], [LANDLORD_HERE]
    first = here.make_client(command, OPERATOR, "sync", "", scopes, grants)
    again = here.make_client(command, OPERATOR, "sync", "", scopes, grants)
    assert (again.client, again.secret) == (first.client, "")
    with pytest.raises(AlreadyExists):
        here.make_client(here.act(), OPERATOR, "sync", "", scopes, grants)
    with pytest.raises(NotFound):
        here.rotate(here.act(), OPERATOR, ClientId("nobody"))


def test_one_machine_asks_for_tokens_so_often(here: Installation) -> None:
    """Six hundred in a quarter of an hour."""
    secret = here.client().secret
    for _ in range(600):
        here.issue("sync", secret, [], here.now, address="203.0.113.1")
    with pytest.raises(TooManyAttempts):
        here.issue("sync", secret, [], here.now, address="203.0.113.1")


def test_a_client_that_could_do_nothing_is_none(here: Installation) -> None:
    """No scope, no role, an id that no command could name."""
    operate = StoredGrant(Role.ADMIN, None)
    for client_id, scopes, grants in (
        ("a", [], [operate]),
        ("a", [Action.BILL], []),
        ("a b", [Action.BILL], [operate]),
    ):
        with pytest.raises(InvalidInput):
            here.make_client(here.act(), OPERATOR, client_id, "", scopes, grants)
