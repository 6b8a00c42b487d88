"""Give and take roles; let users in and out."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve, frozen

from marketplace_core.domain.access import Action, Actor, Target, permits
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import UserId
from marketplace_core.domain.identity.granting import require_may_grant, require_may_manage, shown_grants
from marketplace_core.domain.identity.grants import StoredGrant, with_grant
from marketplace_core.domain.identity.users import User
from marketplace_core.errors import NotFound
from marketplace_core.ports.identity.sessions import LoginSessions
from marketplace_core.ports.identity.users import Users
from marketplace_core.services.identity.known import RequireKnown


@frozen
class ChangeUsers:
    """Changes users by decisions that ask, under the lock, whether the actor may."""

    users: Users

    def __call__(
        self, command: Command, actor: Actor, user_id: UserId, decide: Callable[[User], User], *, dry_run: bool
    ) -> User:
        """The user as changed, with no roles but those that the actor may see."""

        def changed(known: User | None) -> User:
            if known is None:
                raise NotFound(f"there is no user {user_id}")
            return decide(known)

        user = changed(self.users.user(user_id)) if dry_run else self.users.change_user(command, user_id, changed)
        return evolve(user, grants=shown_grants(actor, user))


@frozen
class GrantRole:
    """Gives a user a role, in place of one in the same portfolio as the same person."""

    change: ChangeUsers
    known: RequireKnown

    def __call__(
        self, command: Command, actor: Actor, user_id: UserId, grant: StoredGrant, *, dry_run: bool = False
    ) -> User:
        """It counts from their next request on; errors as ``granting.require_may_grant``.

        ``NotFound`` for somebody with no role that the actor may see: they are invited by their address, and not found
        by their id.
        """
        require_may_grant(actor, grant)
        self.known(grant)

        def decide(user: User) -> User:
            if not shown_grants(actor, user) and not permits(actor, Action.OPERATE, Target(None)):
                raise NotFound(f"there is no user {user_id}")
            return evolve(user, grants=with_grant(user.grants, grant))

        return self.change(command, actor, user_id, decide, dry_run=dry_run)


@frozen
class RevokeRole:
    """Takes a role from a user."""

    change: ChangeUsers

    def __call__(
        self, command: Command, actor: Actor, user_id: UserId, grant_id: str, *, dry_run: bool = False
    ) -> User:
        """It counts from their next request on; ``NotFound`` for a role that they do not have or the actor not see."""

        def decide(user: User) -> User:
            grant = next((it for it in shown_grants(actor, user) if it.grant_id == grant_id), None)
            if grant is None:
                raise NotFound(f"user {user_id} has no role {grant_id}")
            require_may_grant(actor, grant)
            return evolve(user, grants=tuple(it for it in user.grants if it != grant))

        return self.change(command, actor, user_id, decide, dry_run=dry_run)


@frozen
class DisableUser:
    """Lets a user in no more: no password, session or token of theirs counts."""

    change: ChangeUsers
    sessions: LoginSessions

    def __call__(self, command: Command, actor: Actor, user_id: UserId, *, dry_run: bool = False) -> User:
        """At once; only for whoever could have given them every role that they have."""

        def decide(user: User) -> User:
            require_may_manage(actor, user.grants)
            return user.disabled()

        done = self.change(command, actor, user_id, decide, dry_run=dry_run)
        if not dry_run:
            self.sessions.end_sessions(user_id)
        return done


@frozen
class EnableUser:
    """Lets a disabled user in again, with the password they had; sessions of before stay ended."""

    change: ChangeUsers

    def __call__(self, command: Command, actor: Actor, user_id: UserId, *, dry_run: bool = False) -> User:
        """Only for whoever could have given them every role that they have."""

        def decide(user: User) -> User:
            require_may_manage(actor, user.grants)
            return user.enabled()

        return self.change(command, actor, user_id, decide, dry_run=dry_run)
