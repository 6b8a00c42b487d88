"""Any column of the books changed by hand in SQL is refused by the database or found by the verification."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg
import pytest
from attrs import evolve
from psycopg.sql import SQL, Identifier
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.kept_columns import wrong_columns
from marketplace_adapters.postgres.kept_sums import wrong_sums
from marketplace_adapters.postgres.schema import metadata
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.facts import ExternalLinked, PersonRecorded
from marketplace_core.domain.identifiers import PersonId, PortfolioId
from marketplace_core.domain.party import Person
from marketplace_core.domain.payment import Payer
from marketplace_core.domain.reconciliation import DEFAULT_RULES, PureMatcher
from marketplace_core.errors import MarketplaceError
from marketplace_core.services.reconcile import ReconcilePayments
from marketplace_core.services.reconciliation_view import ReconciliationView
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.contracts.state import a_busy_year
from marketplace_core.testing.life import PAYBILL, PortfolioLife

pytestmark = [pytest.mark.postgres, pytest.mark.laws]

P1: Final = PortfolioId("p1")
LEFT_OUT: Final = {
    "inbox_held": "waits for a book to take it; no money of a book yet, and in no log",
    **dict.fromkeys(
        ["users", "api_clients", "identity_events", "identity_heads"], "of no book: test_identities alters them"
    ),
    **dict.fromkeys(
        ["attempt_counts", "kept_answers", "login_sessions", "one_time_tokens"], "comes and goes, and is in no log"
    ),
    **dict.fromkeys(
        ["engine_differences", "engine_faults", "engine_intents", "engine_leases", "engine_passes", "engine_watches"],
        "of an outside engine's books and in no log: each pass reads those again",
    ),
    **dict.fromkeys(
        ["occupancies", "sync_runs"], "of a system outside and in no log: a whole reading tells all of it again"
    ),
    **dict.fromkeys(
        ["ticket_changes", "ticket_comments", "ticket_counts", "ticket_intents", "tickets"],
        "no money and in no log: each ticket has a history of its own",
    ),
    **dict.fromkeys(
        ["applications", "inquiries", "listing_changes", "listing_copies", "listings"],
        "no money, and of the log the digest alone: test_listings alters what repeats",
    ),
    "pending_acts": "asked for and not done: what is done is a command of the log",
}
"""Tables left out, and why."""
ORDERS: Final = {("matches", "position"), ("invoice_lines", "position")}
"""A place in an order: a gap in it says nothing, and another order of lines is another invoice's row."""
MAY_GO: Final = {"event_personal": "an erasure: the verification counts it"}
"""Tables of which a row may be deleted, and why."""
ALTERED: Final[dict[type[Any], str]] = {
    BigInteger: "{column} + 1",
    Integer: "{column} + 1",
    Date: "{column} + 1",
    DateTime: "{column} + interval '1 minute'",
    Boolean: "NOT {column}",
    Text: "{column} || 'x'",
    JSONB: (
        "CASE jsonb_typeof({column}) WHEN 'array' THEN {column} || '[\"x\"]' ELSE {column} || '{{\"version\": 99}}' END"
    ),
}
"""One unit, day, minute, letter or element more."""
FILLED: Final[dict[type[Any], str]] = {
    Date: "'2026-05-05'",
    DateTime: "'2026-05-05 05:05Z'",
    Text: "'x'",
}
"""What stands where nothing did."""


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the books' tables."""
    return make_tables


@pytest.fixture
def store(fresh_database: Database) -> Iterator[PostgresStore]:
    """A book in which everything happened, also a reconcile, and whose verification finds nothing."""
    store = PostgresStore.connect(fresh_database.application)
    life = PortfolioLife(store).opened()
    a_busy_year(life)
    life.let(3, collection_account_id=PAYBILL.collection_account_id)
    life.store.record(life.command("link"), [ExternalLinked(P1, "killbill", "account", "kb-3", "l3")])
    again = PersonId("t2-again")
    store.record(life.command("person.record"), [PersonRecorded(P1, Person(again, "Tenant 2 again"))])
    store.merge_people(life.command("person.merge"), PersonId("t2"), again)
    life.bill("2026-03")
    life.pay("T20", 15_000, "2026-03-02")
    life.receive(evolve(life.report("T21", 7, "2026-03-03"), reference_text="", payer=Payer("A stranger")))
    reconcile = ReconcilePayments(store, store, PureMatcher(), ReconciliationView(store, store, store, store))
    reconcile(life.command("reconcile"), date(2026, 3, 9), DEFAULT_RULES)
    assert not _found(store)
    yield store
    store.close()


def _found(store: PostgresStore) -> bool:
    """True where `verify` would end with a code other than 0."""
    if wrong_sums(store.engine) or wrong_columns(store.engine):
        return True
    try:
        return not verify_books(store, store, P1).ok
    except (MarketplaceError, ValueError):
        return True  # the rows cannot even be read


