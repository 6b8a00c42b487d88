"""Properties and units of a system outside brought into the books, beside COPY, staging with an upsert, row by row."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any, Final

import psycopg
from sqlalchemy import Engine
from typing_extensions import override

from benchmarks.book import command, make_book
from benchmarks.database import database, empty, engine_of, rows_written, server, settle
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
PAGE: Final = 500
BINDING: Final = (50_000, 100_000)
"""Where ratios bind, beside the sizes of the scale, which are doubled: houses have twenty units."""
_Row = tuple[Any, ...]
_TOLD_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)


class Houses(PropertySource):
    """Houses of twenty units each, with ids in no order; each version has other floors. Pages are made once each."""

    def __init__(self, units: int, version: int = 0, *, keeps: bool = True) -> None:
        """Tell of so many units; ``keeps`` False makes each page anew, so that memory is the sync's alone."""
        self._count = max(1, units // UNITS_OF_HOUSE)
        self.version = version
        self.page = lru_cache(None)(self._page) if keeps else self._page

    def _page(self, cursor: str, limit: int) -> SourcePage[OutsideProperty]:
        first = int(cursor or 0)
        last = min(self._count, first + limit)
        rows = tuple(self._house(index) for index in range(first, last))
        return SourcePage(rows, str(last) if last < self._count else None)

    def _house(self, index: int) -> OutsideProperty:
        units = tuple(
            OutsideUnit(UnitKind.FLAT, str(number), floor=f"{self.version}.{number // 4}", block="A")
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
            with database(owner) as dsn, database(owner) as other:
                make_book(dsn, 1)
                make_book(other, 1)
                _measure(report, dsn, other, size, scale)
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
    do = SyncProperties(PropertySync(houses, store, store, store, page_size=PAGE), PostgresSyncProgress(engine), clock)
    return do(command(name), "other", whole=True)


def sync_in_child(dsn: Dsn, count: int) -> float:
    """Sync a stream of changed units, and give the extra memory it took, in megabytes."""
    with engine_of(dsn) as engine, peak_memory() as grown:
        sync(engine, Houses(count, 99, keeps=False), "child")
    return grown[0]


def _measure(report: Report, dsn: Dsn, other: Dsn, size: int, scale: Scale) -> None:
    """Ours in one database and its peers in another; in turns, so that what else the machine does slows all alike."""
    versions = [Houses(size, version) for version in range(scale.runs + 1)]
    for houses in versions:
        cursor: str | None = ""
        while cursor is not None:
            cursor = houses.properties(None, cursor, PAGE).next_cursor

    def forget() -> None:
        empty(dsn, "properties", "units", "leases", "external_links", "events", "event_heads", "sync_runs")
        settle(dsn)

    runs = 1 if size > BINDING[0] else scale.runs
    with engine_of(dsn) as engine, engine_of(other) as of_peers:
        new = median_seconds(lambda: sync(engine, versions[0], "new"), runs, forget)
        sync(of_peers, versions[0], "new")
        peers = _Peers(other)
        found: dict[str, list[float]] = {name: [] for name in (CHANGED, SAME, COPY, STAGED)}
        for houses in versions[1:]:
            settle(dsn)
            found[CHANGED].append(median_seconds(partial(sync, engine, houses, f"changed {houses.version}"), 1))
            settle(dsn)
            found[SAME].append(median_seconds(partial(sync, engine, houses, f"same {houses.version}"), 1))
            found[COPY].append(median_seconds(peers.copy, 1, peers.forget))
            found[STAGED].append(median_seconds(peers.stage, 1, peers.turn))
    before = rows_written(dsn, but_for="sync_runs")
    with engine_of(dsn) as engine:
        counts = dict(sync(engine, versions[-1], "again").counts)
    grown = [it for it in rows_written(dsn, but_for="sync_runs") if it not in before]
    if set(counts) != {"unchanged"} or grown:
        message = f"nothing changed, and yet: {counts}, and of these tables something was written: {grown}"
        raise AssertionError(message)
    memory = in_child(sync_in_child, dsn, size)
    report.add(Measured(NEW, size, new, size, runs))
    for name, seconds in found.items():
        extra = memory if name == CHANGED else None
        report.add(Measured(name, size, statistics.median(seconds), size, scale.runs, extra))
    if size <= scale.slow_peers * MULTIPLE:
        report.add(Measured("row by row, all changed", size, median_seconds(peers.one_by_one, 1, peers.turn), size))
    peers.close()


_COLUMNS: Final = "portfolio_id, unit_id, property_id, code, kind, number, floor, block"


class _Peers:
    """The same units by hand, in a database of their own with the same keys and constraints."""

    def __init__(self, dsn: Dsn) -> None:
        """Take what the sync wrote there, and the same with other numbers."""
        self._dsn = dsn
        self._connection = psycopg.connect(dsn.conninfo())
        statement = f"SELECT {_COLUMNS} FROM units ORDER BY property_id"  # noqa: S608 - words of ours
        rows: list[_Row] = self._connection.execute(statement.encode()).fetchall()
        self._connection.commit()
        self._rows = [rows, [(*row[:5], f"W{row[5]}", *row[6:]) for row in rows]]

    def forget(self) -> None:
        """Empty the table."""
        empty(self._dsn, "units")
        settle(self._dsn)

    def turn(self) -> None:
        """Take the other numbers."""
        self._rows.reverse()
        settle(self._dsn)

    def copy(self) -> None:
        """Write all by COPY."""
        _copy(self._connection, self._rows[0])

    def stage(self) -> None:
        """Stage all by COPY, then write what is new or not."""
        _staged(self._connection, self._rows[0])

    def one_by_one(self) -> None:
        """Write each by a statement of its own."""
        _one_by_one(self._connection, self._rows[0])

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


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
