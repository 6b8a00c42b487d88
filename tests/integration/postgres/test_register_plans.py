"""A page of the register costs what it holds: every usual ask is found by an index, however much there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import BOOK, make_tables

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.register.asking import page_statement
from marketplace_adapters.postgres.register.sources import source_of
from marketplace_core.domain.access import Reach
from marketplace_core.domain.identifiers import LeaseId, PropertyId
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.listings.applications import ApplicationStatus
from marketplace_core.domain.listings.listing import ListingStatus
from marketplace_core.domain.paging import Filter, Kind, Operator, PageAsk, Position, Sort
from marketplace_core.domain.register import (
    APPLICATIONS,
    CREDIT_NOTES,
    INQUIRIES,
    INVOICES,
    LEASES,
    LISTINGS,
    PAYMENTS,
    PEOPLE,
    PROPERTIES,
    RECEIPTS,
    UNITS,
    InvoiceStatus,
    PaymentState,
    Waiting,
)

pytestmark = pytest.mark.postgres

LEASES_THERE, MONTHS = 3_000, 12
MOST_ROWS = 1_500
"""What all scans of a page may read together: 50 entries with what stands beside, or one property's leases."""

FILL = """
INSERT INTO portfolios VALUES ('book', 'Book', 'KES', 'UTC');
INSERT INTO collection_accounts VALUES ('till', 'till', '1', 'KES');
INSERT INTO portfolio_accounts VALUES ('book', 'till', 'Till');
INSERT INTO people SELECT 'book', 't' || n, 'Tenant ' || n, jsonb_build_array('2547' || n), '', '' FROM
    generate_series(1, :leases * 10) n;
INSERT INTO properties SELECT 'book', 'p' || n, 'House ' || n, NULL, '' FROM generate_series(0, :leases / 20) n;
INSERT INTO units SELECT 'book', 'u' || n, 'p' || n / 20, 'A' || n FROM generate_series(1, :leases) n;
INSERT INTO leases SELECT 'book', 'l' || n, 'u' || n, 't' || n, NULL, CASE WHEN n % 100 = 0 THEN 'notice' ELSE
    'active' END, DATE '2025-01-01' + n % 300, NULL, 1, 'KES', 'R' || n, '', 1, false, DATE '9999-12-31', DATE
    '0001-01-01', NULL, jsonb_build_object('tenant_ids', jsonb_build_array('t' || n)) FROM generate_series(1,
    :leases) n;
INSERT INTO invoices SELECT 'book', 'i' || md5(n || '-' || m), 'l' || n, 'recurring', DATE '2026-01-01' + 30 *
    m, DATE '2026-01-31' + 30 * m, DATE '2026-01-01' + 30 * m, DATE '2026-01-05' + 30 * m, now(), '', 'INV', 'INV-'
    || lpad((n * :months + m)::text, 8, '0'), 1000, 'KES', CASE WHEN m < :months - 1 OR n % 50 = 0 THEN 1000 ELSE 0
    END, NULL, NULL, '' FROM generate_series(1, :leases) n, generate_series(0, :months - 1) m;
INSERT INTO invoice_lines SELECT 'book', invoice_id, 0, invoice_id, 'rent', 1000, period_start, period_end,
    NULL, '' FROM invoices;
INSERT INTO payments SELECT 'book', 'y' || md5(n || '-' || m), 'till', 'T' || n || 'M' || m, 1000, 'KES', DATE
    '2026-01-05' + 30 * m, now(), '', '', '', '', NULL, NULL, CASE WHEN m = :months - 1 THEN 0 ELSE 1000 END, CASE
    WHEN m = :months - 1 THEN 0 ELSE 1000 END FROM generate_series(1, :leases) n, generate_series(0, :months - 1) m;
INSERT INTO matches SELECT 'book', 'm' || md5(n || '-' || m), 'y' || md5(n || '-' || m), 0, 1000,
    jsonb_build_array(jsonb_build_object('lease_id', 'l' || n, 'amount', jsonb_build_array(1000, 'KES'))),
    'person:a', now(), '', '', NULL, '', '' FROM generate_series(1, :leases) n, generate_series(0, :months - 2) m;
INSERT INTO credits SELECT 'book', 'c' || md5(n || '-' || m), 'l' || n, 'payment', 'y' || md5(n || '-' || m),
    1000, 'KES', DATE '2026-01-05' + 30 * m, now(), '', '[]', 'm' || md5(n || '-' || m), NULL, NULL, '', 1000, 0
    FROM generate_series(1, :leases) n, generate_series(0, :months - 2) m;
INSERT INTO receipts SELECT 'book', 'r' || md5(n || '-' || m), 'y' || md5(n || '-' || m), 1000, 'KES', DATE
    '2026-01-05' + 30 * m, now(), 'RCT-' || lpad((n * :months + m)::text, 8, '0') FROM generate_series(1, :leases)
    n, generate_series(0, :months - 2) m;
INSERT INTO credit_notes SELECT 'book', 'n' || invoice_id, lease_id, invoice_id, 100, 'KES', issue_date, now(),
    'x', 'CRN-' || number FROM invoices;
INSERT INTO listings SELECT 'book', 'g' || n, 'p' || n / 20, 'u' || n, now(), CASE WHEN n % 50 = 0 THEN 'submitted' ELSE
    'draft' END, now(), '', 1, '{}', '', NULL, NULL, NULL, NULL, 'flat', NULL, now(), DATE '2025-01-01' + n % 300, '',
    '' FROM generate_series(1, :leases) n;
INSERT INTO applications SELECT 'book', 'a' || n || '-' || m, 'cocorico', n || '-' || m, 'g' || n, 'u' || n, CASE WHEN
    n % 100 = 0 AND m = 0 THEN 'accepted' ELSE 'closed' END, DATE '2026-01-01' + n % 300, DATE '2027-01-01', now(),
    now(), 'v' || n, '', '', '', false, false, '', '[]', NULL, NULL, 0, '', NULL, false FROM generate_series(1,
    :leases) n, generate_series(0, :months - 1) m;
INSERT INTO inquiries SELECT 'book', 'q' || n || '-' || m, 'cocorico', n || '-' || m, 'g' || n, 'u' || n, 'told', now(),
    DATE '2026-01-01' + n % 300, 'v' || n, '', '', '', false, false, '[]', '[]', 0, NULL, '[]', false, false, 1 FROM
    generate_series(1, :leases) n, generate_series(0, :months - 1) m
"""


