"""Keep who lives where in step with a system outside: what changed, then who is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from attrs import evolve, field, frozen

from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.occupancy import OccupanciesBrought, OccupancyChange
from marketplace_core.domain.outside_property.progress import Stream, SyncRun
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.outside_property.occupancies import Occupancies
from marketplace_core.ports.outside_property.occupancy_source import OccupancySource
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.services.outside_property.running import (
    MISSED,
    Counts,
    RunStream,
    every_id,
    require_few_gone,
)

STREAM = "occupancies"
OCCUPANCIES_AT_ONCE = 1_000
FOUND = "unit_found"

Tell = Callable[[OccupancyChange], None]


def _tell_nobody(_: OccupancyChange) -> None:
    pass


@frozen
class OccupancySync:
    """What a sync of occupancies reads and writes."""

    source: OccupancySource
    occupancies: Occupancies
    directory: Directory
    page_size: int = OCCUPANCIES_AT_ONCE

    def page(self, run: SyncRun, tell: Tell, *, dry_run: bool) -> tuple[str | None, OccupanciesBrought]:
        """Bring the page at the run's cursor."""
        page = self.source.occupancies(run.since, run.cursor, self.page_size)
        stream = run.stream
        brought = self.occupancies.bring_occupancies(
            stream.portfolio_id, stream.system, page.rows, self._day(run), dry_run=dry_run
        )
        for change in brought.changes:
            tell(change)
        return page.next_cursor, brought

    def sweep(self, run: SyncRun, tell: Tell, *, dry_run: bool, accept_gone: bool = False) -> Counts:
        """End who is no longer told, name units that are linked by now; who is told and not current is missed."""
        told = every_id(self.source.occupancy_ids, OCCUPANCIES_AT_ONCE).keys()
        current = frozenset(self._current(run))
        gone = sorted(current - told)
        if not accept_gone:
            require_few_gone(len(gone), len(current), "occupancies")
        portfolio_id, system = run.stream.portfolio_id, run.stream.system
        brought = self.occupancies.end_occupancies(portfolio_id, system, gone, self._day(run), dry_run=dry_run)
        for change in brought.changes:
            tell(change)
        found = 0 if dry_run else self.occupancies.find_units(portfolio_id, system)
        counts = {**brought.counted, FOUND: found, MISSED: len(told - current)}
        return {name: count for name, count in counts.items() if count}

    def _current(self, run: SyncRun) -> Iterator[str]:
        after = ""
        while page := self.occupancies.current_ids(run.stream.portfolio_id, run.stream.system, after):
            yield from page
            after = page[-1]

    def _day(self, run: SyncRun) -> date:
        """The day of the run where the portfolio is: a page done again says the same."""
        return day_in_zone(run.begun_at, self.directory.portfolio(run.stream.portfolio_id).zone)


@frozen
class SyncOccupancies:
    """Brings what changed since some minutes before the last good run began, and ends who is gone.

    Run it after the sync of properties, so that units are known. A run that was cut off goes on at its page.
    """

    sync: OccupancySync
    progress: SyncProgress
    clock: Clock
    accept_gone: bool = field(default=False, kw_only=True)
    sweep_every: timedelta | None = field(default=None, kw_only=True)

    def __call__(
        self, portfolio_id: PortfolioId, system: str, *, whole: bool = False, tell: Tell = _tell_nobody
    ) -> SyncRun:
        """The run at its end, with its counts."""

        def take_page(run: SyncRun) -> tuple[str | None, Counts]:
            cursor, brought = self.sync.page(run, tell, dry_run=False)
            return cursor, brought.counted

        def sweep(run: SyncRun) -> Counts:
            return self.sync.sweep(run, tell, dry_run=False, accept_gone=self.accept_gone)

        stream = Stream(portfolio_id, system, STREAM)
        return RunStream(self.progress, self.clock, self.sweep_every)(stream, take_page, sweep, whole=whole)


@frozen
class DiffOccupancies:
    """Compares everybody there with the stays here, and writes nothing."""

    sync: OccupancySync
    clock: Clock

    def __call__(self, portfolio_id: PortfolioId, system: str) -> Iterator[OccupancyChange]:
        """Each difference, a page at a time; who is gone last."""
        run = SyncRun(Stream(portfolio_id, system, STREAM), self.clock.now())
        cursor: str | None = ""
        while cursor is not None:
            found: list[OccupancyChange] = []
            cursor, _ = self.sync.page(evolve(run, cursor=cursor), found.append, dry_run=True)
            yield from found
        found = []
        self.sync.sweep(run, found.append, dry_run=True, accept_gone=True)
        yield from found
