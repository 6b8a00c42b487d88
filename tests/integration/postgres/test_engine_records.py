"""What is kept of an outside engine in SQL: nothing is lost, of many one goes on, and what was sent stays written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from attrs import evolve
from psycopg import errors
from sqlalchemy import Engine, event, text
from tests.fixtures.databases import Database, MakeTables, new_database
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.dumps import dump_database, restore_database
from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.outside_engine import PostgresEngineRecords
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.outside_engine.agreement import Difference, DifferenceKind, Fault, FullPass, PassStage
from marketplace_core.domain.outside_engine.intents import Intent, IntentState
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.errors import ConcurrentChange
from marketplace_core.testing.contracts.base import at_once

pytestmark = pytest.mark.postgres

NOW: Final = datetime(2026, 11, 30, 3, 10, 5, 123456, tzinfo=UTC)
KEY: Final = AccountKey(PortfolioId("p1"), LeaseId("l1"))
INTENT: Final = Intent("mk_1", KEY, "Charge", "Deposit of l1", NOW, amount=Money(1_000_001, Currency("XTS", 3)))
RUN: Final = FullPass("pass-1", NOW)
TRIES: Final = 8


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the tables."""
    return make_tables


@pytest.fixture
def engine(fresh_database: Database) -> Iterator[Engine]:
    """The pool of the application's role."""
    engine = make_engine(fresh_database.application)
    yield engine
    engine.dispose()


@pytest.fixture
def records(engine: Engine) -> PostgresEngineRecords:
    """Empty records."""
    return PostgresEngineRecords(engine)


def difference(subject: str, key: AccountKey | None = KEY, ours: int | None = 100) -> Difference:
    """An invoice of which ours and theirs are not the same."""
    amount = None if ours is None else Money(ours, KES)
    return Difference(key, DifferenceKind.INVOICE_AMOUNT, subject, amount, Money(-7, KES), "théirs is less", "void it")


def filled(records: PostgresEngineRecords) -> None:
    """One of each, in which no field is empty."""
    records.plan(INTENT)
    records.mark_sent("mk_1", 0, NOW)
    records.settle("mk_1", IntentState.DONE, NOW + timedelta(seconds=1), "their-1", "it was there")
    records.begin_pass(RUN)
    records.advance_pass(RUN, evolve(RUN, stage=PassStage.INVOICES, cursor="7/1", checked=3, differences=2))
    records.note_fault(Fault("check", "callback", NOW, "it is missing"))
    records.put_differences(KEY, [difference("i1"), difference("i2", ours=None)], NOW)
    records.put_differences(None, [difference("stranger", None)], NOW)
    records.remember_lease(KEY, "d1", NOW)


def everything(records: PostgresEngineRecords) -> tuple[object, ...]:
    """All that can be read."""
    return (
        records.intents_of(KEY),
        records.passes(),
        records.differences(),
        records.lease_digest(KEY),
        records.standing(),
    )


