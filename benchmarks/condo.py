"""Properties and units of a system outside brought into the books, beside COPY, staging with an upsert, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

import psycopg
from sqlalchemy import Engine
from typing_extensions import override

from benchmarks.book import command, make_book
from benchmarks.database import database, empty, engine_of, server, settle
from benchmarks.measure import Measured, Ratio, Report, Scale, growth, in_child, median_seconds, peak_memory
from marketplace_adapters.postgres.outside_property.progress import PostgresSyncProgress
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.outside_property.pages import SourcePage, Told
from marketplace_core.domain.outside_property.progress import SyncRun
from marketplace_core.domain.outside_property.records import OutsideProperty, OutsideUnit
from marketplace_core.domain.party import UnitKind
from marketplace_core.ports.outside_property.property_source import PropertySource
from marketplace_core.services.outside_property.properties import PropertySync, SyncProperties
from marketplace_core.testing.clocks import StepClock

NEW, CHANGED, SAME = "ours: all new", "ours: all changed", "ours: none changed"
COPY, STAGED = "COPY into an empty table", "staging + INSERT … ON CONFLICT, all changed"
UNITS_OF_HOUSE: Final = 20
MULTIPLE: Final = 2
LARGEST: Final = 200_000
BINDING: Final = (50_000, 100_000)
"""Where ratios bind, beside the sizes of the scale, which are doubled: houses have twenty units."""
_Row = tuple[Any, ...]
_TOLD_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)


class Houses(PropertySource):
    """Houses of twenty units each, with ids in no order; each version has other floors. Pages are made once each."""

    def __init__(self, units: int, version: int = 0, *, keeps: bool = True) -> None:
        """Tell of so many units; ``keeps`` False makes each page anew, so that memory is the sync's alone."""
        self._count = max(1, units // UNITS_OF_HOUSE)
        self._version = version
        self.page = lru_cache(None)(self._page) if keeps else self._page

    def _page(self, cursor: str, limit: int) -> SourcePage[OutsideProperty]:
        first = int(cursor or 0)
        last = min(self._count, first + limit)
        rows = tuple(self._house(index) for index in range(first, last))
        return SourcePage(rows, str(last) if last < self._count else None)

    def _house(self, index: int) -> OutsideProperty:
        units = tuple(
            OutsideUnit(UnitKind.FLAT, str(number), floor=f"{self._version}.{number // 4}", block="A")
            for number in range(UNITS_OF_HOUSE)
        )
        return OutsideProperty(_house_id(index), f"House {index}", f"{index} Ngong Road", units, _TOLD_AT)

    @override
    def properties(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideProperty]:
        return self.page(cursor, limit)

    @override
    def property_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        first = int(cursor or 0)
        last = min(self._count, first + limit)
        rows = tuple(Told(_house_id(index)) for index in range(first, last))
        return SourcePage(rows, str(last) if last < self._count else None)


def _house_id(index: int) -> str:
    return blake2b(str(index).encode(), digest_size=16).hexdigest()


def run(scale: Scale) -> list[Report]:
    """Each unit with its link and its event; peers write units only, of the same columns into the same table."""
    report = Report("Sync of properties and units through SyncProperties, with links and events; fsync on")
    grown = tuple(size * MULTIPLE for size in scale.sizes if size * MULTIPLE <= LARGEST)
    sizes = sorted({*grown, *(BINDING if max(grown) > max(BINDING) else ())})
    with server() as owner:
        for size in sizes:
            with database(owner) as dsn:
                make_book(dsn, 1)
                _ours(report, dsn, size, scale)
                _peers(report, dsn, size, scale)
    for size in sizes:
        copied = report.find(COPY, size)
        for name, limit in ((CHANGED, 2.5), (SAME, 0.8), (NEW, None)):
            mine = report.find(name, size)
            if mine and copied:
                report.ratios.append(Ratio(f"{name} / {COPY}, time", size, mine.seconds / copied.seconds, limit))
        changed = report.find(CHANGED, size)
        if changed and changed.extra_memory_megabytes is not None:
            memory = changed.extra_memory_megabytes
            report.ratios.append(Ratio("extra memory of the sync", size, memory, 150, unit=" MB"))
    growth(report, CHANGED, grown, 11)
    growth(report, SAME, grown, 11)
    growth(report, NEW, grown, 11)
    return [report]


def sync(engine: Engine, houses: Houses, name: str) -> SyncRun:
    """Bring all of them into the books."""
    store = PostgresStore(engine)
    clock = StepClock(datetime.now(UTC))
    do = SyncProperties(PropertySync(houses, store, store, store, page_size=500), PostgresSyncProgress(engine), clock)
    return do(command(name), "other", whole=True)


def sync_in_child(dsn: Dsn, count: int) -> float:
    """Sync a stream of changed units, and give the extra memory it took, in megabytes."""
    with engine_of(dsn) as engine, peak_memory() as grown:
        sync(engine, Houses(count, 99, keeps=False), "child")
    return grown[0]


def _ours(report: Report, dsn: Dsn, size: int, scale: Scale) -> None:
    versions = [Houses(size, version) for version in range(scale.runs + 1)]
    for houses in versions:
        cursor: str | None = ""
        while cursor is not None:
            cursor = houses.properties(None, cursor, 500).next_cursor

    def forget() -> None:
        empty(dsn, "properties", "units", "leases", "external_links", "events", "event_heads", "sync_runs")
        settle(dsn)

    place = 0

    def other() -> None:
        nonlocal place
        place += 1
        settle(dsn)

    with engine_of(dsn) as engine:
        new = median_seconds(lambda: sync(engine, versions[0], "new"), 1 if size > BINDING[0] else scale.runs, forget)
        changed = median_seconds(lambda: sync(engine, versions[place], f"v{place}"), scale.runs, other)
        settle(dsn)
        same = median_seconds(lambda: sync(engine, versions[place], "same"), scale.runs)
        before = _rows_written(dsn)
        counts = dict(sync(engine, versions[place], "again").counts)
    if set(counts) != {"unchanged"} or _rows_written(dsn) != before:
        message = f"nothing changed, and yet: {counts}, {before} and {_rows_written(dsn)}"
        raise AssertionError(message)
    memory = in_child(sync_in_child, dsn, size)
    report.add(Measured(NEW, size, new, size, 1 if size > BINDING[0] else scale.runs))
    report.add(Measured(CHANGED, size, changed, size, scale.runs, memory))
    report.add(Measured(SAME, size, same, size, scale.runs))


def _rows_written(dsn: Dsn) -> list[_Row]:
    """The rows that were ever inserted, updated and deleted, by table; but for how far the runs are."""
    statement = (
        "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables"
        " WHERE schemaname NOT LIKE 'pg_temp%' AND relname <> 'sync_runs' ORDER BY relname"
    )
    with psycopg.connect(dsn.conninfo()) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        return connection.execute(statement).fetchall()


_COLUMNS: Final = "portfolio_id, unit_id, property_id, code, kind, number, floor, block"


def _peers(report: Report, dsn: Dsn, size: int, scale: Scale) -> None:
    with psycopg.connect(dsn.conninfo()) as connection:
        rows = connection.execute(f"SELECT {_COLUMNS} FROM units ORDER BY property_id".encode()).fetchall()  # noqa: S608 - words of ours
    other = [(*row[:6], f"W{row[6]}", row[7]) for row in rows]

    def forget() -> None:
        empty(dsn, "units")
        settle(dsn)

    with psycopg.connect(dsn.conninfo()) as connection:
        seconds = median_seconds(lambda: _copy(connection, rows), scale.runs, forget)
        report.add(Measured(COPY, size, seconds, size, scale.runs))
        both = [other, rows]

        def turn() -> None:
            both.reverse()
            settle(dsn)

        seconds = median_seconds(lambda: _staged(connection, both[0]), scale.runs, turn)
        report.add(Measured(STAGED, size, seconds, size, scale.runs))
        turn()
        seconds = median_seconds(lambda: _one_by_one(connection, both[0]), 1)
        report.add(Measured("row by row, all changed", size, seconds, size))


def _copy(connection: psycopg.Connection, rows: Sequence[_Row]) -> None:
    with connection.cursor() as cursor:  # noqa: SIM117
        with cursor.copy(f"COPY units ({_COLUMNS}) FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)
    connection.commit()


_UPSERT: Final = (
    f"INSERT INTO units ({_COLUMNS}) {{}} ON CONFLICT (portfolio_id, unit_id)"
    " DO UPDATE SET property_id = excluded.property_id, kind = excluded.kind, number = excluded.number,"
    " floor = excluded.floor, block = excluded.block"
)


def _staged(connection: psycopg.Connection, rows: Sequence[_Row]) -> None:
    connection.execute("CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT * FROM units LIMIT 0")
    with connection.cursor() as cursor:  # noqa: SIM117
        with cursor.copy(f"COPY staged ({_COLUMNS}) FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)
    connection.execute(_UPSERT.format(f"SELECT {_COLUMNS} FROM staged").encode())  # noqa: S608 - words of ours
    connection.commit()


def _one_by_one(connection: psycopg.Connection, rows: Sequence[_Row]) -> None:
    statement = _UPSERT.format("VALUES (%s, %s, %s, %s, %s, %s, %s, %s)").encode()
    for row in rows:
        connection.execute(statement, row)
    connection.commit()
