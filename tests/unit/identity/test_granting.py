"""Nobody gives more than they have, nor takes over who has more."""

from __future__ import annotations

import pytest
from tests.unit.identity.conftest import (
    ADMIN_HERE,
    ADMIN_THERE,
    CARETAKER_HERE,
    EMAIL,
    HERE,
    LANDLORD_HERE,
    OPERATOR,
    TENANT_HERE,
    THERE,
    Installation,
)

from marketplace_core.domain.access import Action, Actor, Grant
from marketplace_core.domain.identifiers import ClientId, PersonId, PropertyId
from marketplace_core.domain.identity.granting import require_may_grant
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.party import Role
from marketplace_core.errors import InvalidInput, MarketplaceError, NotFound, NotPermitted

WHOLE = StoredGrant(Role.ADMIN, None)
ADMIN_OF_THERE = StoredGrant(Role.ADMIN, THERE)
LANDLORD = Actor("person:l", (Grant(Role.LANDLORD, HERE),))
SCOPED = Actor("service:s", (Grant(Role.ADMIN, HERE),), frozenset([Action.OPERATE, Action.READ_LEASE]))


@pytest.mark.parametrize(
    ("actor", "grant", "refusal"),
    [
        (OPERATOR, WHOLE, None),
        (OPERATOR, TENANT_HERE, None),
        (ADMIN_HERE, StoredGrant(Role.ADMIN, HERE), None),
        (ADMIN_HERE, TENANT_HERE, None),
        (ADMIN_HERE, CARETAKER_HERE, None),
        (ADMIN_HERE, WHOLE, NotFound),
        (ADMIN_HERE, ADMIN_OF_THERE, NotFound),
        (LANDLORD, TENANT_HERE, NotPermitted),
        (LANDLORD, LANDLORD_HERE, NotPermitted),
        (LANDLORD, ADMIN_OF_THERE, NotFound),
        (SCOPED, LANDLORD_HERE, NotPermitted),
        (Actor("person:x", ()), TENANT_HERE, NotFound),
    ],
)
def test_who_may_give_which_role(actor: Actor, grant: StoredGrant, refusal: type[MarketplaceError] | None) -> None:
    """Operators any; admins of a portfolio those in it; others none; and scopes bind whoever has them."""
    if refusal is None:
        require_may_grant(actor, grant)
    else:
        with pytest.raises(refusal):
            require_may_grant(actor, grant)


@pytest.mark.parametrize(
    ("actor", "grant"), [(ADMIN_HERE, WHOLE), (ADMIN_HERE, ADMIN_OF_THERE), (LANDLORD, TENANT_HERE)]
)
def test_every_way_to_a_role_asks(here: Installation, actor: Actor, grant: StoredGrant) -> None:
    """Inviting, granting and making a client refuse alike, and nothing is written, nobody is written to."""
    user = here.active(LANDLORD_HERE).user
    before, sent = here.store.identity_head(), len(here.outbox.sent)
    for attempt in (
        lambda: here.invite(here.act(), actor, "new@example.org", "New", grant),
        lambda: here.grant(here.act(), actor, user.user_id, grant),
        lambda: here.make_client(here.act(), actor, "sync", "", [Action.BILL], [grant]),
    ):
        with pytest.raises((NotFound, NotPermitted)):
            attempt()
    assert (here.store.identity_head(), len(here.outbox.sent)) == (before, sent)


def test_a_landlord_takes_no_role(here: Installation) -> None:
    """Nor lets anybody in or out: it is an admin's; and a service whose scopes do not hold the role takes none."""
    user = here.active(LANDLORD_HERE).user
    with pytest.raises(NotPermitted, match="scopes"):
        here.revoke(here.act(), SCOPED, user.user_id, LANDLORD_HERE.grant_id)
    with pytest.raises((NotFound, NotPermitted)):
        here.revoke(here.act(), LANDLORD, user.user_id, LANDLORD_HERE.grant_id)
    with pytest.raises(NotPermitted):
        here.disable(here.act(), LANDLORD, user.user_id)


def test_scopes_give_what_they_hold(here: Installation) -> None:
    """A service may make another with no more scopes than its own."""
    here.make_client(here.act(), SCOPED, "reader", "", [Action.READ_LEASE], [StoredGrant(Role.ADMIN, HERE)])
    with pytest.raises(NotPermitted, match=r"money\.bill"):
        here.make_client(here.act(), SCOPED, "biller", "", [Action.BILL], [StoredGrant(Role.ADMIN, HERE)])


