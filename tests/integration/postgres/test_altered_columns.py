"""Any column of the books changed by hand in SQL is refused by the database or found by the verification."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, Table, Text
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.kept_columns import wrong_columns
from marketplace_adapters.postgres.kept_sums import wrong_sums
from marketplace_adapters.postgres.schema import metadata
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.reconciliation import DEFAULT_RULES, PureMatcher
from marketplace_core.errors import MarketplaceError
from marketplace_core.services.reconcile import ReconcilePayments
from marketplace_core.services.reconciliation_view import ReconciliationView
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.contracts.state import a_busy_year
from marketplace_core.testing.life import PortfolioLife

pytestmark = [pytest.mark.postgres, pytest.mark.laws]

P1: Final = PortfolioId("p1")
ABOUT_PEOPLE: Final = {
    "people": "personal: in the erasable part of the log; certificates are checked on the log's names",
    "aliases": "personal: certificates are checked on the log's aliases",
    "event_personal": "personal parts: their own digests are in the chain, and one more place is no part of it",
    "inbox_held": "waits for a book to take it; no money of a book yet",
    "contradictions": "what was refused moves no money; the log has it whole",
}
"""Tables left out, and why."""
OF_REPORTS: Final = {"place", "paid_at", "source", "position", "collection_account_id", "report_id", "value_date"}
"""What a report says beyond its payment's amount, day and transaction: where and when it was told."""
PERSONAL: Final = {"reference_text", "payer_name", "payer_phone", "certificate"}
"""Erasable: in no state row; a certificate is checked against its digest, in the log."""
ORDERS: Final = {("matches", "position"), ("invoice_lines", "position")}
"""A place in an order: a gap in it says nothing, and another order of lines is another invoice's row."""


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
    life.let(3)
    life.bill("2026-03")
    life.pay("T20", 15_000, "2026-03-02")
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


def _changes() -> Iterator[tuple[Table, str, str]]:
    """Each column of each table with what it is changed by."""
    for table in metadata.sorted_tables:
        if table.name in ABOUT_PEOPLE:
            continue
        for column in table.columns:
            kind = column.type
            left_out = column.name in PERSONAL or (table.name, column.name) in ORDERS
            if left_out or (table.name == "payment_reports" and column.name in OF_REPORTS):
                continue
            if isinstance(kind, BigInteger | Integer | Date):
                yield table, column.name, "{column} + 1"
            elif isinstance(kind, DateTime):
                yield table, column.name, "{column} + interval '1 minute'"
            elif isinstance(kind, Boolean):
                yield table, column.name, "NOT {column}"
            elif isinstance(kind, Text):
                yield table, column.name, "{column} || 'x'"


def test_every_column_changed_by_hand_is_refused_or_found(fresh_database: Database, store: PostgresStore) -> None:
    """One unit, day, minute or letter more in one row of one column, each alone: none goes unseen."""
    unseen: list[str] = []
    tried = refused = 0
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as connection:
        for table, name, expression in _changes():
            names = {"table": Identifier(table.name), "column": Identifier(name)}
            row = connection.execute(
                SQL(
                    "SELECT {column}, ctid::text FROM {table} WHERE {column} IS NOT NULL ORDER BY {column} DESC LIMIT 1"
                ).format(**names)
            ).fetchone()
            if row is None:
                continue
            tried += 1
            where = " WHERE ctid = %s::tid RETURNING ctid::text"
            change = SQL("UPDATE {table} SET {column} = " + expression + where)  # noqa: S608 - written above
            try:
                changed = connection.execute(change.format(**names), [row[1]]).fetchone()
            except psycopg.IntegrityError:
                refused += 1
                continue
            assert changed is not None
            if not _found(store):
                unseen.append(f"{table.name}.{name}")
            back = SQL("UPDATE {table} SET {column} = %s WHERE ctid = %s::tid").format(**names)
            connection.execute(back, [row[0], changed[0]])
    assert unseen == []
    assert tried > 100
    assert refused > 0
    assert not _found(store)
