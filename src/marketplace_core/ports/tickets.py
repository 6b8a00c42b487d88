"""The port that keeps maintenance tickets."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection
from typing import NamedTuple, Protocol

from marketplace_core.domain.identifiers import PortfolioId, TicketId
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.intents import PushIntent

TicketDecision = Callable[[TicketFile | None], TicketFile | None]
"""What becomes of a file, None where there is none."""


class LinkedTicket(NamedTuple):
    """A ticket that a system outside has too, and the version that it told last.

    ``finds_place``: its place there was none of ours when it was told, and by now a link says that it is one.
    """

    external_id: str
    ticket_id: TicketId
    version: int
    is_archived: bool
    finds_place: bool = False


class Tickets(Protocol):
    """Keeps each ticket's file; lists for people are pages of `domain.register.TICKETS`."""

    @abstractmethod
    def change_ticket(
        self, portfolio_id: PortfolioId, ticket_id: TicketId, decide: TicketDecision, *, dry_run: bool = False
    ) -> TicketFile:
        """Lock a file, let ``decide`` look, write what differs, whole or not at all; the file as it then stands.

        A new one gets the portfolio's next number. ``NotFound`` where ``decide`` makes none, and for an unknown place
        or person; ``AlreadyExists`` for an outside id that another one has.
        """

    @abstractmethod
    def ticket_file(self, portfolio_id: PortfolioId, ticket_id: TicketId) -> TicketFile:
        """A ticket with its history, comments and intents; ``NotFound`` where there is none."""

    @abstractmethod
    def linked_tickets(
        self, portfolio_id: PortfolioId, system: str, external_ids: Collection[str]
    ) -> tuple[LinkedTicket, ...]:
        """Those of these outside ids that we have, by outside id."""

    @abstractmethod
    def every_linked_ticket(
        self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 1_000
    ) -> tuple[LinkedTicket, ...]:
        """Those by outside id that come behind ``after``; none at the end."""

    @abstractmethod
    def open_pushes(self, portfolio_id: PortfolioId, limit: int = 100) -> tuple[PushIntent, ...]:
        """The intents that are planned or sent, the oldest first."""
