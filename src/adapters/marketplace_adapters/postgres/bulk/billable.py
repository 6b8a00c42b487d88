"""The leases that a run bills, streamed in id order with what already stands for the window."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from psycopg import Connection, ServerCursor

from marketplace_core.domain.codec import from_text
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import ChargeId, PortfolioId
from marketplace_core.domain.invoice import Invoice, InvoiceKind, StandingKey
from marketplace_core.domain.lease import Lease

CHUNK_SIZE: Final = 2_000
"""How many leases are fetched, billed and written at a time."""

_LONGEST_PERIOD_DAYS: Final = 31

_BILLABLE: Final = """
SELECT l.body::text, s.keys, t.lease_id IS NOT NULL,
       CASE WHEN l.has_one_offs THEN ARRAY(
           SELECT DISTINCT n.charge_id
           FROM invoices i JOIN invoice_lines n ON n.portfolio_id = i.portfolio_id AND n.invoice_id = i.invoice_id
           WHERE i.portfolio_id = l.portfolio_id AND i.lease_id = l.lease_id AND i.voided_on IS NULL
             AND n.charge_id IS NOT NULL
       ) END
FROM leases l
LEFT JOIN (
    SELECT lease_id, array_agg(
        CASE WHEN voided_on IS NULL THEN 's' ELSE 'v' END || '/' || kind || '/' || period_start || '/' || subject
            || CASE WHEN voided_on IS NULL THEN '' ELSE '/' || voided_on END
    ) AS keys
    FROM invoices
    WHERE portfolio_id = %(portfolio)s
      AND period_start > %(start)s::date - %(longest)s::int AND period_start < %(end)s
      AND kind IN ('recurring', 'deposit', 'one_off')
    GROUP BY lease_id
) s ON s.lease_id = l.lease_id
LEFT JOIN (
    SELECT lease_id FROM credits
    WHERE portfolio_id = %(portfolio)s AND (
        (ended_on IS NULL AND source <> 'write_off' AND allocated_minor + used_minor < amount_minor)
        OR value_date >= %(start)s OR ended_on >= %(start)s)
    UNION
    SELECT lease_id FROM credit_uses WHERE portfolio_id = %(portfolio)s
      AND (value_date >= %(start)s OR ended_on >= %(start)s)
    UNION
    SELECT lease_id FROM allocations
    WHERE portfolio_id = %(portfolio)s AND superseded_at IS NULL
      AND (value_date >= %(start)s OR ended_on >= %(start)s)
) t ON t.lease_id = l.lease_id
WHERE l.portfolio_id = %(portfolio)s AND l.status IN ('active', 'notice', 'ended')
ORDER BY l.lease_id
"""
"""A lease without free credit and without any movement of credit since the window's start cannot have a new
invoice of the window paid, nor an allocation moved by it: policy looks day by day, and nothing on a day depends
on a later one. Only the others need their whole account."""


class Billable(NamedTuple):
    """One lease to bill: the keys of its standing invoices, the days of its voids, and whether its credit may move."""

    lease: Lease
    standing: frozenset[StandingKey]
    voids: tuple[tuple[StandingKey, date], ...]
    credit_may_move: bool
    billed_charges: frozenset[ChargeId]

    def voided_on(self, invoice: Invoice) -> tuple[date, ...]:
        """The days on which invoices of its key were voided."""
        key = invoice.key_of_lease
        return tuple(day for voided, day in self.voids if voided == key)


@lru_cache(maxsize=4096)
def _known(text: str) -> tuple[StandingKey, date | None]:
    """The key that the query wrote, and the day of its void."""
    state, kind, start, rest = text.split("/", 3)
    if state == "s":
        return (InvoiceKind(kind), date.fromisoformat(start), rest), None
    subject, _, day = rest.rpartition("/")
    return (InvoiceKind(kind), date.fromisoformat(start), subject), date.fromisoformat(day)


def open_cursor(connection: Connection, portfolio_id: PortfolioId, window: DateSpan) -> ServerCursor:
    """A cursor over the billable leases as they stand now, whatever the transaction writes later."""
    connection.execute("SET LOCAL cursor_tuple_fraction = 1")
    connection.execute("SET LOCAL datestyle = 'ISO, YMD'")
    cursor = connection.cursor("billable", binary=False)
    cursor.execute(
        _BILLABLE,
        {
            "portfolio": portfolio_id,
            "start": window.start,
            "end": window.end,
            "longest": _LONGEST_PERIOD_DAYS,
        },
    )
    return cursor


Row = tuple[str, list[str] | None, bool, list[str] | None]


def fetch(cursor: ServerCursor) -> list[Row]:
    """The next rows; none at the end."""
    return cursor.fetchmany(CHUNK_SIZE)


def billable(rows: Iterable[Row]) -> Iterable[Billable]:
    """The leases of rows."""
    nothing: frozenset[ChargeId] = frozenset()
    none: frozenset[StandingKey] = frozenset()
    for body, keys, credit_may_move, charges in rows:
        lease = from_text(body, Lease)
        billed = nothing
        if charges:
            once = {charge.charge_id for charge in lease.one_off_charges}
            billed = frozenset(ChargeId(charge) for charge in charges if charge in once)
        if keys is None:
            yield Billable(lease, none, (), credit_may_move, billed)
            continue
        known = [_known(key) for key in keys]
        standing = frozenset([key for key, voided_on in known if voided_on is None])
        voids = tuple([(key, voided_on) for key, voided_on in known if voided_on is not None])
        yield Billable(lease, standing, voids, credit_may_move, billed)
