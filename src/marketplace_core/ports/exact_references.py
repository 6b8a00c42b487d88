"""The port that joins payments and leases by exact payment references."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Protocol

from marketplace_core.domain.identifiers import LeaseId, PaymentId, PortfolioId


class ExactReferences(Protocol):
    """Answers from an index what ``domain.reconciliation.exact`` says of leases that were ever active."""

    @abstractmethod
    def waiting_for(self, portfolio_id: PortfolioId) -> Mapping[PaymentId, LeaseId]:
        """Each waiting payment whose text names one lease's reference, by payment id, with that lease."""

    @abstractmethod
    def leases_named(self, portfolio_id: PortfolioId, references: Iterable[str]) -> Mapping[str, LeaseId]:
        """The one lease that has each reference (normalised, with a right check character); others are left out."""
