"""A PostgreSQL of the benchmarks' own, with fsync on, and a fresh database for each book."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Final
from uuid import uuid4

import psycopg
from sqlalchemy import Engine

from marketplace_adapters.postgres.embedded import open_server
from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.migrations import migrate
from marketplace_adapters.postgres.server.dsn import Dsn

WAIT_SECONDS: Final = 30


@contextmanager
def server() -> Generator[Dsn]:
    """The owner's address on a server whose data folder is removed afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="marketplace-benchmarks-") as folder,
        open_server(Path(folder) / "data") as running,
    ):
        yield running.owner


@contextmanager
def database(owner: Dsn) -> Generator[Dsn]:
    """A fresh database with the books' tables, dropped afterwards."""
    name = f"bench_{uuid4().hex[:12]}"
    with psycopg.connect(owner.conninfo(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    dsn = owner.with_database(name)
    with engine_of(dsn) as engine:
        migrate(engine)
    try:
        yield dsn
    finally:
        with psycopg.connect(owner.conninfo(), autocommit=True) as connection:
            # WITH (FORCE) would also ask to end the server's autovacuum worker, which the owner may not.
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND backend_type = 'client backend'",
                [name],
            )
            connection.execute(f"DROP DATABASE {name}".encode())


@contextmanager
def engine_of(dsn: Dsn) -> Generator[Engine]:
    """A pool for the database, closed afterwards."""
    engine = make_engine(dsn)
    try:
        yield engine
    finally:
        engine.dispose()


def settle(dsn: Dsn) -> None:
    """Bring statistics up to date and write out what waits, so that a run does not pay for the one before."""
    with psycopg.connect(dsn.conninfo(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def empty(dsn: Dsn, *tables: str) -> None:
    """Empty tables and what hangs on them."""
    with psycopg.connect(dsn.conninfo(), autocommit=True) as connection:
        connection.execute(f"TRUNCATE {', '.join(tables)} CASCADE".encode())


def rows_written(dsn: Dsn, *, but_for: str = "") -> list[tuple[str, int, int, int]]:
    """The rows that were ever inserted, updated and deleted, by table, once all other sessions have gone.

    A session may keep its counts to itself for as long as a minute and hands them in when it ends, so a count
    taken while it stands by would say nothing. Dispose of the engine first; one that stays is an error.
    """
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    counts = (
        "SELECT relname::text, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables"
        " WHERE schemaname NOT LIKE 'pg_temp%%' AND relname <> %s ORDER BY relname"
    )
    with psycopg.connect(dsn.conninfo(), autocommit=True) as connection:
        last = monotonic() + WAIT_SECONDS
        while connection.execute(others).fetchone() != (0,):
            if monotonic() > last:
                message = f"sessions of {dsn.database} still stand by after {WAIT_SECONDS} s; dispose of the engine"
                raise AssertionError(message)
            sleep(0.02)
        return connection.execute(counts, [but_for]).fetchall()
