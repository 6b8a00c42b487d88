"""A row of money changed by hand in SQL is found."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from tests.e2e.cli.conftest import Ran
from tests.fixtures.databases import Database

pytestmark = pytest.mark.postgres

CHANGED = [
    ("allocations", "amount_minor"),
    ("credits", "amount_minor"),
    ("deposit_entries", "amount_minor"),
    ("invoice_lines", "amount_minor"),
    ("invoices", "amount_minor"),
    ("matches", "amount_minor"),
    ("payments", "amount_minor"),
    ("postings", "amount_minor"),
    ("proposals", "amount_minor"),
    ("receipts", "amount_minor"),
    ("credits", "allocated_minor"),
    ("credits", "used_minor"),
    ("invoices", "allocated_minor"),
    ("payment_reports", "amount_minor"),
    ("payments", "credited_minor"),
    ("payments", "given_minor"),
    ("allocations", "value_date"),
    ("credits", "value_date"),
    ("invoices", "due_date"),
    ("payments", "value_date"),
    ("postings", "value_date"),
    ("receipts", "issued_on"),
    ("leases", "billing_day"),
    ("number_series", "last_number"),
    ("event_heads", "sequence"),
]
DELETED = ["postings", "deposit_entries", "events"]


def _by_hand(database: Database, statement: SQL, **names: str) -> bool:
    """Change the books as their owner, past the checks of rows; False where even so the database refuses."""
    with psycopg.connect(database.owner.conninfo()) as connection:
        try:
            changed = connection.execute(statement.format(**{key: Identifier(name) for key, name in names.items()}))
        except psycopg.IntegrityError:
            return False
        assert changed.rowcount == 1
    return True


@pytest.mark.parametrize(("table", "column"), CHANGED)
def test_a_changed_row_is_found(
    fresh_database: Database, marketplace: Callable[..., Ran], table: str, column: str
) -> None:
    """One unit more, or one day later, in one row: the database refuses it, or `verify` ends with 1."""
    statement = SQL("UPDATE {table} SET {column} = {column} + 1 WHERE ctid = (SELECT min(ctid) FROM {table})")
    if _by_hand(fresh_database, statement, table=table, column=column):
        found = marketplace("verify", "--json")
        assert (found.code, found.told["ok"]) == (1, False)


@pytest.mark.parametrize("table", DELETED)
def test_a_deleted_row_is_found(fresh_database: Database, marketplace: Callable[..., Ran], table: str) -> None:
    """One row gone: the database refuses it, or `verify` ends with 1."""
    statement = SQL("DELETE FROM {table} WHERE ctid = (SELECT max(ctid) FROM {table})")
    if _by_hand(fresh_database, statement, table=table):
        assert marketplace("verify").code == 1


def test_an_altered_link_is_found(fresh_database: Database, marketplace: Callable[..., Ran]) -> None:
    """Who acted, changed in the log, breaks the chain."""
    statement = SQL("UPDATE {table} SET {column} = 'person:somebody' WHERE sequence = 3")
    assert _by_hand(fresh_database, statement, table="events", column="actor")
    assert marketplace("verify").code == 1
    assert marketplace("doctor").code == 1


def test_the_daily_role_cannot_change_postings(fresh_database: Database) -> None:
    """The role of daily work may not change what is append-only."""
    if fresh_database.application == fresh_database.owner:
        pytest.skip("one role for both: MARKETPLACE_TEST_DSN is set")
    with (
        psycopg.connect(fresh_database.application.conninfo()) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("UPDATE postings SET amount_minor = 1")


def test_an_altered_proposal_is_not_accepted(fresh_database: Database, marketplace: Callable[..., Ran]) -> None:
    """Who would get the money, changed in a proposal that waits, is refused before anything is applied."""
    alter = SQL('UPDATE {table} SET {column} = replace({column}, \'"as_of":"2026\', \'"as_of":"2025\')')
    with psycopg.connect(fresh_database.owner.conninfo()) as connection:
        query = "SELECT p.transaction_id FROM proposals JOIN payments p USING (payment_id) ORDER BY 1"
        waiting = [row[0] for row in connection.execute(query)]
        connection.execute(alter.format(table=Identifier("proposals"), column=Identifier("certificate")))
    refused = marketplace("review", "accept", waiting[0], "--yes")
    assert (refused.code, "altered" in refused.err) == (1, True)
    assert marketplace("verify").code == 1
