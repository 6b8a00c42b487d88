"""Reads lease accounts and payments with their matches, a batch in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.rows import accounts as rows
from marketplace_adapters.postgres.rows.directory import lease_of
from marketplace_adapters.postgres.rows.payments import match_of, payment_of
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.identifiers import LeaseId, PaymentId, PortfolioId
from marketplace_core.domain.matching import Match
from marketplace_core.domain.standing import PaymentStanding

V = TypeVar("V")

_INVOICES = schema.invoices
_LINES = schema.invoice_lines


def with_lines() -> Select[Any]:
    """Invoices, each with its lines in order as JSON."""
    fields = func.jsonb_build_array(*(_LINES.c[name] for name in rows.LINE_FIELDS))
    lines = (
        select(func.jsonb_agg(fields.op("ORDER BY")(_LINES.c.position)))
        .where(_LINES.c.portfolio_id == _INVOICES.c.portfolio_id, _LINES.c.invoice_id == _INVOICES.c.invoice_id)
        .scalar_subquery()
    )
    return select(_INVOICES, lines.label("lines"))


def lease_accounts(
    connection: Connection, portfolio_id: PortfolioId, lease_ids: Iterable[LeaseId]
) -> dict[LeaseId, LeaseAccount]:
    """The accounts of the leases that exist, by id; what a lease has stands in the order in which it was recorded."""
    wanted = sorted(set(lease_ids))
    if not wanted:
        return {}
    leases = _by_lease(connection, schema.leases, portfolio_id, wanted, lease_of, schema.leases.c.lease_id)
    invoices: defaultdict[LeaseId, list[Any]] = defaultdict(list)
    voids: defaultdict[LeaseId, list[Any]] = defaultdict(list)
    statement = (
        with_lines()
        .where(_INVOICES.c.portfolio_id == portfolio_id, _INVOICES.c.lease_id == func.any(wanted))
        .order_by(_INVOICES.c.recorded_at, _INVOICES.c.series, func.length(_INVOICES.c.number), _INVOICES.c.number)
    )
    for row in connection.execute(statement).mappings():
        invoices[row["lease_id"]].append(rows.invoice_of(row))
        if (void := rows.void_of(row)) is not None:
            voids[row["lease_id"]].append(void)
    parts = {
        name: _by_lease(connection, table, portfolio_id, wanted, value_of, *(table.c[column] for column in order))
        for name, (table, value_of, order) in _PARTS.items()
    }
    return {
        lease_id: LeaseAccount(
            lease=leases[lease_id][0],
            invoices=tuple(invoices[lease_id]),
            voids=tuple(sorted(voids[lease_id], key=lambda it: it.recorded_at)),
            **{name: tuple(of_lease[lease_id]) for name, of_lease in parts.items()},
        )
        for lease_id in wanted
        if leases[lease_id]
    }


_PARTS: Final[dict[str, tuple[Table, Callable[[Any], Any], tuple[str, ...]]]] = {
    "credit_notes": (schema.credit_notes, rows.credit_note_of, ("recorded_at", "number")),
    "credits": (schema.credits_, rows.credit_of, ("recorded_at", "value_date", "credit_id")),
    "uses": (schema.credit_uses, rows.use_of, ("recorded_at", "use_id")),
    "allocations": (
        schema.allocations,
        rows.allocation_of,
        ("recorded_at", "value_date", "credit_id", "invoice_id", "ended_on", "allocation_id"),
    ),
    "deposit_entries": (schema.deposit_entries, rows.deposit_entry_of, ("recorded_at", "entry_id")),
}


def _by_lease(
    connection: Connection,
    table: Table,
    portfolio_id: PortfolioId,
    lease_ids: Sequence[LeaseId],
    value_of: Callable[[Any], V],
    *order: ColumnElement[Any],
) -> defaultdict[LeaseId, list[V]]:
    found: defaultdict[LeaseId, list[V]] = defaultdict(list)
    statement = (
        select(table)
        .where(table.c.portfolio_id == portfolio_id, table.c.lease_id == func.any(lease_ids))
        .order_by(*order)
    )
    for row in connection.execute(statement).mappings():
        found[row["lease_id"]].append(value_of(row))
    return found


def payment_standings(
    connection: Connection, portfolio_id: PortfolioId, payment_ids: Iterable[PaymentId]
) -> dict[PaymentId, PaymentStanding]:
    """The payments that exist with the matches that stand, by id."""
    wanted = sorted(set(payment_ids))
    if not wanted:
        return {}
    matches = matches_of_payments(connection, portfolio_id, wanted)
    table = schema.payments
    statement = (
        select(table)
        .where(table.c.portfolio_id == portfolio_id, table.c.payment_id == func.any(wanted))
        .order_by(table.c.payment_id)
    )
    return {
        row["payment_id"]: PaymentStanding(
            payment_of(row), tuple(it for it in matches[row["payment_id"]] if it.undone_at is None)
        )
        for row in connection.execute(statement).mappings()
    }


def matches_of_payments(
    connection: Connection, portfolio_id: PortfolioId, payment_ids: Sequence[PaymentId]
) -> defaultdict[PaymentId, list[Match]]:
    """Every match of the payments, undone ones too, in the order they were made."""
    table = schema.matches
    found: defaultdict[PaymentId, list[Match]] = defaultdict(list)
    statement = (
        select(table)
        .where(table.c.portfolio_id == portfolio_id, table.c.payment_id == func.any(list(payment_ids)))
        .order_by(table.c.payment_id, table.c.position)
    )
    for row in connection.execute(statement).mappings():
        found[row["payment_id"]].append(match_of(row))
    return found
