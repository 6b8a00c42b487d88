"""Columns and rows that repeat others for speed, checked against what they repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, Table, select, text

from marketplace_adapters.postgres.rows.directory import lease_of, lease_row
from marketplace_adapters.postgres.rows.listings import listing_columns
from marketplace_adapters.postgres.rows.payments import payment_of, payment_row
from marketplace_adapters.postgres.rows.values import Columns, Row
from marketplace_adapters.postgres.schema import PORTFOLIO, leases, listings, payments


class WrongColumn(NamedTuple):
    """A column that does not say what it repeats: its name, the row's key, what it says and what it should."""

    name: str
    key: str
    kept: str
    should: str


_BY_CHAIN: Final = ("occupied_after", "follows_until")
"""Columns of a lease about its unit's other leases: constraints tie them to these."""

_OF_OTHER_ROWS: Final = (
    """
        SELECT 'listings.unit_kind', listing_id, listings.unit_kind, units.kind
        FROM listings JOIN units USING (portfolio_id, unit_id) WHERE listings.unit_kind <> units.kind
    """,
    """
        SELECT 'listings.version', listing_id, version::text, coalesce(lines.last::text, 'no line of history')
        FROM listings LEFT JOIN (
            SELECT portfolio_id, listing_id, max(position) + 1 AS last FROM listing_changes
            GROUP BY portfolio_id, listing_id
        ) AS lines USING (portfolio_id, listing_id)
        WHERE version IS DISTINCT FROM lines.last
    """,
    """
        SELECT 'postings.portfolio_id', posting_id, portfolio_id, 'no such portfolio'
        FROM postings LEFT JOIN portfolios USING (portfolio_id) WHERE portfolios.portfolio_id IS NULL
    """,
    """
        SELECT 'event_heads', portfolio_id, concat(heads.sequence, ' ', heads.hash),
            concat(last.sequence, ' ', last.hash)
        FROM event_heads AS heads FULL JOIN (
            SELECT DISTINCT ON (portfolio_id) portfolio_id, sequence, hash FROM events
            ORDER BY portfolio_id, sequence DESC
        ) AS last USING (portfolio_id)
        WHERE (heads.sequence, heads.hash) IS DISTINCT FROM (last.sequence, last.hash)
    """,
    """
        SELECT 'number_series.last_number', concat(portfolio_id, ' ', series), coalesce(last_number::text, 'missing'),
            coalesce(found.count, 0)::text
        FROM number_series FULL JOIN (
            SELECT portfolio_id, series, count(*) FROM invoices WHERE series <> 'OLD' GROUP BY portfolio_id, series
            UNION ALL SELECT portfolio_id, 'CRN', count(*) FROM credit_notes GROUP BY portfolio_id
            UNION ALL SELECT portfolio_id, 'RCT', count(*) FROM receipts
                WHERE number ~ '^RCT-[0-9]+$' GROUP BY portfolio_id
        ) AS found USING (portfolio_id, series)
        WHERE last_number IS DISTINCT FROM coalesce(found.count, 0)
    """,
    """
        SELECT 'payment_references', concat(kept.collection_account_id, ' ', kept.reference), kept.lease_id,
            coalesce(leases.reference, 'no such lease')
        FROM payment_references AS kept LEFT JOIN leases USING (portfolio_id, lease_id)
        WHERE leases.reference IS DISTINCT FROM kept.reference
    """,
    """
        SELECT 'payment_references', concat(leases.collection_account_id, ' ', leases.reference), 'missing',
            leases.lease_id
        FROM leases LEFT JOIN payment_references AS kept USING (portfolio_id, lease_id)
        WHERE leases.reference <> '' AND leases.collection_account_id IS NOT NULL AND kept.lease_id IS NULL
    """,
    """
        SELECT 'inbox_transactions', payments.payment_id, coalesce(kept.payment_id, 'missing'), payments.payment_id
        FROM payments LEFT JOIN inbox_transactions AS kept USING (collection_account_id, transaction_id)
        WHERE (kept.payment_id, kept.portfolio_id)
            IS DISTINCT FROM (payments.payment_id, payments.portfolio_id)
    """,
    """
        SELECT 'inbox_transactions', concat(collection_account_id, ' ', transaction_id), kept.payment_id,
            'no such payment'
        FROM inbox_transactions AS kept LEFT JOIN payments USING (portfolio_id, collection_account_id, transaction_id)
        WHERE payments.payment_id IS NULL
    """,
)
_FIRST_REPORTS: Final = text("""
    SELECT reports.payment_id,
        reports.value_date AS told_date, reports.currency AS told_currency, reports.transaction_id AS told_id,
        payments.value_date, payments.currency, payments.transaction_id
    FROM payment_reports AS reports JOIN payments USING (portfolio_id, payment_id)
    WHERE position = 0 AND (reports.value_date, reports.currency, reports.transaction_id)
        IS DISTINCT FROM (payments.value_date, payments.currency, payments.transaction_id)
    ORDER BY reports.portfolio_id, reports.payment_id
""")
_MOST: Final = 100


def wrong_columns(engine: Engine) -> tuple[WrongColumn, ...]:
    """Every repeating column of every portfolio that does not hold, the first hundred of each kind."""
    with engine.connect() as connection:
        found = [
            *islice(_derived(connection, leases, "lease_id", lambda row: lease_row(lease_of(row))), _MOST),
            *islice(_derived(connection, payments, "payment_id", _payment_columns), _MOST),
            *islice(_derived(connection, listings, "listing_id", listing_columns), _MOST),
            *islice(_first_reports(connection), _MOST),
        ]
        for check in _OF_OTHER_ROWS:
            rows = connection.execute(text(f"{check} LIMIT {_MOST}"))
            found.extend(WrongColumn(*map(str, row)) for row in rows)
        return tuple(found)


def _payment_columns(row: Columns) -> Row:
    """What a payment's row should say, without its kept sums, which are summed elsewhere."""
    said = payment_row(payment_of(row))
    return {name: said[name] for name in said if name not in ("given_minor", "credited_minor")}


def _first_reports(connection: Connection) -> Iterator[WrongColumn]:
    """Each column of a payment's first report that is not the payment's; a payment's transaction id is case-blind."""
    for row in connection.execution_options(yield_per=1_000).execute(_FIRST_REPORTS).mappings():
        told = {
            "value_date": row["told_date"],
            "currency": row["told_currency"],
            "transaction_id": row["told_id"].upper(),
        }
        for name, value in told.items():
            if value != row[name]:
                yield WrongColumn(f"payment_reports.{name}", row["payment_id"], str(value), str(row[name]))


def _derived(
    connection: Connection, table: Table, key: str, columns_of: Callable[[Columns], Row]
) -> Iterator[WrongColumn]:
    """Each column of each row that is not what the row's own value would be written as."""
    rows = connection.execution_options(yield_per=1_000).execute(select(table).order_by(table.c[PORTFOLIO]))
    for row in rows.mappings():
        try:
            said: dict[str, Any] = columns_of(row)
        except Exception as error:  # noqa: BLE001 - whatever a row altered by hand cannot be read as
            yield WrongColumn(table.name, row[key], "cannot be read", repr(error)[:200])
            continue
        for name, value in said.items():
            if name not in _BY_CHAIN and row[name] != value:
                yield WrongColumn(f"{table.name}.{name}", row[key], str(row[name])[:200], str(value)[:200])