def fill(engine: Engine, leases: int, months: int) -> None:
    """Make a book of that size: all but the last month of each lease is paid."""
    with engine.begin() as connection:
        for statement in FILL.split(";"):
            connection.execute(text(statement), {"leases": leases, "months": months})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


WHOLE = Reach(BOOK, is_whole=True)
PART = Reach(BOOK, property_ids=frozenset([PropertyId("p3")]))
TENANT = Reach(BOOK, lease_ids=frozenset([LeaseId("l77")]))


def of(field: str, value: str | date, operator: Operator = Operator.EQUAL) -> PageAsk:
    """An ask for what has one value."""
    return PageAsk(filters=(Filter(field, operator, value),))


LATER = Position(date(2026, 6, 4), "i5")
ASKS: list[tuple[Kind[Any], PageAsk]] = [
    (PROPERTIES, PageAsk()),
    (UNITS, PageAsk()),
    (UNITS, of("property_id", "p9")),
    (PEOPLE, PageAsk()),
    (PEOPLE, of("phone", "254722")),
    (PEOPLE, of("name", "Tenant 22", Operator.STARTS)),
    (LEASES, PageAsk()),
    (LEASES, PageAsk(sort=Sort("ends_on"))),
    (LEASES, of("tenant_id", "t22")),
    (LEASES, of("status", LeaseStatus.DRAFT)),
    (LEASES, of("unit_id", "u22")),
    (INVOICES, PageAsk()),
    (INVOICES, PageAsk(after=LATER)),
    (INVOICES, PageAsk(after=LATER, sort=Sort("due_date"))),
    (INVOICES, PageAsk(sort=Sort("due_date"), filters=(Filter("status", Operator.EQUAL, InvoiceStatus.OPEN),))),
    (INVOICES, of("status", InvoiceStatus.VOID)),
    (INVOICES, of("number", "INV-00000777")),
    (INVOICES, of("lease_id", "l22")),
    (INVOICES, of("property_id", "p9")),
    (PAYMENTS, PageAsk()),
    (PAYMENTS, PageAsk(sort=Sort("value_date"), filters=(Filter("state", Operator.EQUAL, PaymentState.WAITING),))),
    (PAYMENTS, of("transaction_id", "T22M3")),
    (PAYMENTS, of("lease_id", "l22")),
    (RECEIPTS, PageAsk()),
    (RECEIPTS, of("number", "RCT-00000777")),
    (CREDIT_NOTES, PageAsk()),
    (CREDIT_NOTES, of("invoice_id", "i5")),
    (LISTINGS, PageAsk()),
    (LISTINGS, of("status", ListingStatus.SUBMITTED)),
    (LISTINGS, of("unit_id", "u22")),
    (LISTINGS, of("property_id", "p9")),
    (APPLICATIONS, PageAsk()),
    (APPLICATIONS, of("waiting", Waiting.YES)),
    (APPLICATIONS, of("status", ApplicationStatus.ACCEPTED)),
    (APPLICATIONS, of("listing_id", "g22")),
    (APPLICATIONS, of("property_id", "p9")),
    (APPLICATIONS, of("property_id", "p3")),
    (INQUIRIES, PageAsk()),
    (INQUIRIES, PageAsk(after=LATER)),
    (INQUIRIES, of("listing_id", "g22")),
    (INQUIRIES, of("unit_id", "u22")),
]


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the books' tables."""
    return make_tables


