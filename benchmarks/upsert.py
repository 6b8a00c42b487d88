"""Units of an outside system brought into the books, beside COPY, staging with an upsert, and row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import psycopg

from benchmarks.book import PORTFOLIO, UNITS_OF_PROPERTY, command, make_book
from benchmarks.database import database, empty, engine_of, server, settle
from benchmarks.measure import Measured, Ratio, Report, Scale, growth, in_child, median_seconds, peak_memory
from marketplace_adapters.postgres.bulk.upsert import ExternalUnit, PostgresUnitSync, Upserted
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.domain.identifiers import PropertyId, UnitId
from marketplace_core.domain.party import Unit

NEW, CHANGED, SAME = "ours: all new", "ours: all changed", "ours: none changed"
COPY, STAGED = "COPY into an empty table", "staging + INSERT … ON CONFLICT, all changed"
SIZE_DIVISOR: Final = 2
"""The reference size is 50,000 units where other benchmarks take 100,000."""


def run(scale: Scale) -> list[Report]:
    """Each unit with its link and its event; peers write units only."""
    report = Report("Sync-style upsert of units, with external links and events; fsync on")
    sizes = tuple(size // SIZE_DIVISOR for size in scale.sizes)
    with server() as owner:
        for size in sizes:
            with database(owner) as dsn:
                make_book(dsn, size)
                _ours(report, dsn, size, scale)
                if size <= scale.slow_peers:
                    _peers(report, dsn, size, scale)
    for size in sizes:
        copied = report.find(COPY, size)
        for name, limit in ((CHANGED, 2.5), (SAME, 0.8)):
            mine = report.find(name, size)
            if mine and copied:
                report.ratios.append(Ratio(f"{name} / {COPY}, time", size, mine.seconds / copied.seconds, limit))
        new = report.find(NEW, size)
        if new and new.extra_memory_megabytes is not None:
            report.ratios.append(Ratio("extra memory of the sync", size, new.extra_memory_megabytes, 150, unit=" MB"))
    growth(report, CHANGED, sizes, 11)
    return [report]


def units(count: int, version: int) -> list[ExternalUnit]:
    """Units of which each version has other codes."""
    return [_unit(index, version) for index in range(count)]


def _unit(index: int, version: int) -> ExternalUnit:
    place = PropertyId(f"property-{index // UNITS_OF_PROPERTY}")
    return ExternalUnit(f"ext-{index}", Unit(PORTFOLIO, UnitId(f"unit-{index}"), place, f"V{version}-{index}"))


def sync(dsn: Dsn, found: list[ExternalUnit], name: str) -> Upserted:
    """Bring units into the books."""
    with engine_of(dsn) as engine:
        return PostgresUnitSync(engine).units(command(name), "other", found)


def sync_in_child(dsn: Dsn, count: int) -> float:
    """Sync a stream of changed units, and give the extra memory it took, in megabytes."""
    with engine_of(dsn) as engine, peak_memory() as grown:
        stream = (_unit(index, 99) for index in range(count))
        PostgresUnitSync(engine).units(command("child"), "other", stream)
    return grown[0]


def _ours(report: Report, dsn: Dsn, size: int, scale: Scale) -> None:
    runs, version, current = scale.runs, 0, units(size, 0)

    def forget() -> None:
        empty(dsn, "units", "leases", "external_links", "events", "event_heads")
        settle(dsn)

    new = median_seconds(lambda: sync(dsn, current, "new"), runs, forget)

    def other() -> None:
        nonlocal version, current
        version += 1
        current = units(size, version)
        settle(dsn)

    changed = median_seconds(lambda: sync(dsn, current, f"v{version}"), runs, other)
    settle(dsn)
    same = median_seconds(lambda: sync(dsn, current, "same"), runs)
    again = sync(dsn, current, "same")
    if again.written or again.linked or again.unchanged != size:
        message = f"nothing changed, and yet: {again}"
        raise AssertionError(message)
    memory = in_child(sync_in_child, dsn, size)
    report.add(Measured(NEW, size, new, size, runs, memory))
    report.add(Measured(CHANGED, size, changed, size, runs))
    report.add(Measured(SAME, size, same, size, runs))


def _peers(report: Report, dsn: Dsn, size: int, scale: Scale) -> None:
    rows = [(it.unit.portfolio_id, it.unit.unit_id, it.unit.property_id, it.unit.code) for it in units(size, 1000)]
    other = [(*row[:3], f"W{row[3]}") for row in rows]

    def forget() -> None:
        empty(dsn, "units")
        settle(dsn)

    with psycopg.connect(dsn.conninfo()) as connection:
        seconds = median_seconds(lambda: _copy(connection, "units", rows), scale.runs, forget)
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


def _copy(connection: psycopg.Connection, table: str, rows: Sequence[tuple[str, str, str, str]]) -> None:
    with connection.cursor() as cursor:  # noqa: SIM117
        with cursor.copy(f"COPY {table} (portfolio_id, unit_id, property_id, code) FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)
    connection.commit()


_UPSERT: Final = (
    "INSERT INTO units (portfolio_id, unit_id, property_id, code) {} ON CONFLICT (portfolio_id, unit_id)"
    " DO UPDATE SET property_id = excluded.property_id, code = excluded.code"
)


def _staged(connection: psycopg.Connection, rows: Sequence[tuple[str, str, str, str]]) -> None:
    connection.execute("CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT * FROM units LIMIT 0")
    with connection.cursor() as cursor:  # noqa: SIM117
        with cursor.copy("COPY staged (portfolio_id, unit_id, property_id, code) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    connection.execute(_UPSERT.format("SELECT portfolio_id, unit_id, property_id, code FROM staged").encode())
    connection.commit()


def _one_by_one(connection: psycopg.Connection, rows: Sequence[tuple[str, str, str, str]]) -> None:
    statement = _UPSERT.format("VALUES (%s, %s, %s, %s)").encode()
    for row in rows:
        connection.execute(statement, row)
    connection.commit()
