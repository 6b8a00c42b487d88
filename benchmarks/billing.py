"""A billing run with all it writes, beside COPY, INSERT … SELECT, SQLAlchemy Core and the ORM on the same tables."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import psycopg
from sqlalchemy import Table, insert
from sqlalchemy.orm import Session, registry

from benchmarks.book import command, make_book
from benchmarks.database import database, empty, engine_of, server, settle
from benchmarks.measure import Measured, Ratio, Report, Scale, growth, in_child, median_seconds, peak_memory
from benchmarks.orm import bill_by_orm, bill_by_tuned_orm
from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.bulk.billing import PostgresBillingRuns
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.domain.billing import bill
from marketplace_core.domain.days import calendar_month

MONTH: Final = calendar_month(2026, 11)
TABLES: Final = ("invoices", "invoice_lines", "postings")
OURS: Final = "ours: billing run"
AGAIN: Final = "ours: the same run again"
PLAIN: Final = "INSERT … SELECT … ON CONFLICT"
ORM: Final = "SQLAlchemy ORM by relationships, whole run"
TUNED: Final = "SQLAlchemy ORM tuned by hand, whole run"
READY: Final = "SQLAlchemy ORM, add_all of ready objects"


def run(scale: Scale) -> list[Report]:
    """Invoices, lines and postings of one month; every row written counts."""
    report = Report("Billing run: invoices, lines, postings, numbers, event link; fsync on")
    with server() as owner:
        for size in scale.sizes:
            with database(owner) as dsn:
                make_book(dsn, size)
                _ours(report, dsn, size, scale)
                if size <= scale.slow_peers:
                    _peers(report, dsn, size, scale)
    _ratios(report, scale)
    report.notes.append(
        "INSERT … SELECT and COPY get every row ready made (in a table, in memory) and only write it, into tables with"
        " the same keys, foreign keys and checks; SQLAlchemy gets ready dicts or objects, but for the whole run, which"
        " reads leases, looks for standing invoices, numbers, makes objects and writes the rows that ours does"
    )
    return [report]


def bill_once(dsn: Dsn, name: str) -> int:
    """Bill the month; how many invoices were made."""
    with engine_of(dsn) as engine:
        runs = PostgresBillingRuns(engine)
        run = runs.run(
            command(name),
            MONTH,
            lambda lease, at, billed, standing: bill(lease, MONTH, at, billed, standing),
        )
        return run.invoices


def bill_in_child(dsn: Dsn, name: str) -> float:
    """Bill the month and give the extra memory it took, in megabytes."""
    with peak_memory() as grown:
        bill_once(dsn, name)
    return grown[0]


def _forget(dsn: Dsn) -> None:
    empty(dsn, "invoices", "postings", "events", "event_heads", "number_series")
    settle(dsn)


def _ours(report: Report, dsn: Dsn, size: int, scale: Scale) -> None:
    runs = 1 if size > scale.slow_peers else scale.runs
    seconds = median_seconds(lambda: bill_once(dsn, "run"), runs, lambda: _forget(dsn))
    rows = _count(dsn)
    settle(dsn)
    again = median_seconds(lambda: bill_once(dsn, "again"), scale.runs)
    _keep_rows(dsn)
    _forget(dsn)
    memory = in_child(bill_in_child, dsn, "run")
    report.add(Measured(OURS, size, seconds, rows, runs, memory))
    report.add(Measured(AGAIN, size, again, 0, scale.runs))


def _count(dsn: Dsn) -> int:
    with psycopg.connect(dsn.conninfo()) as connection:
        statements = [f"SELECT count(*) FROM {table}" for table in (*TABLES, "events")]  # noqa: S608 - our own tables
        counts = [connection.execute(statement.encode()).fetchone() for statement in statements]
    return sum(count[0] for count in counts if count)


def _keep_rows(dsn: Dsn) -> None:
    """Copies of what our run wrote, as the peers' source."""
    with psycopg.connect(dsn.conninfo(), autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"CREATE UNLOGGED TABLE ready_{table} AS SELECT * FROM {table}".encode())  # noqa: S608


def _peers(report: Report, dsn: Dsn, size: int, scale: Scale) -> None:
    rows = sum(len(read) for read in _ready(dsn).values())
    seconds = median_seconds(lambda: _insert_select(dsn), scale.runs, lambda: _forget(dsn))
    report.add(Measured(PLAIN, size, seconds, rows, scale.runs))
    blocks = {table: _copied_out(dsn, table) for table in TABLES}
    seconds = median_seconds(lambda: _copy(dsn, blocks), scale.runs, lambda: _forget(dsn))
    report.add(Measured("COPY", size, seconds, rows, scale.runs))
    _from_ready_rows(report, dsn, size, rows)
    for name, run_of in ((ORM, bill_by_orm), (TUNED, bill_by_tuned_orm)):
        seconds = median_seconds(partial(run_of, dsn, MONTH), 1, lambda: _forget(dsn))
        if _facts(dsn, "") != _facts(dsn, "ready_"):
            message = f"{name} does not write the rows that ours does"
            raise AssertionError(message)
        report.add(Measured(name, size, seconds, _count(dsn)))


