"""Writes what happened in lease accounts; the rules were checked before, the tables check again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table, bindparam, insert, update

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.rows import accounts as rows
from marketplace_core.domain import facts as kinds
from marketplace_core.domain.credit import Credit, CreditUse
from marketplace_core.domain.identifiers import PortfolioId


def issue_invoices(connection: Connection, _portfolio_id: PortfolioId, facts: Sequence[kinds.InvoiceIssued]) -> None:
    """Add invoices with their lines."""
    connection.execute(insert(schema.invoices), [rows.invoice_row(it.invoice) for it in facts])
    connection.execute(insert(schema.invoice_lines), [line for it in facts for line in rows.line_rows(it.invoice)])


def void_invoices(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.InvoiceVoided]) -> None:
    """Void invoices; their keys are free again."""
    table = schema.invoices
    connection.execute(
        update(table)
        .where(table.c.portfolio_id == portfolio_id, table.c.invoice_id == bindparam("row_id"))
        .values(
            voided_on=bindparam("day"),
            void_recorded_at=bindparam("moment"),
            void_reason=bindparam("why"),
        ),
        [
            {"row_id": it.invoice.invoice_id, "day": it.voided_on, "moment": it.recorded_at, "why": it.reason}
            for it in facts
        ],
    )


def issue_credit_notes(
    connection: Connection, _portfolio_id: PortfolioId, facts: Sequence[kinds.CreditNoteIssued]
) -> None:
    """Add credit notes."""
    connection.execute(insert(schema.credit_notes), [rows.credit_note_row(it.credit_note) for it in facts])


def add_credits(connection: Connection, _portfolio_id: PortfolioId, facts: Sequence[kinds.CreditAdded]) -> None:
    """Add credits."""
    connection.execute(insert(schema.credits_), [rows.credit_row(it.credit) for it in facts])


def end_credits(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.CreditEnded]) -> None:
    """Let credits count no more."""
    _end(connection, portfolio_id, schema.credits_, "credit_id", [it.credit for it in facts])


def use_credits(connection: Connection, _portfolio_id: PortfolioId, facts: Sequence[kinds.CreditUsed]) -> None:
    """Add uses of credits."""
    connection.execute(insert(schema.credit_uses), [rows.use_row(it.use) for it in facts])


def end_uses(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.CreditUseEnded]) -> None:
    """Let uses of credits count no more."""
    _end(connection, portfolio_id, schema.credit_uses, "use_id", [it.use for it in facts])


def _end(
    connection: Connection, portfolio_id: PortfolioId, table: Table, key: str, ended: Sequence[Credit | CreditUse]
) -> None:
    """Write when these end, and since when that is known."""
    connection.execute(
        update(table)
        .where(table.c.portfolio_id == portfolio_id, table.c[key] == bindparam("row_id"))
        .values(ended_on=bindparam("day"), ended_recorded_at=bindparam("moment")),
        [{"row_id": getattr(it, key), "day": it.ended_on, "moment": it.ended_recorded_at} for it in ended],
    )


def make_allocations(connection: Connection, _portfolio_id: PortfolioId, facts: Sequence[kinds.AllocationMade]) -> None:
    """Add allocations."""
    connection.execute(insert(schema.allocations), [rows.allocation_row(it.allocation) for it in facts])


def supersede_allocations(
    connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.AllocationSuperseded]
) -> None:
    """Let allocations be known no more."""
    table = schema.allocations
    connection.execute(
        update(table)
        .where(table.c.portfolio_id == portfolio_id, table.c.allocation_id == bindparam("row_id"))
        .values(superseded_at=bindparam("moment")),
        [{"row_id": it.allocation.allocation_id, "moment": it.allocation.superseded_at} for it in facts],
    )


def move_deposits(connection: Connection, _portfolio_id: PortfolioId, facts: Sequence[kinds.DepositMoved]) -> None:
    """Add movements of deposits."""
    connection.execute(insert(schema.deposit_entries), [rows.deposit_entry_row(it.entry) for it in facts])