@pytest.fixture
def engine(fresh_database: Database) -> Iterator[Engine]:
    """A book with 36,000 invoices and as many payments."""
    engine = make_engine(fresh_database.owner, connections=2)
    fill(engine, LEASES_THERE, MONTHS)
    yield engine
    engine.dispose()


def plan_of(engine: Engine, reach: Reach, kind: Kind[Any], ask: PageAsk) -> dict[str, Any]:
    """What the database did for a page, with what each step read."""
    asked, sort = kind.checked(ask)
    statement = page_statement(source_of(kind), reach, kind, asked, sort)
    event.listen(engine, "before_cursor_execute", explained, retval=True)
    with engine.connect() as connection:
        plan: dict[str, Any] = connection.execute(statement).scalar_one()[0]
    event.remove(engine, "before_cursor_execute", explained)
    return plan


def explained(
    _connection: object, _cursor: object, statement: str, parameters: object, *_: object
) -> tuple[str, object]:
    """Ask how a statement is done instead of what it gives."""
    return f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters


def scans(node: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Each scan of a plan: its kind, what it reads, and how many rows it looked at in all its loops."""
    if "Relation Name" in node or node["Node Type"] == "Bitmap Index Scan":
        looked_at = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        yield node["Node Type"], node.get("Relation Name", ""), int(looked_at * node["Actual Loops"])
    for child in node.get("Plans", ()):
        yield from scans(child)


SMALL = {"properties", "portfolio_accounts"}


def test_no_usual_page_reads_more_than_it_must(engine: Engine) -> None:
    """By an index, and few rows: for the whole book, one property and one lease, first page and later ones."""
    wrong: list[str] = []
    for reach in (WHOLE, PART, TENANT):
        for kind, ask in ASKS:
            found = list(scans(plan_of(engine, reach, kind, ask)["Plan"]))
            read = sum(rows for _, _, rows in found)
            whole = {table for how, table, _ in found if how == "Seq Scan"} - SMALL
            if whole or read > MOST_ROWS:
                wrong.append(f"{kind.name} {ask} {reach}: {found}")
    assert not wrong, "\n".join(wrong)
