"""Forgotten and changed passwords."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import UserId
from marketplace_core.domain.identity.emails import normalised_email
from marketplace_core.domain.identity.password_rules import checked_password, is_too_long, prepared_password
from marketplace_core.domain.identity.sessions import OneTimeToken, Purpose, secret_hash
from marketplace_core.domain.identity.users import User, UserStatus
from marketplace_core.errors import ConcurrentChange, ConfigurationError, InvalidInput, NotAuthenticated, Unavailable
from marketplace_core.ports.identity.attempts import Attempts
from marketplace_core.ports.identity.passwords import Passwords
from marketplace_core.ports.identity.sessions import LoginSessions
from marketplace_core.ports.identity.tokens import Tokens
from marketplace_core.ports.identity.users import Users
from marketplace_core.ports.notifier import Message, Notifier
from marketplace_core.services.identity.invitations import ChoosePassword
from marketplace_core.services.identity.letters import PLAIN_LETTERS, Letters
from marketplace_core.services.identity.limits import (
    RESET_BY_ACCOUNT,
    RESET_BY_ADDRESS,
    SIGN_IN_BY_ACCOUNT,
    AttemptLimit,
    attempt_key,
    require_few,
)
from marketplace_core.services.identity.sign_in import BeginSession, NewSession

RESET_LASTS = timedelta(minutes=30)


def _tell(notifier: Notifier, message: Message) -> None:
    """Tell somebody of what is done; it stays done where nobody can be told."""
    with suppress(Unavailable, ConfigurationError, InvalidInput):
        notifier.send(message)


@frozen
class RequestPasswordReset:
    """Writes to somebody who forgot their password; whoever asks is answered the same, whether the address is known.

    Strangers may call this: give it a notifier that only takes messages to be sent, else time and errors would tell.
    """

    users: Users
    sessions: LoginSessions
    attempts: Attempts
    tokens: Tokens
    notifier: Notifier
    letters: Letters = PLAIN_LETTERS
    lasts: timedelta = RESET_LASTS
    by_account: AttemptLimit = RESET_BY_ACCOUNT
    by_address: AttemptLimit = RESET_BY_ADDRESS

    def __call__(self, email: str, address: str, now: datetime) -> None:
        """Write to an active user; ``TooManyAttempts`` by account or by the asking machine's address."""
        account = normalised_email(email)
        require_few(self.attempts, attempt_key("reset address", address), self.by_address, now)
        require_few(self.attempts, attempt_key("reset account", account), self.by_account, now)
        user = self.users.user_by_email(account)
        if user is None or user.status is not UserStatus.ACTIVE:
            return
        token = self.tokens.new_secret()
        kept = OneTimeToken(secret_hash(token), Purpose.PASSWORD_RESET, user.user_id, user.epoch, now + self.lasts)
        self.sessions.add_token(kept)
        minutes = int(self.lasts.total_seconds() // 60)
        self.notifier.send(self.letters.password_reset(user.email, token, minutes))


@frozen
class ResetPassword:
    """Lets the holder of a reset's token choose a new password; every session ends."""

    choose: ChoosePassword
    notifier: Notifier
    letters: Letters = PLAIN_LETTERS

    def __call__(self, token: str, password: str, now: datetime) -> User:
        """The user, who is not signed in by this; errors as ``ChoosePassword``."""
        user = self.choose(Purpose.PASSWORD_RESET, token, password, now)
        _tell(self.notifier, self.letters.password_changed(user.email))
        return user


@frozen
class ChangePassword:
    """Lets somebody who is signed in change their password, with the old one; every session ends, a new one begins."""

    users: Users
    attempts: Attempts
    passwords: Passwords
    begin: BeginSession
    notifier: Notifier
    letters: Letters = PLAIN_LETTERS
    by_account: AttemptLimit = SIGN_IN_BY_ACCOUNT

    def __call__(self, command: Command, user_id: UserId, old: str, new: str) -> NewSession:
        """A new session; ``NotAuthenticated`` where the old password is wrong, ``InvalidInput`` as for any new one."""
        now = command.recorded_at
        user = self.users.user(user_id)
        key = attempt_key("change account", user_id)
        require_few(self.attempts, key, self.by_account, now)
        fits = not is_too_long(old) and self.passwords.verify(user.password_hash, prepared_password(old))
        if not fits or user.status is not UserStatus.ACTIVE:
            raise NotAuthenticated("the old password is wrong")
        self.attempts.forget(key)
        hashed = self.passwords.hash(checked_password(new, email=user.email, name=user.name))

        def decide(known: User | None) -> User:
            if known is None or known.epoch != user.epoch:
                raise ConcurrentChange("your password was changed at this moment: sign in again")
            return known.with_password(hashed)

        done = self.users.change_user(command, user_id, decide)
        self.begin.sessions.end_sessions(user_id)
        _tell(self.notifier, self.letters.password_changed(done.email))
        return self.begin(done, now)


@frozen
class SetPassword:
    """Gives a user a password on the machine itself, for who keeps the installation; every session ends."""

    users: Users
    sessions: LoginSessions
    passwords: Passwords

    def __call__(self, command: Command, user_id: UserId, password: str, *, dry_run: bool = False) -> User:
        """The user, active; ``InvalidInput`` for a password that is not taken."""
        user = self.users.user(user_id)
        prepared = checked_password(password, email=user.email, name=user.name)
        if dry_run:
            return user.with_password("")
        hashed = self.passwords.hash(prepared)
        done = self.users.change_user(command, user_id, lambda known: (known or user).with_password(hashed))
        self.sessions.end_sessions(user_id)
        return done
