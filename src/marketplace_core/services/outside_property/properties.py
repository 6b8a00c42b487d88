"""Keep properties and units in step with a system outside: what changed, then what is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from attrs import evolve, field, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.outside_property.changes import Brought, PropertyChange
from marketplace_core.domain.outside_property.identity import PROPERTY
from marketplace_core.domain.outside_property.progress import Stream, SyncRun
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.outside_engine.engine_links import LINKS_AT_ONCE, EngineLink, EngineLinks
from marketplace_core.ports.outside_property.property_books import PropertyBooks
from marketplace_core.ports.outside_property.property_source import PropertySource
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.services.outside_property.running import (
    MISSED,
    Counts,
    RunStream,
    every_id,
    require_few_gone,
)

STREAM = "properties"
PROPERTIES_AT_ONCE = 200
"""Properties of a page, which is one transaction."""
IDS_AT_ONCE = 1_000

Tell = Callable[[PropertyChange], None]


def _tell_nobody(_: PropertyChange) -> None:
    pass


@frozen
class PropertySync:
    """What a sync of properties reads and writes."""

    source: PropertySource
    books: PropertyBooks
    links: EngineLinks
    directory: Directory
    page_size: int = PROPERTIES_AT_ONCE

    def page(self, command: Command, run: SyncRun, tell: Tell, *, dry_run: bool) -> tuple[str | None, Brought]:
        """Bring the page at the run's cursor."""
        page = self.source.properties(run.since, run.cursor, self.page_size)
        brought = self.books.bring_properties(command, run.stream.system, page.rows, self._day(run), dry_run=dry_run)
        for change in brought.changes:
            tell(change)
        return page.next_cursor, brought

    def sweep(self, command: Command, run: SyncRun, tell: Tell, *, dry_run: bool, accept_gone: bool = False) -> Counts:
        """Archive what is no longer told; what is told, and not known or archived here, is counted as missed."""
        told = every_id(self.source.property_ids, IDS_AT_ONCE).keys()
        portfolio_id, system = run.stream.portfolio_id, run.stream.system
        archived = {it.property_id for it in self.directory.properties(portfolio_id) if it.archived_on is not None}
        known = {it.external_id: it.our_id in archived for it in self._known(run)}
        missing = sorted(known.keys() - told)
        if not accept_gone:
            gone = sum(not known[external_id] for external_id in missing)
            require_few_gone(gone, sum(not is_archived for is_archived in known.values()), "properties")
        brought = self.books.archive_properties(command, system, missing, self._day(run), dry_run=dry_run)
        for change in brought.changes:
            tell(change)
        found = dict(brought.counted) | {MISSED: sum(known.get(external_id, True) for external_id in told)}
        return {name: count for name, count in found.items() if count and name != "unchanged"}

    def _known(self, run: SyncRun) -> Iterator[EngineLink]:
        after = ""
        while page := self.links.links_of(run.stream.portfolio_id, run.stream.system, PROPERTY, after, LINKS_AT_ONCE):
            yield from page
            after = page[-1].external_id

    def _day(self, run: SyncRun) -> date:
        """The day of the run where the portfolio is: a page done again says the same."""
        return day_in_zone(run.begun_at, self.directory.portfolio(run.stream.portfolio_id).zone)


@frozen
class SyncProperties:
    """Brings what changed since some minutes before the last good run began, and archives what is gone.

    A run that was cut off goes on at its page. A first run reads everything. ``tell`` hears of each change.
    """

    sync: PropertySync
    progress: SyncProgress
    clock: Clock
    accept_gone: bool = field(default=False, kw_only=True)

    def __call__(self, command: Command, system: str, *, whole: bool = False, tell: Tell = _tell_nobody) -> SyncRun:
        """The run at its end, with its counts."""

        def take_page(run: SyncRun) -> tuple[str | None, Counts]:
            cursor, brought = self.sync.page(command, run, tell, dry_run=False)
            return cursor, dict(brought.counted)

        def sweep(run: SyncRun) -> Counts:
            return self.sync.sweep(command, run, tell, dry_run=False, accept_gone=self.accept_gone)

        stream = Stream(command.portfolio_id, system, STREAM)
        return RunStream(self.progress, self.clock)(stream, take_page, sweep, whole=whole)


@frozen
class DiffProperties:
    """Compares everything there with the books, and writes nothing: what a whole sync would change now."""

    sync: PropertySync

    def __call__(self, command: Command, system: str) -> Iterator[PropertyChange]:
        """Each difference, a page at a time; those that are gone last, however many they are."""
        run = SyncRun(Stream(command.portfolio_id, system, STREAM), command.recorded_at)
        cursor: str | None = ""
        while cursor is not None:
            found: list[PropertyChange] = []
            cursor, _ = self.sync.page(command, evolve(run, cursor=cursor), found.append, dry_run=True)
            yield from found
        found = []
        self.sync.sweep(command, run, found.append, dry_run=True, accept_gone=True)
        yield from found
