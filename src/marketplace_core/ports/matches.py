"""The port that reads matches, proposals and learned aliases."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Protocol

from marketplace_core.domain.identifiers import MatchId, PaymentId, PortfolioId
from marketplace_core.domain.matching import Match, Proposal
from marketplace_core.domain.payment import PayerAlias


class Matches(Protocol):
    """Which payments were given to leases, and which wait for a person."""

    @abstractmethod
    def match(self, portfolio_id: PortfolioId, match_id: MatchId) -> Match:
        """The match of that id, undone or not."""

    @abstractmethod
    def matches_of(self, portfolio_id: PortfolioId, payment_id: PaymentId) -> tuple[Match, ...]:
        """Every match of a payment, undone ones too, in the order they were made."""

    @abstractmethod
    def matches(self, portfolio_id: PortfolioId) -> Iterator[Match]:
        """Every match, by id."""

    @abstractmethod
    def proposals(self, portfolio_id: PortfolioId) -> tuple[Proposal, ...]:
        """The last proposal of each payment that still waits, largest amount first, then by payment id."""

    @abstractmethod
    def aliases(self, portfolio_id: PortfolioId) -> tuple[PayerAlias, ...]:
        """The aliases that count, in a fixed order."""
