"""Invoices, credits, allocations, deposits and postings as rows."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from marketplace_adapters.postgres.rows.mapping import RowMapper
from marketplace_adapters.postgres.rows.values import Columns, Row, currency_of, money_row
from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.credit import Allocation, Credit, CreditUse
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.deposit import DepositEntry
from marketplace_core.domain.facts import InvoiceVoided
from marketplace_core.domain.invoice import CreditNote, Invoice, InvoiceKind, InvoiceLine
from marketplace_core.domain.ledger import Posting
from marketplace_core.domain.money import Currency, Money

LINE_FIELDS = ("line_id", "kind", "amount_minor", "span_start", "span_end", "charge_id", "description")
"""The columns of a line in the order in which `line_of` reads them."""


def invoice_row(it: Invoice) -> Row:
    """The columns of an invoice of which nothing is paid yet."""
    return {
        "portfolio_id": it.portfolio_id,
        "invoice_id": it.invoice_id,
        "lease_id": it.lease_id,
        "kind": it.kind,
        "period_start": it.period.start,
        "period_end": it.period.end,
        "issue_date": it.issue_date,
        "due_date": it.due_date,
        "recorded_at": it.recorded_at,
        "subject": it.subject,
        "series": it.series,
        "number": it.number,
        **money_row(it.amount),
        "allocated_minor": 0,
        "void_reason": "",
    }


def line_rows(it: Invoice) -> list[Row]:
    """The columns of each of an invoice's lines."""
    return [
        {
            "portfolio_id": it.portfolio_id,
            "invoice_id": it.invoice_id,
            "position": position,
            "line_id": line.line_id,
            "kind": line.kind,
            "amount_minor": line.amount.amount_minor,
            "span_start": line.span.start,
            "span_end": line.span.end,
            "charge_id": line.charge_id,
            "description": line.description,
        }
        for position, line in enumerate(it.lines)
    ]


def line_of(fields: list[Any], currency: Currency) -> InvoiceLine:
    """The line of its fields as JSON."""
    line_id, kind, minor, start, end, charge_id, description = fields
    span = DateSpan(date.fromisoformat(start), date.fromisoformat(end))
    return InvoiceLine(line_id, ChargeKind(kind), Money(minor, currency), span, charge_id, description)


def invoice_of(row: Columns) -> Invoice:
    """The invoice of a row that has its lines in ``lines``."""
    currency = currency_of(row["currency"])
    return Invoice(
        row["invoice_id"],
        row["portfolio_id"],
        row["lease_id"],
        InvoiceKind(row["kind"]),
        DateSpan(row["period_start"], row["period_end"]),
        row["issue_date"],
        row["due_date"],
        row["recorded_at"],
        tuple(line_of(fields, currency) for fields in row["lines"]),
        row["subject"],
        row["series"],
        row["number"],
    )


def void_of(row: Columns) -> InvoiceVoided | None:
    """The void of an invoice's row that has its lines, None while it stands."""
    if row["voided_on"] is None:
        return None
    return InvoiceVoided(invoice_of(row), row["voided_on"], row["void_recorded_at"], row["void_reason"])


_CREDIT_NOTES: Final = RowMapper(CreditNote)
credit_note_row, credit_note_of = _CREDIT_NOTES.row, _CREDIT_NOTES.value

_CREDITS: Final = RowMapper(Credit, {"allocated_minor": 0, "used_minor": 0})
credit_row, credit_of = _CREDITS.row, _CREDITS.value
"""A new row pays nothing yet."""

_USES: Final = RowMapper(CreditUse)
use_row, use_of = _USES.row, _USES.value

_ALLOCATIONS: Final = RowMapper(Allocation)
allocation_row, allocation_of = _ALLOCATIONS.row, _ALLOCATIONS.value

_DEPOSIT_ENTRIES: Final = RowMapper(DepositEntry)
deposit_entry_row, deposit_entry_of = _DEPOSIT_ENTRIES.row, _DEPOSIT_ENTRIES.value

_POSTINGS: Final = RowMapper(Posting)
posting_row, posting_of = _POSTINGS.row, _POSTINGS.value
