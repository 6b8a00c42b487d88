"""The port that ages what is owed."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date, datetime
from typing import Protocol

from marketplace_core.domain.aging import AgingBasis, AgingBuckets, AgingGroup, AgingReport
from marketplace_core.domain.identifiers import PortfolioId


class Aging(Protocol):
    """Ages a portfolio as the pure function does, cent for cent, for any day and any knowledge."""

    @abstractmethod
    def report(
        self,
        portfolio_id: PortfolioId,
        as_of: date,
        *,
        known_on: datetime | None = None,
        by: AgingGroup = AgingGroup.LEASE,
        basis: AgingBasis = AgingBasis.DUE_DATE,
        buckets: AgingBuckets | None = None,
    ) -> AgingReport:
        """The aging report; ``known_on`` None is what is known now, ``buckets`` None the default ones."""
