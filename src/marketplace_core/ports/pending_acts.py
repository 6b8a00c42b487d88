"""The port that keeps acts which wait for a second person."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.pending_acts import PendingAct


class PendingActs(Protocol):
    """Keeps each act once, with what was decided; what is only asked for is in no book and no chain."""

    @abstractmethod
    def ask(self, act: PendingAct) -> PendingAct:
        """Keep an act; the one that is kept where it was asked for before. ``AlreadyExists`` for another of its id."""

    @abstractmethod
    def act(self, portfolio_id: PortfolioId, act_id: str) -> PendingAct:
        """The act of that id; ``NotFound`` where there is none."""

    @abstractmethod
    def acts(self, portfolio_id: PortfolioId) -> tuple[PendingAct, ...]:
        """Every act that nobody decided on, the first asked for first; those that are too late among them."""

    @abstractmethod
    def decide(self, portfolio_id: PortfolioId, act_id: str, change: Callable[[PendingAct], PendingAct]) -> PendingAct:
        """Lock an act, let ``change`` look at it, keep what it returns; what it raises leaves it as it was."""
