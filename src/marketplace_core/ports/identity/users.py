"""The port that keeps users."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Protocol

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PortfolioId, UserId
from marketplace_core.domain.identity.users import User


class Users(Protocol):
    """Keeps users; each change appends a link to the log of identities, in the same transaction."""

    @abstractmethod
    def user(self, user_id: UserId) -> User:
        """The user of that id; ``NotFound`` where there is none."""

    @abstractmethod
    def user_by_email(self, email: str) -> User | None:
        """Whose normalised address it is."""

    @abstractmethod
    def users(
        self, portfolio_id: PortfolioId | None = None, *, after: UserId | None = None, limit: int | None = None
    ) -> Iterator[User]:
        """Users by id, of one portfolio those with a role in it; ``after`` and ``limit`` make pages."""

    @abstractmethod
    def change_user(self, command: Command, user_id: UserId, decide: Callable[[User | None], User]) -> User:
        """Lock the user, let ``decide`` look (at None where there is none), write what it returns; as written.

        ``decide`` may be called again after a serialisation failure; what it raises leaves nothing behind. The
        version counts up by one; where nothing is new, nothing is written. The same command id again: the user as they
        are, and ``decide`` is not asked. ``AlreadyExists`` where another user has the address.
        """
