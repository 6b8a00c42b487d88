"""What every store of sessions, one-time tokens and attempts must do."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from attrs import evolve

from marketplace_core.domain.identity.sessions import LoginSession, OneTimeToken, Purpose, secret_hash
from marketplace_core.domain.identity.users import User
from marketplace_core.ports.identity.identities import Identities
from marketplace_core.testing.clocks import A_MONDAY
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.contracts.identity_base import IdentitiesContract, act, user_named

_HOUR = timedelta(hours=1)


class SessionsContract(IdentitiesContract):
    """Sessions and tokens are found by their hash, until they are ended or retired."""

    def test_a_session_comes_back_with_its_user(self, identities: Identities) -> None:
        """The user as they are now; an unknown hash is None."""
        user, session = _user(identities), _session("s1")
        identities.add_session(session)
        assert identities.session(session.token_hash) == (session, user)
        changed = identities.change_user(act(2), user.user_id, lambda it: (it or user).disabled())
        assert identities.session(session.token_hash) == (session, changed)
        assert identities.session(secret_hash("other")) is None

    def test_a_session_is_seen_later_and_never_earlier(self, identities: Identities) -> None:
        """Two machines may tell in any order; an ended session does not come back."""
        _user(identities)
        session = _session("s1")
        identities.add_session(session)
        identities.see_session(session.token_hash, A_MONDAY + _HOUR)
        identities.see_session(session.token_hash, A_MONDAY + _HOUR / 2)
        (found,) = identities.sessions_of(session.user_id)
        assert found == evolve(session, seen_at=A_MONDAY + _HOUR)
        identities.end_session(session.token_hash)
        identities.see_session(session.token_hash, A_MONDAY + 2 * _HOUR)
        assert identities.session(session.token_hash) is None

    def test_other_sessions_end(self, identities: Identities) -> None:
        """All but one, or all; another user's stay."""
        _user(identities)
        _user(identities, "juma")
        for name, who in [("s1", "halima"), ("s2", "halima"), ("s3", "halima"), ("s4", "juma")]:
            identities.add_session(_session(name, who))
        kept = _session("s2")
        assert identities.end_sessions(kept.user_id, but=kept.token_hash) == 2
        assert list(identities.sessions_of(kept.user_id)) == [kept]
        assert identities.end_sessions(kept.user_id) == 1
        assert len(identities.sessions_of(_session("s4", "juma").user_id)) == 1

    def test_a_token_is_found_by_its_purpose(self, identities: Identities) -> None:
        """An invitation is no reset of a password."""
        user = _user(identities)
        token = OneTimeToken(secret_hash("t"), Purpose.INVITATION, user.user_id, 1, A_MONDAY + _HOUR)
        identities.add_token(token)
        assert identities.token(token.token_hash, Purpose.INVITATION) == token
        assert identities.token(token.token_hash, Purpose.PASSWORD_RESET) is None

    def test_what_counts_no_more_is_retired(self, identities: Identities) -> None:
        """Expired or unseen sessions and expired tokens go, others stay."""
        user = _user(identities)
        fresh = evolve(_session("fresh"), seen_at=A_MONDAY + _HOUR)
        unseen, over = _session("unseen"), evolve(fresh, token_hash="over", expires_at=A_MONDAY + _HOUR)
        for session in (fresh, unseen, over):
            identities.add_session(session)
        for name, hours in [("old", 1), ("new", 3)]:
            kept = OneTimeToken(name, Purpose.INVITATION, user.user_id, 1, A_MONDAY + hours * _HOUR)
            identities.add_token(kept)
        assert identities.retire(unseen_since=A_MONDAY + _HOUR / 2, at=A_MONDAY + 2 * _HOUR) == 3
        assert list(identities.sessions_of(user.user_id)) == [fresh]
        assert identities.token("old", Purpose.INVITATION) is None
        assert identities.token("new", Purpose.INVITATION) is not None


class AttemptsContract(IdentitiesContract):
    """Attempts are counted in a window that ends with each of them."""

    def test_attempts_add_up_in_the_window(self, identities: Identities) -> None:
        """Each key for itself."""
        found = [identities.count("a", 600, A_MONDAY + timedelta(seconds=it)) for it in (0, 1, 200, 400)]
        assert found == [1, 2, 3, 4]
        assert identities.count("b", 600, A_MONDAY) == 1

    def test_what_is_older_than_the_window_counts_no_more(self, identities: Identities) -> None:
        """Exact to a tenth of the window."""
        identities.count("a", 600, A_MONDAY)
        assert identities.count("a", 600, A_MONDAY + timedelta(seconds=539)) == 2
        assert identities.count("a", 600, A_MONDAY + timedelta(seconds=1200)) == 1

    def test_a_success_begins_anew(self, identities: Identities) -> None:
        """Forgotten, a key has no attempts."""
        identities.count("a", 600, A_MONDAY)
        identities.forget("a")
        assert identities.count("a", 600, A_MONDAY) == 1

    def test_eight_attempts_at_once_are_eight(self, identities: Identities) -> None:
        """None goes uncounted, so that guessing side by side helps nobody."""
        done = at_once([partial(identities.count, "a", 600, A_MONDAY)] * 8)
        assert sorted(it for it in done if isinstance(it, int)) == list(range(1, 9))

    def test_old_counts_are_retired(self, identities: Identities) -> None:
        """What is before the instant goes; what is after it counts on."""
        identities.count("a", 600, A_MONDAY)
        identities.count("b", 600, A_MONDAY + 24 * _HOUR)
        assert identities.retire_attempts(A_MONDAY + 12 * _HOUR) == 1
        assert identities.count("b", 600, A_MONDAY + 24 * _HOUR) == 2


def _user(identities: Identities, name: str = "halima") -> User:
    user = user_named(name)
    return identities.change_user(act(sum(map(ord, name))), user.user_id, lambda _: user)


def _session(token: str, name: str = "halima") -> LoginSession:
    user_id = user_named(name).user_id
    return LoginSession(secret_hash(token), user_id, 1, A_MONDAY, A_MONDAY, A_MONDAY + 12 * _HOUR)
