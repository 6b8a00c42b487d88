"""The short way of one payment leaves, to the byte, what the way of a statement leaves; and it is short."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from tests.fixtures.bulk_books import PAYBILL, Story, make_tables
from tests.fixtures.databases import Database, new_database

from marketplace_adapters.postgres import cash_desk
from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.writing import chain
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CommandId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.payment import Payer, PaymentReport, ReportSource
from marketplace_core.domain.telling import InboxOutcome

pytestmark = pytest.mark.postgres

TABLES = (
    "inbox_transactions",
    "payments",
    "payment_reports",
    "contradictions",
    "postings",
    "events",
    "event_heads",
    "event_personal",
)
_ALL = "SELECT * FROM {} ORDER BY 1, 2, 3"
MOMENT = datetime(2026, 1, 2, 9, 30, tzinfo=UTC)
PREPARED_AFTER = 5
"""So many times the driver runs a statement before it keeps it prepared."""


def report(transaction: str, reference: str = "A1", payer: Payer = Payer()) -> PaymentReport:  # noqa: B008 - frozen
    """A report of cash."""
    own = PAYBILL.collection_account_id
    money = Money(150_000, KES)
    return PaymentReport(
        own, transaction, ReportSource.CASH, money, MOMENT, date(2026, 1, 2), reference, payer, "by hand"
    )


REPORTS = (
    report("r1", "Ref\t\\ 'A1'; é", Payer("Wanjikũ O'Neil \\ %s", "2547****5678")),
    report("r2", ""),
    report("r3", payer=Payer("Jane")),
    report("r1", "Ref\t\\ 'A1'; é", Payer("Wanjikũ O'Neil \\ %s", "2547****5678")),
)


def _one_salt(_bytes: int) -> str:
    return "5a" * 16


@contextmanager
def story_of(server: Database) -> Generator[Story]:
    """A story in a database of its own."""
    with new_database(server, make_tables) as database:
        engine = make_engine(database.application)
        yield Story(engine, "p1")
        engine.dispose()


def rows_after(story: Story, do: Callable[[Command, PaymentReport], object]) -> dict[str, list[Any]]:
    """Every row of the tables that payments touch, once all reports are taken."""
    for number, one in enumerate(REPORTS):
        command = Command(CommandId(f"c{number}"), PortfolioId("p1"), "payments.record", "person:asha", MOMENT, "why")
        do(command, one)
    with story.postgres.engine.connect() as connection:
        return {it: [*connection.exec_driver_sql(_ALL.format(it)).all()] for it in TABLES}


def test_both_ways_leave_the_same_rows(postgres_server: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the salts made equal, rows, digests and hashes of both are the same; only a repeat went the long way."""
    monkeypatch.setattr(chain, "token_hex", _one_salt)
    with story_of(postgres_server) as story:
        by_statement = rows_after(story, lambda command, it: story.postgres.receive(command, [it]))
    with story_of(postgres_server) as story:
        received: list[PaymentReport] = []
        receive = story.postgres.receive

        def seen(command: Command, reports: Iterable[PaymentReport]) -> InboxOutcome:
            received.extend(reports)
            return receive(command, received[-1:])

        monkeypatch.setattr(story.postgres, "receive", seen)
        by_desk = rows_after(story, story.postgres.take)
    assert by_desk == by_statement
    assert [len(by_desk[it]) for it in ("payments", "postings", "event_personal")] == [3, 3, 2]
    assert received == [REPORTS[3]]


def test_a_new_payment_takes_two_statements(postgres_server: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """One to lock and look, one to write; what goes through SQLAlchemy, such as a look at the directory, is none."""
    with story_of(postgres_server) as story:
        story.postgres.take(story.command(), REPORTS[1])  # a new connection asks about itself
        through_sqlalchemy: list[str] = []
        event.listen(story.postgres.engine, "before_cursor_execute", lambda *it: through_sqlalchemy.append(it[2]))
        executed: list[object] = []
        execute = psycopg.Cursor.execute

        def counted(self: Any, query: Any, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - the driver's own
            executed.append(query)
            return execute(self, query, *rest, **named)

        monkeypatch.setattr(psycopg.Cursor, "execute", counted)
        taken = story.postgres.take(story.command(), REPORTS[0])
        monkeypatch.undo()  # the database is dropped by the same driver
    assert (taken.outcome.received, len(executed), through_sqlalchemy) == (1, 2, [])


def test_the_desk_is_still_found_once_a_table_has_a_further_column(postgres_server: Database) -> None:
    """A migration beside a running server: what the connections keep prepared still gives what it gave."""
    with new_database(postgres_server, make_tables) as database:
        engine = make_engine(database.application, connections=1)
        story = Story(engine, "p1")
        asked = (story.portfolio_id, PAYBILL.collection_account_id)
        before = [story.postgres.desk(*asked) for _ in range(PREPARED_AFTER + 1)][-1]
        with psycopg.connect(database.owner.conninfo(), autocommit=True) as migrating:
            for table in ("portfolios", "portfolio_accounts", "collection_accounts"):
                migrating.execute(f"ALTER TABLE {table} ADD COLUMN further text".encode())
        assert story.postgres.desk(*asked) == before
        engine.dispose()


def test_where_the_short_way_is_not_had_the_long_one_is_taken(
    postgres_server: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that refuses such a statement, as one that spreads its tables may, takes the payment all the same."""

    def refused(*_: object) -> bool:
        raise psycopg.errors.FeatureNotSupported

    monkeypatch.setattr(cash_desk, "_written", refused)
    with story_of(postgres_server) as story:
        assert story.postgres.take(story.command(), REPORTS[0]).outcome.received == 1
        assert [it.transaction_id for it in story.postgres.payments(story.portfolio_id)] == ["R1"]
