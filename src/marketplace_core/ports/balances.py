"""The port that sums postings."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date, datetime
from typing import Protocol

from marketplace_core.domain.aging import AgingGroup
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.trial_balance import OwedBalance, TrialBalance


class Balances(Protocol):
    """Sums a portfolio's postings as the pure functions do, cent for cent, for any day and any knowledge.

    ``as_of`` None is every day, ``known_on`` None is what is known now.
    """

    @abstractmethod
    def trial_balance(
        self, portfolio_id: PortfolioId, *, as_of: date | None = None, known_on: datetime | None = None
    ) -> TrialBalance:
        """Both sides of every account (``domain.trial_balance.trial_balance``)."""

    @abstractmethod
    def owed(
        self,
        portfolio_id: PortfolioId,
        *,
        by: AgingGroup = AgingGroup.LEASE,
        as_of: date | None = None,
        known_on: datetime | None = None,
    ) -> tuple[OwedBalance, ...]:
        """What each lease, tenant, property or the portfolio owes; a shared lease is under its first tenant."""
