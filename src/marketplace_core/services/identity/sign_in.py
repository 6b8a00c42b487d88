"""Sign in and out."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, field, frozen

from marketplace_core.domain.codec import digest
from marketplace_core.domain.identifiers import CommandId, UserId, derive_id
from marketplace_core.domain.identity.emails import normalised_email
from marketplace_core.domain.identity.log import identity_command
from marketplace_core.domain.identity.password_rules import is_too_long, prepared_password
from marketplace_core.domain.identity.sessions import DEFAULT_LIMITS, LoginSession, SessionLimits, secret_hash
from marketplace_core.domain.identity.users import User, UserStatus
from marketplace_core.errors import ConcurrentChange, InvalidInput, NotAuthenticated
from marketplace_core.ports.identity.attempts import Attempts
from marketplace_core.ports.identity.passwords import Passwords
from marketplace_core.ports.identity.sessions import LoginSessions
from marketplace_core.ports.identity.tokens import Tokens
from marketplace_core.ports.identity.users import Users
from marketplace_core.services.identity.limits import (
    SIGN_IN_BY_ACCOUNT,
    SIGN_IN_BY_ADDRESS,
    AttemptLimit,
    attempt_key,
    require_few,
)

_WRONG = "the address or the password is wrong"


@frozen
class NewSession:
    """A session just begun; the token is told this once, and kept nowhere."""

    token: str = field(repr=False)
    expires_at: datetime
    user: User


@frozen
class BeginSession:
    """Begins a session of a user who has just proven who they are."""

    sessions: LoginSessions
    tokens: Tokens
    limits: SessionLimits = DEFAULT_LIMITS

    def __call__(self, user: User, now: datetime) -> NewSession:
        """A session with a token of its own."""
        token = self.tokens.new_secret()
        expires_at = now + self.limits.absolute
        self.sessions.add_session(LoginSession(secret_hash(token), user.user_id, user.epoch, now, now, expires_at))
        return NewSession(token, expires_at, user)


@frozen
class SignIn:
    """Begins a session for an address and password; who guesses learns nothing and is soon made to wait."""

    users: Users
    attempts: Attempts
    passwords: Passwords
    begin: BeginSession
    by_account: AttemptLimit = SIGN_IN_BY_ACCOUNT
    by_address: AttemptLimit = SIGN_IN_BY_ADDRESS

    def __call__(
        self, email: str, password: str, address: str, now: datetime, *, old_token: str | None = None
    ) -> NewSession:
        """A new session; that of ``old_token``, the browser's until now, ends. ``address`` is the asking machine's.

        ``NotAuthenticated``, in words and time the same, for an unknown address, a wrong password and a user who may
        not sign in; ``TooManyAttempts`` by account or address, before anything is looked at.
        """
        account = _spelled(email)
        require_few(self.attempts, attempt_key("sign-in address", address), self.by_address, now)
        account_key = attempt_key("sign-in account", account)
        require_few(self.attempts, account_key, self.by_account, now)
        found = self.users.user_by_email(account)
        user = found if found is not None and found.status is UserStatus.ACTIVE else None
        long = is_too_long(password)
        given = "" if long else prepared_password(password)
        fits = self.passwords.verify(user.password_hash if user and not long else "", given)
        if user is None or not fits:
            raise NotAuthenticated(_WRONG)
        self.attempts.forget(account_key)
        if old_token:
            self.begin.sessions.end_session(secret_hash(old_token))
        return self.begin(self._rehashed(user, given, now), now)

    def _rehashed(self, user: User, password: str, now: datetime) -> User:
        """The user with a hash of as much work as is asked for now."""
        if not self.passwords.needs_rehash(user.password_hash):
            return user
        hashed = self.passwords.hash(password)
        command_id = CommandId(derive_id("cmd", "rehash", user.user_id, digest(hashed)))
        command = identity_command(command_id, "user.rehash", user.actor_name, now)

        def decide(known: User | None) -> User:
            if known is None or known.password_hash != user.password_hash or known.epoch != user.epoch:
                raise ConcurrentChange("your login was changed at this moment: sign in again")
            return evolve(known, password_hash=hashed)

        return self.users.change_user(command, user.user_id, decide)


@frozen
class SignOut:
    """Ends the session of a token."""

    sessions: LoginSessions

    def __call__(self, token: str) -> None:
        """Nothing happens where there is none."""
        self.sessions.end_session(secret_hash(token))


@frozen
class EndOtherSessions:
    """Ends every session of a user but one."""

    sessions: LoginSessions

    def __call__(self, user_id: UserId, token: str = "") -> int:
        """How many ended; that of ``token`` stays."""
        return self.sessions.end_sessions(user_id, but=secret_hash(token) if token else "")


def _spelled(email: str) -> str:
    """The address as users have it; what is none is still counted, and nobody's."""
    try:
        return normalised_email(email)
    except InvalidInput:
        return email.strip().casefold()[:254]
