"""A look gives what SQLAlchemy would, by connections of its own that it keeps as long as they live."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from sqlalchemy import Column, Engine, MetaData, Table, Text, column, func, select, text
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import BOOK, make_tables
from tests.integration.postgres.test_pool import ENDED
from tests.integration.postgres.test_register_plans import fill

from marketplace_adapters.postgres.engine import make_engine, single_look, snapshot
from marketplace_adapters.postgres.look import SOUGHT, Look
from marketplace_adapters.postgres.register.asking import one_look
from marketplace_adapters.postgres.register.sources import source_of
from marketplace_core.domain.access import Reach
from marketplace_core.domain.identifiers import LeaseId, PersonId, PropertyId
from marketplace_core.domain.paging import Kind
from marketplace_core.domain.register import (
    CREDIT_NOTES,
    INVOICES,
    LEASES,
    PAYMENTS,
    PEOPLE,
    PROPERTIES,
    RECEIPTS,
    UNITS,
)
from marketplace_core.errors import ConfigurationError, InvalidInput

pytestmark = pytest.mark.postgres

KINDS: list[Kind[Any]] = [PROPERTIES, UNITS, PEOPLE, LEASES, INVOICES, CREDIT_NOTES, PAYMENTS, RECEIPTS]
WHOLE = Reach(BOOK, is_whole=True)
PART = Reach(BOOK, property_ids=frozenset([PropertyId("p0")]))
TENANT = Reach(BOOK, lease_ids=frozenset([LeaseId("l3")]), person_ids=frozenset([PersonId("t3")]))
NOTHING = Reach(BOOK)
WHO = Look(select(func.pg_backend_pid().label("pid")).where(SOUGHT == ""))
NOWHERE = Look(select(Table("nowhere", MetaData(), Column("key", Text()))).where(column("key") == SOUGHT))


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the books' tables."""
    return make_tables


@pytest.fixture
def engine(fresh_database: Database) -> Iterator[Engine]:
    """Give a pool of one connection: who keeps it, or breaks it, keeps everybody out."""
    engine = make_engine(fresh_database.owner, connections=1)
    yield engine
    engine.dispose()


def test_a_look_gives_what_sqlalchemy_gives(engine: Engine) -> None:
    """The same row or none, of the same types, for each kind of entry and by each reach."""
    fill(engine, 40, 3)
    found = 0
    for kind in KINDS:
        source = source_of(kind)
        with single_look(engine) as connection:
            keys = connection.scalars(select(source.table.c[kind.key])).all()[:60]
        for reach in (WHOLE, PART, TENANT, NOTHING):
            look = one_look(kind.name, kind.key, reach)
            for key in [*keys, "none"]:
                with single_look(engine) as connection:
                    row = connection.execute(look.statement, {SOUGHT.key: key}).mappings().first()
                ours = look.first(engine, key)
                assert ours == (None if row is None else dict(row)), (kind.name, reach, key)
                if row is not None and ours is not None:
                    found += 1
                    assert [type(it) for it in ours.values()] == [type(it) for it in row.values()]
    assert found > len(KINDS) * 40


def test_a_look_begins_no_transaction(engine: Engine, fresh_database: Database) -> None:
    """As ``single_look``: its statement is the last that the server heard; a transaction's is its end."""
    last = "SELECT query FROM pg_stat_activity WHERE pid = %s"
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as onlooker:
        looked = WHO.first(engine, "")
        assert looked is not None
        assert "pg_backend_pid" in str(onlooker.execute(last.encode(), [looked["pid"]]).fetchall())
        with engine.connect() as connection:
            used = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        assert onlooker.execute(last.encode(), [used]).fetchall() == [("ROLLBACK",)]
    with snapshot(engine) as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "repeatable read"


def test_a_look_keeps_its_connection(engine: Engine) -> None:
    """It needs none of the pool's, all of which may be in use, and opens no second one."""
    first = WHO.first(engine, "")
    with engine.connect() as connection:
        used = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        assert first is not None
        assert {"pid": used} != first
        for _ in range(3):
            assert WHO.first(engine, "") == first


def test_looks_at_once_have_a_connection_each(engine: Engine, fresh_database: Database) -> None:
    """Each thread gets the answer to what it asked, and no more connections are opened than threads look."""
    answers = Look(select(SOUGHT.label("said"), func.pg_sleep(0.001)))
    with ThreadPoolExecutor(6) as threads:
        said = list(threads.map(lambda asked: answers.first(engine, asked), [str(it) for it in range(300)]))
    assert [it and it["said"] for it in said] == [str(it) for it in range(300)]
    assert 1 <= _connections(fresh_database) <= 6 + 1


def test_connections_close_with_their_pool(engine: Engine, fresh_database: Database) -> None:
    """Those that wait at once, one in use when its look ends; whoever looks later has another."""
    waits = Look(select(func.pg_sleep(1).label("slept")).where(SOUGHT == ""))
    assert WHO.first(engine, "") is not None
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(waits.first, engine, "")
        _until(lambda: _connections(fresh_database, "pg_sleep") == 1)
        assert WHO.first(engine, "") is not None
        engine.dispose()
        assert waiting.result() is not None
    _until(lambda: _connections(fresh_database) == 0)
    assert WHO.first(engine, "") is not None
    engine.dispose()
    _until(lambda: _connections(fresh_database) == 0)


def test_a_connection_that_the_server_ended_is_replaced(engine: Engine, fresh_database: Database) -> None:
    """Whoever looks next learns nothing of it, though the connection was used a moment ago."""
    was = WHO.first(engine, "")
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as killer:
        assert len(killer.execute(ENDED.encode()).fetchall()) == 1
    now = WHO.first(engine, "")
    assert was is not None
    assert now is not None
    assert was["pid"] != now["pid"]


def test_a_refused_look_says_so_in_our_words_and_gives_its_connection_back(engine: Engine) -> None:
    """Both where the driver refuses the value and where the database refuses the statement."""
    for _ in range(3):
        with pytest.raises(InvalidInput, match="NUL"):
            WHO.first(engine, "a\0b")
        with pytest.raises(ConfigurationError, match="a table is missing"):
            NOWHERE.first(engine, "a")
        assert WHO.first(engine, "") is not None


def _connections(database: Database, doing: str = "") -> int:
    """How many connections the database has, those of this question apart."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE %s"
    )
    with psycopg.connect(database.owner.conninfo(), autocommit=True) as onlooker:
        found = onlooker.execute(asked.encode(), [f"%{doing}%"]).fetchone()
    assert found is not None
    return int(found[0])


def _until(holds: Callable[[], bool]) -> None:
    """Come back when it holds; a server ends a connection a moment after its client does."""
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until, "it never comes to hold"
        time.sleep(0.01)
