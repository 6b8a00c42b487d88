"""Invitations, forgotten and changed passwords: each token once, and only for what it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve
from tests.unit.identity.conftest import (
    ADMIN_HERE,
    EMAIL,
    LANDLORD_HERE,
    OPERATOR,
    OTHER_PASSWORD,
    PASSWORD,
    THERE,
    Installation,
)
from typing_extensions import override

from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.password_rules import checked_password
from marketplace_core.domain.identity.users import UserStatus
from marketplace_core.domain.party import Role
from marketplace_core.errors import (
    ConfigurationError,
    IllegalTransition,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    TooManyAttempts,
)
from marketplace_core.ports.notifier import Message, Notifier
from marketplace_core.services.identity.proof import verify_identities

ADDRESS = "198.51.100.7"


def test_an_invitation_becomes_a_login_once(here: Installation) -> None:
    """Invited, active with the password; the link is used up, and stands behind # so that no server logs it."""
    user = here.invited()
    assert (user.status, user.password_hash) == (UserStatus.INVITED, "")
    (message,) = here.outbox.sent
    assert (message.kind, message.recipient) == ("invitation", EMAIL)
    token = here.outbox.token_to(EMAIL)
    assert f"https://rent.example/invitation#{token}\n" in message.text
    session = here.accept(token, PASSWORD, here.now)
    assert session.user.status is UserStatus.ACTIVE
    here.authenticate.by_session(session.token, here.now)
    with pytest.raises(NotAuthenticated):
        here.accept(token, OTHER_PASSWORD, here.now)
    here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)


def test_a_refused_password_leaves_the_invitation(here: Installation) -> None:
    """The token still counts after a password that is not taken."""
    here.invited()
    token = here.outbox.token_to(EMAIL)
    with pytest.raises(InvalidInput, match="12"):
        here.accept(token, "short", here.now)
    here.accept(token, PASSWORD, here.now)


def test_an_invitation_ends_with_time_and_with_a_newer_one(here: Installation) -> None:
    """Three days; and the last one alone counts."""
    here.invited()
    first = here.outbox.token_to(EMAIL)
    here.invited()
    with pytest.raises(NotAuthenticated):
        here.accept(first, PASSWORD, here.now)
    here.later(timedelta(hours=72))
    with pytest.raises(NotAuthenticated):
        here.accept(here.outbox.token_to(EMAIL), PASSWORD, here.now)


def test_the_same_command_again_invites_nobody_twice(here: Installation) -> None:
    """One user; whoever is invited gets a link that works, in case the first mail was lost with the machine."""
    command = here.act("user.invite")
    first = here.invite(command, OPERATOR, EMAIL, "Halima", LANDLORD_HERE)
    again = here.invite(command, OPERATOR, EMAIL, "Halima", LANDLORD_HERE)
    assert first == again
    assert len(list(here.store.users())) == 1
    here.accept(here.outbox.token_to(EMAIL), PASSWORD, here.now)


def test_somebody_with_a_login_gets_the_role_in_it(here: Installation) -> None:
    """No second login, no new password; they are told, with no token."""
    here.active()
    there = StoredGrant(Role.LANDLORD, THERE)
    told = here.invite(here.act(), OPERATOR, EMAIL.upper(), "Somebody Else", there)
    assert (told.name, told.status, set(told.grants)) == ("Halima", UserStatus.ACTIVE, {LANDLORD_HERE, there})
    assert here.outbox.sent[-1].kind == "granted"
    assert here.tokens.given[-1] not in here.outbox.sent[-1].text
    here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)


def test_who_is_not_in_the_books_gets_no_role(here: Installation) -> None:
    """A person or portfolio that is not there, and a disabled user, are refused; nobody is written to."""
    for grant in (StoredGrant(Role.TENANT, LANDLORD_HERE.portfolio_id, PersonId("ghost")),):
        with pytest.raises(NotFound, match="ghost"):
            here.invite(here.act(), OPERATOR, EMAIL, "Halima", grant)
    assert here.outbox.sent == []
    user = here.invited()
    here.disable(here.act(), OPERATOR, user.user_id)
    sent = len(here.outbox.sent)
    with pytest.raises(IllegalTransition, match="disabled"):
        here.invite(here.act(), OPERATOR, EMAIL, "Halima", LANDLORD_HERE)
    with pytest.raises(NotAuthenticated):
        here.accept(here.outbox.token_to(EMAIL), PASSWORD, here.now)
    assert len(here.outbox.sent) == sent


def test_a_dry_run_invites_nobody(here: Installation) -> None:
    """It says who it would be."""
    told = here.invite(here.act(), ADMIN_HERE, EMAIL, "Halima", LANDLORD_HERE, dry_run=True)
    assert (told.email, told.grants) == (EMAIL, (LANDLORD_HERE,))
    assert list(here.store.users()) == []
    assert here.outbox.sent == []


