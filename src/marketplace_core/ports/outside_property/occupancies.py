"""The port that keeps who is in which unit, as a system outside tells it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Protocol

from marketplace_core.domain.identifiers import PortfolioId, UnitId
from marketplace_core.domain.occupancy import OccupanciesBrought, Occupancy
from marketplace_core.domain.outside_property.records import OutsideOccupancy


class Occupancies(Protocol):
    """Keeps stays by the rules of ``domain.occupancy``, in no log; erasing a person empties theirs.

    ``NotFound`` for an unknown portfolio. A dry run gives the same changes and writes nothing.
    """

    @abstractmethod
    def bring_occupancies(
        self,
        portfolio_id: PortfolioId,
        system: str,
        told: Sequence[OutsideOccupancy],
        seen_on: date,
        *,
        dry_run: bool = False,
    ) -> OccupanciesBrought:
        """Bring a page in one transaction; the same page again writes nothing."""

    @abstractmethod
    def end_occupancies(
        self,
        portfolio_id: PortfolioId,
        system: str,
        external_ids: Collection[str],
        seen_on: date,
        *,
        dry_run: bool = False,
    ) -> OccupanciesBrought:
        """End the current stays of those that are no longer there; who is unknown or has ended stays."""

    @abstractmethod
    def find_units(self, portfolio_id: PortfolioId, system: str) -> int:
        """Name the unit of each current stay whose place is linked by now; how many were found."""

    @abstractmethod
    def current_ids(self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Outside ids with a current stay, in order, those behind ``after``."""

    @abstractmethod
    def occupancies(
        self, portfolio_id: PortfolioId, *, unit_id: UnitId | None = None, is_current: bool | None = None
    ) -> Iterator[Occupancy]:
        """Stays by system, outside id and stay: of a unit, and only current or only ended ones, where asked."""

    @abstractmethod
    def occupancy(self, portfolio_id: PortfolioId, occupancy_id: str) -> Occupancy:
        """One by its id of ours; ``NotFound`` where there is none."""
