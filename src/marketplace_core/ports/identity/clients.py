"""The port that keeps clients."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Protocol

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ClientId, PortfolioId
from marketplace_core.domain.identity.clients import ApiClient


class Clients(Protocol):
    """Keeps clients; each change appends a link to the log of identities, in the same transaction."""

    @abstractmethod
    def client(self, client_id: ClientId) -> ApiClient | None:
        """The client of that id."""

    @abstractmethod
    def clients(
        self, portfolio_id: PortfolioId | None = None, *, after: ClientId | None = None, limit: int | None = None
    ) -> Iterator[ApiClient]:
        """Clients by id, of one portfolio those with a role in it; ``after`` and ``limit`` make pages."""

    @abstractmethod
    def change_client(
        self, command: Command, client_id: ClientId, decide: Callable[[ApiClient | None], ApiClient]
    ) -> ApiClient:
        """Lock the client, let ``decide`` look (at None where there is none), write what it returns; as written.

        As ``Users.change_user``: whole or not at all, once a command id, the version counts up.
        """
