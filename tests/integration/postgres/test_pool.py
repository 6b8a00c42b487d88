"""The pool: what one statement reads costs one round trip, and connections that died are replaced."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, text
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import BOOK, make_tables

from marketplace_adapters.postgres.engine import make_engine, single_look, snapshot
from marketplace_adapters.postgres.reading import BATCH, PostgresDirectory

pytestmark = pytest.mark.postgres

ENDED = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
UNITS = """
INSERT INTO portfolios VALUES ('book', 'Book', 'KES', 'UTC');
INSERT INTO properties VALUES ('book', 'p', 'House', NULL, '');
INSERT INTO units SELECT 'book', 'u' || lpad(n::text, 5, '0'), 'p', 'A' || n FROM generate_series(1, :units) n
"""


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the books' tables."""
    return make_tables


@pytest.fixture
def engine(fresh_database: Database) -> Iterator[Engine]:
    """Give a pool of two connections."""
    engine = make_engine(fresh_database.owner, connections=2)
    yield engine
    engine.dispose()


def test_a_connection_that_the_server_ended_is_replaced(engine: Engine, fresh_database: Database) -> None:
    """Whoever asks next learns nothing of it, though the connection was used a moment ago."""
    with single_look(engine) as one, snapshot(engine) as other:
        for connection in (one, other):
            connection.execute(text("SELECT 1"))
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as killer:
        assert len(killer.execute(ENDED.encode()).fetchall()) == 2
    with snapshot(engine) as one, single_look(engine) as other:
        assert [it.execute(text("SELECT 1")).scalar() for it in (one, other)] == [1, 1]


def test_a_single_look_begins_no_transaction(engine: Engine) -> None:
    """A transaction would cost two more round trips; the next to use the connection has one again."""
    begun = text("SELECT xact_start < statement_timestamp() FROM pg_stat_activity WHERE pid = pg_backend_pid()")
    with single_look(engine) as connection:
        assert connection.execute(begun).scalar() is False
    with snapshot(engine) as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "repeatable read"


@pytest.mark.parametrize("units", [0, BATCH, BATCH + 1, 2 * BATCH + 1])
def test_streams_of_few_and_of_many_are_whole(engine: Engine, units: int) -> None:
    """Few rows come at once and many by batches: each row once, in order."""
    with engine.begin() as connection:
        for statement in UNITS.split(";"):
            connection.execute(text(statement), {"units": units})
    found = [it.unit_id for it in PostgresDirectory(engine).units(BOOK)]
    assert found == [f"u{n:05d}" for n in range(1, units + 1)]