def test_a_backup_carries_everything(
    fresh_database: Database, records: PostgresEngineRecords, postgres_server: Database, tmp_path: Path
) -> None:
    """What is restored is what was kept, to the microsecond and the cent, and with the same rights."""
    filled(records)
    before = everything(records)
    assert records.intent("mk_1") == evolve(
        INTENT,
        state=IntentState.DONE,
        attempts=1,
        sent_at=NOW,
        settled_at=NOW + timedelta(seconds=1),
        their_id="their-1",
        last_words="it was there",
    )
    assert [it.subject for it in records.differences()] == ["stranger", "i1", "i2"]
    dump_database(fresh_database.owner, tmp_path / "backup", schema_version="0007", created_at=NOW)
    with new_database(postgres_server) as target:
        restore_database(tmp_path / "backup", target.owner)
        pool = make_engine(target.application)
        assert everything(PostgresEngineRecords(pool)) == before
        pool.dispose()
        with psycopg.connect(target.application.conninfo()) as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute("DELETE FROM engine_intents")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM engine_intents",
        "TRUNCATE engine_intents",
        "UPDATE engine_intents SET words = ''",
        "UPDATE engine_intents SET amount_minor = 1",
        "UPDATE engine_intents SET marker = 'mk_2'",
        "DELETE FROM engine_passes",
        "UPDATE engine_passes SET begun_at = now()",
    ],
)
def test_daily_work_cannot_unsay_what_was_sent(
    fresh_database: Database, records: PostgresEngineRecords, statement: str
) -> None:
    """The application's role changes how a step ended, not what it was, and deletes none."""
    if fresh_database.owner == fresh_database.application:
        pytest.skip("one role for everything: there is nobody to take rights from")
    filled(records)
    with (
        psycopg.connect(fresh_database.application.conninfo()) as connection,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_of_many_that_plan_one_stands(records: PostgresEngineRecords) -> None:
    """All are given the same, which is the first one's."""
    found = at_once([partial(records.plan, evolve(INTENT, words=f"by worker {number}")) for number in range(TRIES)])
    assert len(set(found)) == 1
    assert found[0] == records.intent("mk_1")


def test_of_many_that_send_one_may(records: PostgresEngineRecords) -> None:
    """The others hear that somebody is at it; so it is again the next time, also after it was refused."""
    records.plan(INTENT)
    for attempts in range(3):
        found = at_once([partial(records.mark_sent, "mk_1", attempts, NOW)] * TRIES)
        assert [it.attempts for it in found if isinstance(it, Intent)] == [attempts + 1]
        assert sum(isinstance(it, ConcurrentChange) for it in found) == TRIES - 1
        records.settle("mk_1", IntentState.REFUSED, NOW, words="too much")


def test_one_pass_runs(records: PostgresEngineRecords) -> None:
    """Of many that begin, one; of many that move it on, one; after its end another begins."""
    begun = at_once([partial(records.begin_pass, FullPass(f"pass-{number}", NOW)) for number in range(TRIES)])
    assert len(set(begun)) == 1
    (running,) = records.passes()
    moves = [evolve(running, cursor=str(number)) for number in range(TRIES)]
    moved_by = at_once([partial(records.advance_pass, running, move) for move in moves])
    assert sum(isinstance(it, ConcurrentChange) for it in moved_by) == TRIES - 1
    (moved,) = records.passes()
    records.advance_pass(moved, evolve(moved, stage=PassStage.DONE, ended_at=NOW))
    assert records.begin_pass(FullPass("pass-next", NOW + timedelta(hours=1))).pass_id == "pass-next"


def test_differences_put_at_once_are_those_of_one(records: PostgresEngineRecords) -> None:
    """Never a mixture of two comparisons, nor both."""
    sets = [[difference(f"{number}-{part}") for part in range(5)] for number in range(TRIES)]
    for _ in range(5):
        problems = at_once([partial(records.put_differences, KEY, them, NOW) for them in sets])
        assert problems == [None] * TRIES
        assert list(records.differences()) in sets


def explained(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:  # noqa: ANN401 - as the driver has them
    """Ask how a statement is done instead of what it gives."""
    return f"EXPLAIN {statement}", parameters


FILL: Final = """
INSERT INTO engine_intents SELECT 'mk_' || n, 'p1', 'l' || n % 5000, 'Charge', '', now() - n * interval '1 minute',
    CASE WHEN n % 5000 = 7 THEN 'sent' ELSE 'done' END, NULL, NULL, 1, now(),
    CASE WHEN n % 5000 = 7 THEN NULL ELSE now() END, '', '' FROM generate_series(1, 50000) n;
INSERT INTO engine_differences SELECT 'p1', 'l' || n, CASE WHEN n % 500 = 7 THEN 'balance' ELSE 'paid_otherwise' END,
    '', 0, NULL, NULL, NULL, NULL, '', '' FROM generate_series(1, 50000) n
"""


def test_nothing_reads_all_that_was_ever_sent(fresh_database: Database) -> None:
    """Open intents, a lease's, the oldest open one and the count of drift are found by indexes."""
    engine = make_engine(fresh_database.owner, connections=1)
    with engine.begin() as connection:
        for statement in FILL.split(";"):
            connection.execute(text(statement))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    plans: list[str] = []

    def told(_connection: object, cursor: Any, statement: str, *_: object) -> None:  # noqa: ANN401 - the driver's
        if statement.startswith("EXPLAIN"):
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
            cursor.execute(statement.removeprefix("EXPLAIN "), told_with[-1])

    told_with: list[Any] = []

    def remembered(connection: object, cursor: object, statement: str, parameters: Any, *rest: object) -> Any:  # noqa: ANN401 - the driver's
        told_with.append(parameters)
        return explained(connection, cursor, statement, parameters, *rest)

    event.listen(engine, "before_cursor_execute", remembered, retval=True)
    event.listen(engine, "after_cursor_execute", told)
    records = PostgresEngineRecords(engine)
    assert len(records.open_intents()) == 10
    assert len(records.intents_of(AccountKey(PortfolioId("p1"), LeaseId("l22")))) == 10
    standing = records.standing()
    assert standing.drift == 100
    assert standing.oldest_open == records.open_intents()[0].planned_at
    engine.dispose()
    of_size = [plan for plan in plans if "engine_intents" in plan or "engine_differences" in plan]
    assert len(of_size) == 5
    assert [plan for plan in of_size if "Seq Scan" in plan] == []
