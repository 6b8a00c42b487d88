"""Signing in and out, sessions, and what ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.identity.conftest import EMAIL, MINUTE, OPERATOR, OTHER_PASSWORD, PASSWORD, TENANT_HERE, Installation

from marketplace_core.domain.access import Action, Target, permits
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.identity.users import UserStatus
from marketplace_core.errors import NotAuthenticated, TooManyAttempts
from marketplace_core.services.identity.proof import verify_identities
from marketplace_core.services.identity.retention import RetireIdentityRows
from marketplace_core.testing.life import PortfolioLife

ADDRESS = "198.51.100.7"


def test_a_session_says_who_asks(here: Installation) -> None:
    """The actor is the user with their roles, until the session's end."""
    here.active()
    session = here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)
    found = here.authenticate.by_session(session.token, here.now)
    assert found.actor.name == f"person:{session.user.user_id}"
    assert (found.user_id, found.client_id) == (session.user.user_id, None)
    assert found.expires_at == session.expires_at == here.now + timedelta(hours=12)
    assert permits(found.actor, Action.BILL, Target(here.books.portfolios()[0].portfolio_id))


def test_the_address_is_the_same_in_any_spelling(here: Installation) -> None:
    """Capitals, spaces around, full-width letters; a password typed on another keyboard is the same one."""
    here.active()
    assert here.sign_in("  HALIMA@Example.ORG ", PASSWORD, ADDRESS, here.now).user.email == EMAIL
    assert here.sign_in("halima\uff20example.org", PASSWORD, ADDRESS, here.now).user.email == EMAIL
    assert here.sign_in(EMAIL, PASSWORD.replace("b", "\uff42"), ADDRESS, here.now).user.email == EMAIL


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org", "no address", "invited@example.org", ""])
def test_who_guesses_learns_nothing(here: Installation, email: str) -> None:
    """A wrong password, an unknown or impossible address and somebody only invited: one message, one verification."""
    here.active()
    here.invited(email="invited@example.org")
    here.passwords.verified.clear()
    with pytest.raises(NotAuthenticated, match=r"^the address or the password is wrong$"):
        here.sign_in(email, OTHER_PASSWORD, ADDRESS, here.now)
    assert len(here.passwords.verified) == 1


def test_a_password_that_nobody_has_is_not_hashed(here: Installation) -> None:
    """A megabyte of password costs no more than another."""
    here.active()
    here.passwords.verified.clear()
    with pytest.raises(NotAuthenticated):
        here.sign_in(EMAIL, "x" * 1_000_000, ADDRESS, here.now)
    assert here.passwords.verified == [""]


def test_an_account_waits_after_ten_tries(here: Installation) -> None:
    """Also with the right password; after the window it goes on, and a success begins anew."""
    here.active()
    for number in range(10):
        with pytest.raises(NotAuthenticated):
            here.sign_in(EMAIL, "wrong", f"198.51.100.{number}", here.now)
    with pytest.raises(TooManyAttempts) as refused:
        here.sign_in(EMAIL.upper(), PASSWORD, ADDRESS, here.now)
    assert refused.value.retry_after_seconds == 900
    here.later(16 * MINUTE)
    for _ in range(30):
        here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)


@pytest.mark.parametrize("network", ["198.51.100.7", "2001:db8:7:7:{:x}::1"])
def test_a_machine_waits_after_a_hundred_tries(here: Installation, network: str) -> None:
    """Over all accounts; an IPv6 network is one machine."""
    for number in range(100):
        with pytest.raises(NotAuthenticated):
            here.sign_in(f"u{number}@example.org", "wrong", network.format(number), here.now)
    with pytest.raises(TooManyAttempts):
        here.sign_in("another@example.org", "wrong", network.format(101), here.now)
    with pytest.raises(NotAuthenticated):
        here.sign_in("another@example.org", "wrong", "203.0.113.9", here.now)


def test_a_session_ends_unused_and_in_any_case(here: Installation) -> None:
    """After an hour without use; used, it lasts twelve."""
    here.active()
    idle = here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)
    used = here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)
    for _ in range(23):
        here.later(30 * MINUTE)
        here.authenticate.by_session(used.token, here.now)
    with pytest.raises(NotAuthenticated):
        here.authenticate.by_session(idle.token, here.now)
    here.later(30 * MINUTE)
    with pytest.raises(NotAuthenticated):
        here.authenticate.by_session(used.token, here.now)


def test_signing_in_ends_the_browsers_session_of_before(here: Installation) -> None:
    """So that a token planted before is worth nothing after; signing out ends the rest."""
    planted = here.active()
    session = here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now, old_token=planted.token)
    assert session.token != planted.token
    with pytest.raises(NotAuthenticated):
        here.authenticate.by_session(planted.token, here.now)
    here.sign_out(session.token)
    here.sign_out(session.token)
    with pytest.raises(NotAuthenticated):
        here.authenticate.by_session(session.token, here.now)


def test_other_sessions_end(here: Installation) -> None:
    """The one that asks stays."""
    first = here.active()
    second = here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)
    assert here.end_others(second.user.user_id, second.token) == 1
    here.authenticate.by_session(second.token, here.now)
    with pytest.raises(NotAuthenticated):
        here.authenticate.by_session(first.token, here.now)


def test_what_was_taken_away_counts_at_the_next_request(here: Installation) -> None:
    """A role revoked, a lease moved, a user disabled; enabled again, the old session stays ended."""
    life = PortfolioLife(here.books, first_step=100)
    life.let(1)
    session = here.active(TENANT_HERE)
    shown = here.authenticate.by_session(session.token, here.now).actor.grants[0]
    assert shown.lease_ids == {LeaseId("l1")}
    here.revoke(here.act(), OPERATOR, session.user.user_id, TENANT_HERE.grant_id)
    assert here.authenticate.by_session(session.token, here.now).actor.grants == ()
    here.disable(here.act(), OPERATOR, session.user.user_id)
    with pytest.raises(NotAuthenticated):
        here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)
    here.enable(here.act(), OPERATOR, session.user.user_id)
    with pytest.raises(NotAuthenticated):
        here.authenticate.by_session(session.token, here.now)
    assert here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now).user.status is UserStatus.ACTIVE


def test_a_session_kept_in_the_store_counts_no_more_after_a_new_password(here: Installation) -> None:
    """Also where the machine died before it deleted the sessions: the epoch is another."""
    session = here.active()
    here.store.change_user(here.act(), session.user.user_id, lambda it: (it or session.user).with_password("new"))
    assert len(here.store.sessions_of(session.user.user_id)) == 1
    with pytest.raises(NotAuthenticated):
        here.authenticate.by_session(session.token, here.now)


def test_a_weaker_hash_is_made_anew_at_sign_in(here: Installation) -> None:
    """With a link that says so; the session counts, and so does the password."""
    here.active()
    here.passwords.strength = 2
    session = here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)
    assert session.user.password_hash.startswith("quick$2$")
    here.authenticate.by_session(session.token, here.now)
    here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)
    assert [it.kind for it in here.store.identity_events()][-1] == "user.rehash"
    assert verify_identities(here.store).ok


def test_rows_that_count_no_more_are_retired(here: Installation) -> None:
    """Sessions, tokens and counts; what counts stays."""
    here.active()
    here.later(timedelta(days=4))
    kept = here.sign_in(EMAIL, PASSWORD, ADDRESS, here.now)
    retire = RetireIdentityRows(here.store, here.store)
    assert retire(here.now) == 2
    assert retire(here.now) == 0
    here.authenticate.by_session(kept.token, here.now)