class Change(NamedTuple):
    """What is done to the last row of a table where something holds: a column's new value, or None to delete it."""

    table: str
    column: str
    how: str
    where: str
    value: str | None


def _changes() -> Iterator[Change]:
    """Each column of each table altered, emptied and filled in one row, and one row of each table deleted."""
    for table in metadata.sorted_tables:
        if table.name in LEFT_OUT:
            continue
        for column in table.columns:
            if (table.name, column.name) in ORDERS:
                continue
            name, there, missing = column.name, "{column} IS NOT NULL", "{column} IS NULL"
            yield Change(table.name, name, "altered", there, _said_by(ALTERED, column))
            if column.nullable:
                yield Change(table.name, name, "emptied", there, "NULL")
                yield Change(table.name, name, "filled", missing, _said_by(FILLED, column))
            elif isinstance(column.type, Text):
                yield Change(table.name, name, "emptied", "{column} <> ''", "''")
        if table.name not in MAY_GO:
            yield Change(table.name, table.primary_key.columns[0].name, "deleted", "true", None)


def _said_by(values: dict[type[Any], str], column: Column[Any]) -> str:
    return next(text for kind, text in values.items() if isinstance(column.type, kind))


class _Hand:
    """Does a change by hand, as the owner, and takes it back."""

    def __init__(self, connection: psycopg.Connection, change: Change) -> None:
        self._connection, self._change = connection, change
        self._before: object = None
        self._place: object = None

    def _run(self, statement: str, values: list[object]) -> tuple[Any, ...] | None:
        names = {"table": Identifier(self._change.table), "column": Identifier(self._change.column)}
        return self._connection.execute(SQL(statement).format(**names), values).fetchone()

    def change(self) -> bool:
        """True where there is such a row; ``psycopg.IntegrityError`` where the database refuses."""
        where, value = self._change.where, self._change.value
        found = f"FROM {{table}} AS it WHERE {where} ORDER BY {{column}} DESC LIMIT 1"
        row = self._run(f"SELECT ctid::text, to_jsonb(it)::text {found}", [])
        if row is None:
            return False
        self._place, self._before = row
        if value is None:
            self._run("DELETE FROM {table} WHERE ctid = %s::tid RETURNING 1", [self._place])
        else:
            statement = f"UPDATE {{table}} SET {{column}} = {value} WHERE ctid = %s::tid RETURNING ctid::text"  # noqa: S608
            changed = self._run(statement, [self._place])
            assert changed is not None
            self._place = changed[0]
        return True

    def take_back(self) -> None:
        """The row is as it was."""
        whole = "jsonb_populate_record(NULL::{table}, %s::jsonb)"
        if self._change.value is None:
            self._run(f"INSERT INTO {{table}} SELECT * FROM {whole} RETURNING 1", [self._before])  # noqa: S608
        else:
            statement = f"UPDATE {{table}} SET {{column}} = ({whole}).{{column}} WHERE ctid = %s::tid RETURNING 1"  # noqa: S608
            self._run(statement, [self._before, self._place])


def test_every_column_changed_by_hand_is_refused_or_found(fresh_database: Database, store: PostgresStore) -> None:
    """One more, nothing, something for nothing, or a row less, each alone: none goes unseen."""
    unseen: list[str] = []
    tried: set[str] = set()
    tries = refused = 0
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as connection:
        for change in _changes():
            hand = _Hand(connection, change)
            try:
                if not hand.change():
                    continue
            except psycopg.IntegrityError:
                tries, refused = tries + 1, refused + 1
                continue
            tries += 1
            tried.add(change.table)
            if not _found(store):
                unseen.append(f"{change.table}.{change.column} {change.how}")
            hand.take_back()
    assert unseen == []
    assert tried == {table.name for table in metadata.sorted_tables} - LEFT_OUT.keys()
    assert tries > 300
    assert refused > 50
    assert not _found(store)


def test_a_posting_of_no_portfolio_is_found(fresh_database: Database, store: PostgresStore) -> None:
    """No foreign key looks at each posting's portfolio, so the verification does."""
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as connection:
        connection.execute(
            'INSERT INTO postings SELECT (jsonb_populate_record(it, \'{"portfolio_id": "p9"}\')).*'
            " FROM postings AS it LIMIT 1"
        )
    assert [(it.name, it.kept) for it in wrong_columns(store.engine)] == [("postings.portfolio_id", "p9")]


def test_a_transaction_id_in_small_letters_is_no_finding(store: PostgresStore) -> None:
    """A feed's id for a bank's row without one is in small letters, and a payment's is case-blind: the books hold."""
    life = PortfolioLife(store)
    life.receive(life.report("row_ab12", 7, "2026-03-04"))
    assert wrong_columns(store.engine) == ()
