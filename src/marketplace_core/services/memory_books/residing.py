"""Keeps who is in which unit in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.identifiers import PortfolioId, UnitId
from marketplace_core.domain.occupancy import OccupanciesBrought, Occupancy, Sight
from marketplace_core.domain.outside_property.identity import UNIT
from marketplace_core.domain.outside_property.records import OutsideOccupancy
from marketplace_core.errors import NotFound
from marketplace_core.ports.outside_property.occupancies import Occupancies
from marketplace_core.services.memory_books.engine import Engine
from marketplace_core.services.memory_books.tables import Book


class Residing(Engine, Occupancies):
    """Looks through all stays each time: there is no index here."""

    @override
    def bring_occupancies(
        self,
        portfolio_id: PortfolioId,
        system: str,
        told: Sequence[OutsideOccupancy],
        seen_on: date,
        *,
        dry_run: bool = False,
    ) -> OccupanciesBrought:
        with self._lock:
            book = self._book(portfolio_id)
            found = _sight(book, system, seen_on).bring(told, _last(book, system))
            return _kept(book, found, dry_run=dry_run)

    @override
    def end_occupancies(
        self,
        portfolio_id: PortfolioId,
        system: str,
        external_ids: Collection[str],
        seen_on: date,
        *,
        dry_run: bool = False,
    ) -> OccupanciesBrought:
        with self._lock:
            book = self._book(portfolio_id)
            sight, last = _sight(book, system, seen_on), _last(book, system)
            current = [last[it] for it in sorted(set(external_ids)) if it in last and last[it].is_current]
            return _kept(book, OccupanciesBrought(tuple(map(sight.end, current))), dry_run=dry_run)

    @override
    def find_units(self, portfolio_id: PortfolioId, system: str) -> int:
        with self._lock:
            book = self._book(portfolio_id)
            sight = _sight(book, system, date.min)
            lost = [it for it in book.occupancies.values() if it.is_current and it.unit_id is None]
            found = [
                evolve(it, unit_id=unit_id)
                for it in lost
                if it.key.system == system and (unit_id := sight.unit_of(it.place)) is not None
            ]
            book.occupancies.update({it.key: it for it in found})
            return len(found)

    @override
    def current_ids(self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 1000) -> Sequence[str]:
        current = self.occupancies(portfolio_id, is_current=True)
        found = [it.key.external_id for it in current if it.key.system == system and it.key.external_id > after]
        return found[:limit]

    @override
    def occupancies(
        self, portfolio_id: PortfolioId, *, unit_id: UnitId | None = None, is_current: bool | None = None
    ) -> Iterator[Occupancy]:
        with self._lock:
            found = sorted(self._book(portfolio_id).occupancies.values(), key=_place)
        return (
            it for it in found if (unit_id is None or it.unit_id == unit_id) and is_current in (None, it.is_current)
        )

    @override
    def occupancy(self, portfolio_id: PortfolioId, occupancy_id: str) -> Occupancy:
        found = next((it for it in self.occupancies(portfolio_id) if it.occupancy_id == occupancy_id), None)
        if found is None:
            raise NotFound(f"portfolio {portfolio_id} has no occupancy {occupancy_id}")
        return found


def _place(it: Occupancy) -> tuple[str, str, int]:
    return (it.key.system, it.key.external_id, it.key.stay)


def _sight(book: Book, system: str, seen_on: date) -> Sight:
    def unit_of(place: str) -> UnitId | None:
        found = book.links.get((system, UNIT, place))
        return None if found is None else UnitId(found)

    return Sight(book.portfolio_id, system, seen_on, unit_of)


def _last(book: Book, system: str) -> dict[str, Occupancy]:
    stays = sorted(book.occupancies.values(), key=_place)
    return {it.key.external_id: it for it in stays if it.key.system == system}


def _kept(book: Book, found: OccupanciesBrought, *, dry_run: bool) -> OccupanciesBrought:
    if not dry_run:
        book.occupancies.update({it.key: it for change in found.changes for it in change.rows})
    return found