def _from_ready_rows(report: Report, dsn: Dsn, size: int, rows: int) -> None:
    """SQLAlchemy with every row in memory."""
    ready = _ready(dsn)
    seconds = median_seconds(lambda: _core(dsn, ready), 1, lambda: _forget(dsn))
    report.add(Measured("SQLAlchemy Core, insertmanyvalues", size, seconds, rows))
    mapped = _Mapped()
    seconds = median_seconds(lambda: mapped.add_all(dsn, ready), 1, lambda: _forget(dsn))
    report.add(Measured(READY, size, seconds, rows))


def _facts(dsn: Dsn, prefix: str) -> list[tuple[Any, ...]]:
    """What is equal in both where the same rows were written: hashes of all rows, whatever their order."""
    with psycopg.connect(dsn.conninfo()) as connection:
        statements = [f"SELECT count(*), sum(hashtext(t::text)::bigint) FROM {prefix}{table} t" for table in TABLES]  # noqa: S608
        return [row for it in statements for row in connection.execute(it.encode()).fetchall()]


def _insert_select(dsn: Dsn) -> None:
    with psycopg.connect(dsn.conninfo()) as connection:
        for table in TABLES:
            connection.execute(f"INSERT INTO {table} SELECT * FROM ready_{table} ON CONFLICT DO NOTHING".encode())  # noqa: S608


def _copied_out(dsn: Dsn, table: str) -> bytes:
    with psycopg.connect(dsn.conninfo()) as connection, connection.cursor() as cursor:  # noqa: SIM117
        with cursor.copy(f"COPY ready_{table} TO STDOUT".encode()) as copy:
            return b"".join(bytes(block) for block in copy)


def _copy(dsn: Dsn, blocks: dict[str, bytes]) -> None:
    with psycopg.connect(dsn.conninfo()) as connection, connection.cursor() as cursor:
        for table, block in blocks.items():
            with cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
                copy.write(block)


def _ready(dsn: Dsn) -> dict[str, list[dict[str, Any]]]:
    with psycopg.connect(dsn.conninfo()) as connection:
        found: dict[str, list[dict[str, Any]]] = {}
        for table in TABLES:
            cursor = connection.execute(f"SELECT * FROM ready_{table}".encode())  # noqa: S608
            names = [column.name for column in cursor.description or ()]
            found[table] = [dict(zip(names, row, strict=True)) for row in cursor]
    return found


def _core(dsn: Dsn, ready: dict[str, list[dict[str, Any]]]) -> None:
    with engine_of(dsn) as engine, engine.begin() as connection:
        for name, rows in ready.items():
            table = schema.metadata.tables[name]
            connection.execute(insert(table).returning(table.c.portfolio_id), rows)


class _Mapped:
    """Plain mapped classes over the same tables."""

    def __init__(self) -> None:
        mapping = registry()
        self._classes = {name: self._mapped(mapping, schema.metadata.tables[name]) for name in TABLES}

    @staticmethod
    def _mapped(mapping: registry, table: Table) -> type[Any]:
        kind = type(table.name, (), {})
        mapping.map_imperatively(kind, table)
        return kind

    def add_all(self, dsn: Dsn, ready: dict[str, list[dict[str, Any]]]) -> None:
        """Make the objects, add them, commit."""
        with engine_of(dsn) as engine, Session(engine) as session:
            for name, rows in ready.items():
                session.add_all([self._classes[name](**row) for row in rows])
                session.flush()
            session.commit()


def _ratios(report: Report, scale: Scale) -> None:
    for size in scale.sizes:
        ours, again, plain = (report.find(name, size) for name in (OURS, AGAIN, PLAIN))
        orm = report.find(ORM, size)
        if ours and again:
            report.ratios.append(Ratio("the same run again / the run, time", size, again.seconds / ours.seconds, 0.5))
        if ours and plain:
            speed = ours.rows_per_second / plain.rows_per_second
            report.ratios.append(Ratio(f"run / {PLAIN}, rows/s", size, speed, 0.5, at_least=True))
        if ours and orm:
            speed = ours.rows_per_second / orm.rows_per_second
            report.ratios.append(Ratio(f"run / {ORM}, rows/s", size, speed, 15, at_least=True))
        for name in (TUNED, READY):
            if ours and (peer := report.find(name, size)):
                speed = ours.rows_per_second / peer.rows_per_second
                report.ratios.append(Ratio(f"run / {name}, rows/s", size, speed, None, at_least=True))
        if ours and ours.extra_memory_megabytes is not None:
            report.ratios.append(Ratio("extra memory of the run", size, ours.extra_memory_megabytes, 150, unit=" MB"))
    growth(report, OURS, scale.sizes, 11)
