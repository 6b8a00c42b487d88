"""What the tables themselves refuse, whoever writes to them and however."""

import psycopg
import pytest
from psycopg import errors
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import (
    command,
    credit_of,
    invoice_of,
    make_tables,
    opening,
    received,
)

from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.account_decisions import add_credit, issue
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.standing import Locked

pytestmark = pytest.mark.postgres
APPEND_ONLY = ("postings", "events", "invoice_lines", "inbox_transactions", "receipts", "credit_notes")


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give every database the books' tables."""
    return make_tables


@pytest.fixture
def filled(fresh_database: Database) -> Database:
    """Give books with two leases, an invoice, a payment and what it paid."""
    store = PostgresStore.connect(fresh_database.application)
    payment = received("QX1", 20_000)
    store.record(command("open"), [*opening(units=3, leases=2), payment])
    store.record(command("other"), [])
    store.record(command("open", "other"), opening("other")[:1])

    def decide(locked: Locked) -> list[object]:
        account = locked.accounts[LeaseId("L1")]
        billed = issue(account, [invoice_of("L1", "U1", 10)], command("pay"))
        credit = credit_of(payment.payment, "C1", "L1", 20_000)
        return [*billed, *add_credit(account.applied(billed), credit, command("pay"))]

    store.change(command("pay"), decide, leases=[LeaseId("L1")])  # type: ignore[arg-type]  # facts
    store.close()
    return fresh_database


def attempt(database: Database, statement: str, *, as_owner: bool = True) -> None:
    """Run raw SQL, look at what is looked at when a transaction ends, and commit."""
    dsn = database.owner if as_owner else database.application
    with psycopg.connect(dsn.conninfo()) as connection:
        connection.execute(statement.encode())
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def copied(table: str, **changes: str) -> str:
    """SQL that adds a copy of a table's first row with some columns changed, as JSON text."""
    changed = ", ".join(f"'{name}', {value}" for name, value in changes.items())
    record = f"(jsonb_populate_record(one, jsonb_build_object({changed}))).*"
    return f"INSERT INTO {table} SELECT {record} FROM {table} AS one ORDER BY one LIMIT 1"  # noqa: S608 - test's own


REFUSED = {
    "a unit let twice, linked to nothing": (
        copied("leases", lease_id="'L9'", occupied_after="'0001-01-01'"),
        errors.UniqueViolation,
    ),
    "a unit let twice, ending on another day": (
        copied("leases", lease_id="'L9'", ends_on="'2027-01-01'", occupied_until="'2027-01-01'"),
        errors.UniqueViolation,
    ),
    "a unit let twice, linked to the end of nothing": (
        copied(
            "leases",
            lease_id="'L9'",
            ends_on="'2027-01-01'",
            occupied_until="'2027-01-01'",
            occupied_after="'2026-01-01'",
            follows_until="'2026-01-01'",
        ),
        errors.ForeignKeyViolation,
    ),
    "a unit let before the lease that it follows ends": (
        "UPDATE leases SET occupied_after = '2026-09-02', follows_until = '2026-09-02'",
        errors.CheckViolation,
    ),
    "an active lease outside its unit's chain": (
        "UPDATE leases SET occupied_until = NULL, occupied_after = NULL",
        errors.CheckViolation,
    ),
    "a transaction of a collection account twice": (
        copied("inbox_transactions", payment_id="'P9'", portfolio_id="'other'"),
        errors.UniqueViolation,
    ),
    "a second standing invoice of a lease, period and kind": (
        copied("invoices", invoice_id="'I9'", number="'INV-000009'"),
        errors.UniqueViolation,
    ),
    "an invoice number twice": (
        copied("invoices", invoice_id="'I9'", subject="'other'"),
        errors.UniqueViolation,
    ),
    "more allocated than an invoice has": (
        "UPDATE invoices SET allocated_minor = amount_minor + 1",
        errors.CheckViolation,
    ),
    "less than nothing allocated": ("UPDATE invoices SET allocated_minor = -1", errors.CheckViolation),
    "more of a credit used than it has": ("UPDATE credits SET used_minor = amount_minor", errors.CheckViolation),
    "more of a payment given than it has": (
        "UPDATE payments SET given_minor = amount_minor + 1",
        errors.CheckViolation,
    ),
    "a posting of nothing": (copied("postings", posting_id="'X'", amount_minor="0"), errors.CheckViolation),
    "a negative posting": (copied("postings", posting_id="'X'", amount_minor="-5"), errors.CheckViolation),
    "a posting from an account to itself": (
        copied("postings", posting_id="'X'", debit="one.credit"),
        errors.CheckViolation,
    ),
    "a posting twice": (copied("postings", debit="'elsewhere'"), errors.UniqueViolation),
    "an amount that is not a number": (
        "UPDATE invoices SET allocated_minor = 'NaN'::numeric",
        errors.Error,
    ),
    "an invoice of another portfolio's lease": (
        copied("invoices", portfolio_id="'other'", invoice_id="'I9'"),
        errors.ForeignKeyViolation,
    ),
    "an allocation to another portfolio's invoice": (
        copied("allocations", portfolio_id="'other'"),
        errors.ForeignKeyViolation,
    ),
    "a payment into an account that the portfolio has not opened": (
        copied("payments", portfolio_id="'other'"),
        errors.ForeignKeyViolation,
    ),
    "a command twice in one chain": (copied("events", sequence="99"), errors.UniqueViolation),
}


