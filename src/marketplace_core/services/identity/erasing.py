"""Take out for good what is known of somebody who signs in no more."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.access import Actor
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import UserId
from marketplace_core.domain.identity.granting import require_may_manage
from marketplace_core.domain.identity.users import User
from marketplace_core.errors import InvalidInput
from marketplace_core.ports.identity.sessions import LoginSessions
from marketplace_core.services.identity.roles import ChangeUsers


@frozen
class EraseUser:
    """Empties name, address and password of a disabled user; the log of identities never held but digests of them.

    The salt of those digests goes too. The id and roles stay, as the books' commands name the id.
    """

    change: ChangeUsers
    sessions: LoginSessions

    def __call__(self, command: Command, actor: Actor, user_id: UserId, *, dry_run: bool = False) -> User:
        """Only for whoever could have given them every role that they have; again changes nothing.

        ``command.reason`` must say why, and stays in the log for good: name nobody in it. ``IllegalTransition`` for
        somebody who is not disabled.
        """
        if not command.reason.strip():
            raise InvalidInput(f"user {user_id}: say why they are erased, without naming them")

        def decide(user: User) -> User:
            require_may_manage(actor, user.grants)
            return user.erased()

        done = self.change(command, actor, user_id, decide, dry_run=dry_run)
        if not dry_run:
            self.sessions.end_sessions(user_id)
        return done
