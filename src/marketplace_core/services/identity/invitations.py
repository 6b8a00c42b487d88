"""Invite people, and let them choose their password."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import evolve, frozen

from marketplace_core.domain.access import Actor
from marketplace_core.domain.codec import digest
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CommandId, UserId, derive_id
from marketplace_core.domain.identity.emails import normalised_email
from marketplace_core.domain.identity.granting import require_may_grant, shown_grants
from marketplace_core.domain.identity.grants import StoredGrant, with_grant
from marketplace_core.domain.identity.log import identity_command
from marketplace_core.domain.identity.password_rules import checked_password
from marketplace_core.domain.identity.sessions import OneTimeToken, Purpose, secret_hash
from marketplace_core.domain.identity.users import User, UserStatus, invited
from marketplace_core.errors import IllegalTransition, NotAuthenticated
from marketplace_core.ports.identity.passwords import Passwords
from marketplace_core.ports.identity.sessions import LoginSessions
from marketplace_core.ports.identity.tokens import Tokens
from marketplace_core.ports.identity.users import Users
from marketplace_core.ports.notifier import Notifier
from marketplace_core.services.identity.known import RequireKnown
from marketplace_core.services.identity.letters import PLAIN_LETTERS, Letters
from marketplace_core.services.identity.sign_in import BeginSession, NewSession

INVITATION_LASTS = timedelta(hours=72)
_ENDED = "this link was used, is too old or was replaced by a newer one: ask for a new one"


@frozen
class InviteUser:
    """Gives somebody a login with a role, and writes to them; nobody else is ever told the token."""

    users: Users
    sessions: LoginSessions
    tokens: Tokens
    notifier: Notifier
    known: RequireKnown
    letters: Letters = PLAIN_LETTERS
    lasts: timedelta = INVITATION_LASTS

    def __call__(
        self, command: Command, actor: Actor, email: str, name: str, grant: StoredGrant, *, dry_run: bool = False
    ) -> User:
        """The user, with no roles but those that the actor may see.

        Somebody who has a login already is given the role in it, and told. Somebody still invited gets a new link, and
        the older one ends. ``IllegalTransition`` for a disabled user.
        """
        require_may_grant(actor, grant)
        self.known(grant)
        address = normalised_email(email)
        found = self.users.user_by_email(address)
        new = invited(UserId(derive_id("usr", command.command_id)), address, name, self.tokens.new_secret(), (grant,))

        def decide(known: User | None) -> User:
            if known is None:
                return new
            if known.status is UserStatus.DISABLED:
                raise IllegalTransition(f"user {known.user_id} is disabled: enable them first")
            epoch = known.epoch + 1 if known.status is UserStatus.INVITED else known.epoch
            return evolve(known, grants=with_grant(known.grants, grant), epoch=epoch)

        if dry_run:
            user = decide(found)
        else:
            user = self.users.change_user(command, found.user_id if found else new.user_id, decide)
            self._write_to(user, command.recorded_at)
        return evolve(user, grants=shown_grants(actor, user))

    def _write_to(self, user: User, now: datetime) -> None:
        if user.status is UserStatus.ACTIVE:
            self.notifier.send(self.letters.granted(user.email))
            return
        token = self.tokens.new_secret()
        expires_at = now + self.lasts
        self.sessions.add_token(
            OneTimeToken(secret_hash(token), Purpose.INVITATION, user.user_id, user.epoch, expires_at)
        )
        hours = int(self.lasts.total_seconds() // 3600)
        self.notifier.send(self.letters.invitation(user.email, token, hours))


@frozen
class ChoosePassword:
    """Lets the holder of a one-time token choose a password, once."""

    users: Users
    sessions: LoginSessions
    passwords: Passwords

    def __call__(self, purpose: Purpose, token: str, password: str, now: datetime) -> User:
        """The user, active; every session and token given out before ends, this one too.

        ``NotAuthenticated`` for a token that does not count, ``InvalidInput`` for a password that is not taken: then
        the token still counts.
        """
        hashed = secret_hash(token)
        found = self.sessions.token(hashed, purpose)
        if found is None or now >= found.expires_at:
            raise NotAuthenticated(_ENDED)
        user = self._holder(self.users.user(found.user_id), found, purpose)
        password_hash = self.passwords.hash(checked_password(password, email=user.email, name=user.name))
        command_id = CommandId(derive_id("cmd", "choose", hashed, digest(password_hash)))
        command = identity_command(command_id, f"user.{purpose}", user.actor_name, now)
        done = self.users.change_user(
            command, user.user_id, lambda known: self._holder(known, found, purpose).with_password(password_hash)
        )
        self.sessions.end_sessions(user.user_id)
        return done

    def _holder(self, user: User | None, token: OneTimeToken, purpose: Purpose) -> User:
        wanted = UserStatus.INVITED if purpose is Purpose.INVITATION else UserStatus.ACTIVE
        if user is None or user.epoch != token.epoch or user.status is not wanted:
            raise NotAuthenticated(_ENDED)
        return user


@frozen
class AcceptInvitation:
    """Turns an invitation into a login, and signs in."""

    choose: ChoosePassword
    begin: BeginSession

    def __call__(self, token: str, password: str, now: datetime) -> NewSession:
        """A session of the user, who has the password from now on; errors as ``ChoosePassword``."""
        return self.begin(self.choose(Purpose.INVITATION, token, password, now), now)
