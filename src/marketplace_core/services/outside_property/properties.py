"""Keep properties and units in step with a system outside: what changed, then what is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

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

Tell = Callable[[int], None]
"""Hears how many changes a page came to."""


def _tell_nobody(_: int) -> None:
    pass


@frozen
class PropertySync:
    """What a sync of properties reads and writes."""

    source: PropertySource
    books: PropertyBooks
    links: EngineLinks
    directory: Directory
    page_size: int = PROPERTIES_AT_ONCE

    def page(
        self, command: Command, run: SyncRun, *, dry_run: bool = False, named: bool = False
    ) -> tuple[str | None, Brought]:
        """Bring the page at the run's cursor: where the next one begins, and what this one changed."""
        page = self.source.properties(run.since, run.cursor, self.page_size)
        system, day = run.stream.system, self._day(run)
        brought = self.books.bring_properties(command, system, page.rows, day, dry_run=dry_run, named=named)
        return page.next_cursor, brought

    def sweep(
        self,
        command: Command,
        run: SyncRun,
        *,
        dry_run: bool = False,
        named: bool = False,
        accept_gone: bool = False,
    ) -> tuple[Brought, int]:
        """Archive what is no longer told; how many are told, and not known or archived here: they were missed."""
        told = every_id(self.source.property_ids, IDS_AT_ONCE).keys()
        portfolio_id, system = run.stream.portfolio_id, run.stream.system
        archived = {it.property_id for it in self.directory.properties(portfolio_id) if it.archived_on is not None}
        known = {it.external_id: it.our_id in archived for it in self._known(run)}
        missing = sorted(known.keys() - told)
        if not accept_gone:
            gone = sum(not known[external_id] for external_id in missing)
            require_few_gone(gone, sum(not is_archived for is_archived in known.values()), "properties")
        day = self._day(run)
        brought = self.books.archive_properties(command, system, missing, day, dry_run=dry_run, named=named)
        return brought, sum(known.get(external_id, True) for external_id in told)

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

    A run that was cut off goes on at its page. A first run reads everything. Changes are only counted.
    """

    sync: PropertySync
    progress: SyncProgress
    clock: Clock
    accept_gone: bool = field(default=False, kw_only=True)
    sweep_every: timedelta | None = field(default=None, kw_only=True)

    def __call__(self, command: Command, system: str, *, whole: bool = False, tell: Tell = _tell_nobody) -> SyncRun:
        """The run at its end, with its counts."""

        def take_page(run: SyncRun) -> tuple[str | None, Counts]:
            cursor, brought = self.sync.page(command, run)
            tell(brought.written)
            return cursor, dict(brought.counted)

        def sweep(run: SyncRun) -> Counts:
            brought, missed = self.sync.sweep(command, run, accept_gone=self.accept_gone)
            tell(brought.written)
            found = dict(brought.counted) | {MISSED: missed}
            return {name: count for name, count in found.items() if count and name != "unchanged"}

        stream = Stream(command.portfolio_id, system, STREAM)
        return RunStream(self.progress, self.clock, self.sweep_every)(stream, take_page, sweep, whole=whole)


@frozen
class DiffProperties:
    """Compares everything there with the books, and writes nothing: what a whole sync would change now."""

    sync: PropertySync

    def __call__(self, command: Command, system: str) -> Iterator[PropertyChange]:
        """Each difference, a page at a time; those that are gone last, however many they are."""
        run = SyncRun(Stream(command.portfolio_id, system, STREAM), command.recorded_at)
        cursor: str | None = ""
        while cursor is not None:
            cursor, brought = self.sync.page(command, evolve(run, cursor=cursor), dry_run=True, named=True)
            yield from brought.changes
        brought, _ = self.sync.sweep(command, run, dry_run=True, named=True, accept_gone=True)
        yield from brought.changes
