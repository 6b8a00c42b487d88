"""The port that sums every lease's account for a comparison with an outside engine's."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Protocol

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.outside_engine.nets import LeaseNet


class EngineSums(Protocol):
    """What `net_of` says of each account, cent for cent."""

    @abstractmethod
    def nets(self, portfolio_id: PortfolioId, after: LeaseId | None = None) -> Iterator[LeaseNet]:
        """Every lease that was ever active, by id, those behind ``after``, in bounded memory.

        A lease's figures are all of one moment. Nothing is held open between two leases, so that whoever asks may
        take long over each. ``NotFound`` for an unknown portfolio.
        """
