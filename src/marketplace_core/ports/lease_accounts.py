"""The port that reads leases and lease accounts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Protocol

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.lease import Lease


class LeaseAccounts(Protocol):
    """Leases with their money, as last known, streamed in id order; ``NotFound`` for an unknown id."""

    @abstractmethod
    def lease(self, portfolio_id: PortfolioId, lease_id: LeaseId) -> Lease:
        """The lease of that id."""

    @abstractmethod
    def leases(self, portfolio_id: PortfolioId) -> Iterator[Lease]:
        """Every lease, by id."""

    @abstractmethod
    def account(self, portfolio_id: PortfolioId, lease_id: LeaseId) -> LeaseAccount:
        """The lease's account with all its history."""

    @abstractmethod
    def accounts(self, portfolio_id: PortfolioId) -> Iterator[LeaseAccount]:
        """Every account, by lease id, in bounded memory."""
