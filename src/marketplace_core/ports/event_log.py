"""The ports that read the event log and the state of the books for proof."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Protocol

from marketplace_core.domain.event_log import Event
from marketplace_core.domain.identifiers import CommandId, PortfolioId
from marketplace_core.domain.state import StateRow


class EventLog(Protocol):
    """A portfolio's chain of events, oldest first."""

    @abstractmethod
    def events(self, portfolio_id: PortfolioId, after_sequence: int = 0) -> Iterator[Event]:
        """The links after a sequence, in order, in bounded memory."""

    @abstractmethod
    def event_of(self, portfolio_id: PortfolioId, command_id: CommandId) -> Event | None:
        """The link that a command wrote, None where it wrote none."""

    @abstractmethod
    def personal(self, portfolio_id: PortfolioId, sequence: int) -> dict[int, dict[str, Any]]:
        """The personal parts of a link's facts by position; what was erased is not in it."""


class BooksState(Protocol):
    """The books as they stand in the store, row by row, for comparing with a replay."""

    @abstractmethod
    def state(self, portfolio_id: PortfolioId) -> Iterator[StateRow]:
        """Every row of money and of what bills, ordered by kind and key (by code point)."""

    @abstractmethod
    def evidence_state(self, portfolio_id: PortfolioId) -> Iterator[StateRow]:
        """Every row of what was told and learned of people and payers, in the same order.

        Apart from ``state``, because erasing a person changes it: a replay of what is left of the log gives it again.
        """