def test_an_admin_of_one_book_changes_nobody_of_another(here: Installation) -> None:
    """They add roles in their own; they neither see nor take others, nor lock out who has some."""
    user = here.active(LANDLORD_HERE, ADMIN_OF_THERE).user
    told = here.grant(here.act(), ADMIN_HERE, user.user_id, TENANT_HERE)
    assert set(told.grants) == {LANDLORD_HERE, TENANT_HERE}
    with pytest.raises(NotFound):
        here.revoke(here.act(), ADMIN_HERE, user.user_id, ADMIN_OF_THERE.grant_id)
    for change in (here.disable, here.enable):
        with pytest.raises(NotFound):
            change(here.act(), ADMIN_HERE, user.user_id)
    here.revoke(here.act(), ADMIN_HERE, user.user_id, TENANT_HERE.grant_id)
    here.revoke(here.act(), ADMIN_THERE, user.user_id, ADMIN_OF_THERE.grant_id)
    here.disable(here.act(), ADMIN_HERE, user.user_id)


def test_nobody_of_another_book_is_found_by_their_id(here: Installation) -> None:
    """An admin who gives them a role would be told their name and address; the operator may."""
    user = here.active(ADMIN_OF_THERE).user
    before = here.store.identity_head()
    for dry_run in (True, False):
        with pytest.raises(NotFound, match="there is no user"):
            here.grant(here.act(), ADMIN_HERE, user.user_id, TENANT_HERE, dry_run=dry_run)
    assert here.store.identity_head() == before
    assert TENANT_HERE in here.grant(here.act(), OPERATOR, user.user_id, TENANT_HERE).grants


def test_an_invitation_of_an_admin_tells_nobody_the_token(here: Installation) -> None:
    """It goes to the invited alone: an admin of one book could else take over a login of another."""
    here.invited(ADMIN_OF_THERE)
    told = here.invite(here.act(), ADMIN_HERE, EMAIL, "H", LANDLORD_HERE)
    assert told.grants == (LANDLORD_HERE,)
    assert here.outbox.token_to(EMAIL) not in f"{told!r}{told}"
    assert {it.recipient for it in here.outbox.sent} == {EMAIL}


def test_a_user_without_roles_is_the_operators(here: Installation) -> None:
    """An admin of a book has no part in them."""
    user = here.active(LANDLORD_HERE).user
    here.revoke(here.act(), ADMIN_HERE, user.user_id, LANDLORD_HERE.grant_id)
    with pytest.raises(NotFound):
        here.disable(here.act(), ADMIN_HERE, user.user_id)
    here.disable(here.act(), OPERATOR, user.user_id)


def test_lists_show_what_is_the_actors_concern(here: Installation) -> None:
    """An admin of a book its users and clients, with their roles in it; the operator all."""
    here.active(LANDLORD_HERE, ADMIN_OF_THERE)
    here.active(ADMIN_OF_THERE, email="other@example.org")
    here.client()
    (shown,) = here.list_users(ADMIN_HERE, HERE)
    assert (shown.email, shown.grants) == (EMAIL, (LANDLORD_HERE,))
    assert len(list(here.list_users(OPERATOR))) == 2
    assert [it.client_id for it in here.list_clients(ADMIN_HERE, HERE)] == ["sync"]
    assert list(here.list_clients(ADMIN_THERE, THERE)) == []
    for listing in (here.list_users, here.list_clients):
        with pytest.raises(NotFound):
            listing(ADMIN_HERE)
        with pytest.raises(NotFound):
            listing(ADMIN_HERE, THERE)
        with pytest.raises(NotPermitted):
            listing(LANDLORD, HERE)


def test_another_books_client_is_not_taken_over(here: Installation) -> None:
    """A new secret of it would be its power."""
    here.client()
    with pytest.raises(NotFound):
        here.rotate(here.act(), ADMIN_THERE, ClientId("sync"))
    with pytest.raises(NotFound):
        here.disable_client(here.act(), ADMIN_THERE, ClientId("sync"))
    with pytest.raises(NotPermitted):
        here.rotate(here.act(), SCOPED, ClientId("sync"))
    here.rotate(here.act(), ADMIN_HERE, ClientId("sync"))


@pytest.mark.parametrize(
    "parts",
    [
        (Role.LANDLORD, None),
        (Role.TENANT, HERE),
        (Role.CARETAKER, HERE),
        (Role.CARETAKER, HERE, None, ()),
        (Role.ADMIN, HERE, None, (PropertyId("block"),)),
        (Role.TENANT, HERE, PersonId("t1"), (PropertyId("block"),)),
        (Role.LANDLORD, HERE, None, None, True),
        (Role.TENANT, HERE, PersonId("t1"), None, True),
    ],
)
def test_a_role_that_reaches_too_much_or_nothing_is_none(parts: tuple[object, ...]) -> None:
    """A landlord of everything, a tenant who is nobody, a caretaker of nothing."""
    with pytest.raises(InvalidInput):
        StoredGrant(*parts)  # type: ignore[arg-type]