def test_a_forgotten_password_is_replaced_once(here: Installation) -> None:
    """Every session ends, the link is used up, and they are told."""
    session = here.active()
    here.request_reset(EMAIL, ADDRESS, here.now)
    token = here.outbox.token_to(EMAIL)
    assert "https://rent.example/password-reset#" in here.outbox.sent[-1].text
    here.reset(token, OTHER_PASSWORD, here.now)
    assert here.outbox.sent[-1].kind == "password_changed"
    with pytest.raises(NotAuthenticated):
        here.authenticate.by_session(session.token, here.now)
    with pytest.raises(NotAuthenticated):
        here.reset(token, PASSWORD, here.now)
    with pytest.raises(NotAuthenticated):
        here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)
    here.sign_in(EMAIL, OTHER_PASSWORD, ADDRESS, here.now)


def test_asking_for_a_reset_tells_nothing(here: Installation) -> None:
    """Unknown, invited or disabled: answered as anybody, and nobody is written to."""
    here.invited(email="invited@example.org")
    session = here.active()
    here.disable(here.act(), OPERATOR, session.user.user_id)
    sent = len(here.outbox.sent)
    for email in (EMAIL, "invited@example.org", "nobody@example.org"):
        here.request_reset(email, ADDRESS, here.now)
    assert len(here.outbox.sent) == sent


def test_resets_are_rare(here: Installation) -> None:
    """Three an hour for an account, also an unknown one, and twenty from a machine."""
    for _ in range(3):
        here.request_reset("nobody@example.org", "203.0.113.1", here.now)
    with pytest.raises(TooManyAttempts):
        here.request_reset("nobody@example.org", "203.0.113.2", here.now)
    for number in range(20):
        here.request_reset(f"u{number}@example.org", ADDRESS, here.now)
    with pytest.raises(TooManyAttempts):
        here.request_reset("another@example.org", ADDRESS, here.now)


def test_a_token_is_good_for_its_purpose_and_time_alone(here: Installation) -> None:
    """A reset accepts no invitation, a session's token is none, and a reset ends after half an hour."""
    session = here.active()
    here.request_reset(EMAIL, ADDRESS, here.now)
    token = here.outbox.token_to(EMAIL)
    with pytest.raises(NotAuthenticated):
        here.accept(token, OTHER_PASSWORD, here.now)
    with pytest.raises(NotAuthenticated):
        here.reset(session.token, OTHER_PASSWORD, here.now)
    here.later(timedelta(minutes=30))
    with pytest.raises(NotAuthenticated):
        here.reset(token, OTHER_PASSWORD, here.now)


def test_a_changed_password_ends_resets_and_sessions(here: Installation) -> None:
    """With the old one only; a new session begins; a reset asked for before is worth nothing."""
    session = here.active()
    here.request_reset(EMAIL, ADDRESS, here.now)
    token = here.outbox.token_to(EMAIL)
    user_id = session.user.user_id
    with pytest.raises(NotAuthenticated, match="old password"):
        here.change_password(here.act(), user_id, OTHER_PASSWORD, OTHER_PASSWORD)
    fresh = here.change_password(here.act(), user_id, PASSWORD, OTHER_PASSWORD)
    here.authenticate.by_session(fresh.token, here.now)
    for old in (lambda: here.authenticate.by_session(session.token, here.now), lambda: _reset(here, token)):
        with pytest.raises(NotAuthenticated):
            old()
    assert verify_identities(here.store).ok


def test_a_password_is_changed_where_nobody_can_be_told(here: Installation) -> None:
    """Without a mail server, the change stands and the new session is given."""

    class Nowhere(Notifier):
        @override
        def send(self, message: Message) -> None:
            raise ConfigurationError("no mail can be sent from here")

    session = here.active()
    here.request_reset(EMAIL, ADDRESS, here.now)
    change = evolve(here.change_password, notifier=Nowhere())
    fresh = change(here.act(), session.user.user_id, PASSWORD, OTHER_PASSWORD)
    here.authenticate.by_session(fresh.token, here.now)
    here.request_reset(EMAIL, ADDRESS, here.now)
    evolve(here.reset, notifier=Nowhere())(here.outbox.token_to(EMAIL), PASSWORD, here.now)
    here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)


def _reset(here: Installation, token: str) -> None:
    here.reset(token, "another good one here", here.now)


@pytest.mark.parametrize(
    "password",
    [
        "elevensigns",
        "x" * 129,
        "aaaaaaaaaaaa",
        "abcabcabcabcab",
        "123456789012",
        "qwertyuiopas",
        "Password12345",
        "passwordpassword",
        "WelcomeNairobi1!",
        "P@ssw0rd1234",
        "correcthorsebatterystaple",
        "halima@example.org",
        "Halima.Wanjala1",
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff4412345",
    ],
)
def test_a_password_that_would_be_guessed_is_refused(password: str) -> None:
    """Too short, too long, common, a row or repeated, one's own name; and the message does not repeat it."""
    with pytest.raises(InvalidInput) as refused:
        checked_password(password, email=EMAIL, name="Halima Wanjala")
    assert password not in str(refused.value)


@pytest.mark.parametrize(
    "password",
    [
        "mti mrefu tu",
        "839201748392",
        "zqxjvkbwpfyg",
        "nyumba-ya-halima-ni-kubwa",
        "ñandú über Öl und Wasser",
        "密" * 6 + "码安全很重要",
    ],
)
def test_any_other_password_is_taken(password: str) -> None:
    """No rule says which signs it has."""
    assert checked_password(password, email=EMAIL, name="Halima Wanjala") == password