@pytest.mark.parametrize("what", REFUSED)
def test_tables_refuse(filled: Database, what: str) -> None:
    """Raw SQL of the tables' owner cannot write what a rent book must not hold."""
    statement, refusal = REFUSED[what]
    with pytest.raises(refusal):
        attempt(filled, statement)


def test_copied_rows_are_fine_where_nothing_forbids_them(filled: Database) -> None:
    """The attempts above fail for their reasons: the same copy with harmless changes is taken."""
    attempt(filled, copied("postings", posting_id="'X'"))
    attempt(filled, copied("invoices", invoice_id="'I9'", subject="'other'", number="'INV-000009'"))
    attempt(
        filled,
        copied(  # noqa: S608 - no value in it is foreign
            "leases",
            lease_id="'L9'",
            starts_on="'2026-01-01'",
            ends_on="'2026-09-01'",
            occupied_until="'2026-09-01'",
        )
        + "; UPDATE leases SET occupied_after = '2026-09-01', follows_until = '2026-09-01' WHERE lease_id = 'L1'",
    )
    with psycopg.connect(filled.owner.conninfo()) as connection:
        found = connection.execute("SELECT count(*) FROM leases WHERE unit_id = 'U1'").fetchone()
    assert found == (2,)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE {} SET portfolio_id = portfolio_id", "DELETE FROM {}", "TRUNCATE {}"])
def test_application_cannot_change_what_is_append_only(filled: Database, table: str, verb: str) -> None:
    """The application's role adds rows to these tables and does nothing else to them."""
    if filled.owner == filled.application:
        pytest.skip("one role for everything: there is nobody to take rights from")
    statement = verb.format(table)
    with pytest.raises(errors.InsufficientPrivilege):
        attempt(filled, statement, as_owner=False)


def test_application_cannot_change_an_issued_amount(filled: Database) -> None:
    """Of an invoice the application may change what is kept about it, not what it says."""
    if filled.owner == filled.application:
        pytest.skip("one role for everything: there is nobody to take rights from")
    with pytest.raises(errors.InsufficientPrivilege):
        attempt(filled, "UPDATE invoices SET amount_minor = 1", as_owner=False)
    attempt(filled, "UPDATE invoices SET void_reason = ''", as_owner=False)


def test_every_key_of_the_books_begins_with_the_portfolio(filled: Database) -> None:
    """Primary, unique and foreign keys all begin with the portfolio, but those of tables that are of no one book."""
    by_account = {"collection_accounts", "inbox_held", "inbox_transactions", "payment_references"}
    of_the_installation = {
        "alembic_version",
        "api_clients",
        "attempt_counts",
        "engine_differences",
        "engine_faults",
        "engine_intents",
        "engine_leases",
        "engine_passes",
        "engine_watches",
        "identity_events",
        "identity_heads",
        "kept_answers",
        "login_sessions",
        "one_time_tokens",
        "users",
    }
    shared = by_account | of_the_installation
    with psycopg.connect(filled.owner.conninfo()) as connection:
        keys = connection.execute(
            "SELECT conrelid::regclass::text, conname, (SELECT attname FROM pg_attribute"
            " WHERE attrelid = conrelid AND attnum = conkey[1]), confrelid::regclass::text"
            " FROM pg_constraint WHERE contype IN ('p', 'u', 'f') AND connamespace = 'public'::regnamespace"
            " UNION ALL SELECT indrelid::regclass::text, indexrelid::regclass::text, (SELECT attname"
            " FROM pg_attribute WHERE attrelid = indrelid AND attnum = indkey[0]), '-' FROM pg_index"
            " WHERE indisunique AND indrelid::regclass::text IN (SELECT tablename FROM pg_tables"
            " WHERE schemaname = 'public')"
        ).fetchall()
    wrong = [key for key in keys if key[0] not in shared and key[3] not in shared and key[2] != "portfolio_id"]
    assert len(keys) > 60
    assert wrong == []
