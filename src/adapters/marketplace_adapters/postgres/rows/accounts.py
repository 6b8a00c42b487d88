"""Invoices, credits, allocations, deposits and postings as rows."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace_adapters.postgres.rows.values import Columns, Row, currency_of, money_of, money_row
from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.codec import from_plain, to_plain
from marketplace_core.domain.credit import Allocation, Credit, CreditSource, CreditUse, Pin, UseKind
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.deposit import DepositEntry, DepositMove
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


def credit_note_row(it: CreditNote) -> Row:
    """The columns of a credit note."""
    return {
        "portfolio_id": it.portfolio_id,
        "credit_note_id": it.credit_note_id,
        "lease_id": it.lease_id,
        "invoice_id": it.invoice_id,
        **money_row(it.amount),
        "issue_date": it.issue_date,
        "recorded_at": it.recorded_at,
        "reason": it.reason,
        "number": it.number,
    }


def credit_note_of(row: Columns) -> CreditNote:
    """The credit note of a row."""
    return CreditNote(
        row["credit_note_id"],
        row["portfolio_id"],
        row["lease_id"],
        row["invoice_id"],
        money_of(row),
        row["issue_date"],
        row["recorded_at"],
        row["reason"],
        row["number"],
    )


def credit_row(it: Credit) -> Row:
    """The columns of a credit that pays nothing yet."""
    return {
        "portfolio_id": it.portfolio_id,
        "credit_id": it.credit_id,
        "lease_id": it.lease_id,
        "source": it.source,
        "source_id": it.source_id,
        **money_row(it.amount),
        "value_date": it.value_date,
        "recorded_at": it.recorded_at,
        "order_key": it.order_key,
        "pins": to_plain(it.pins),
        "match_id": it.match_id,
        "ended_on": it.ended_on,
        "ended_recorded_at": it.ended_recorded_at,
        "reason": it.reason,
        "allocated_minor": 0,
        "used_minor": 0,
    }


def credit_of(row: Columns) -> Credit:
    """The credit of a row."""
    return Credit(
        row["credit_id"],
        row["portfolio_id"],
        row["lease_id"],
        CreditSource(row["source"]),
        row["source_id"],
        money_of(row),
        row["value_date"],
        row["recorded_at"],
        row["order_key"],
        from_plain(row["pins"], tuple[Pin, ...]) if row["pins"] else (),
        row["match_id"],
        row["ended_on"],
        row["ended_recorded_at"],
        row["reason"],
    )


def use_row(it: CreditUse) -> Row:
    """The columns of a credit's use."""
    return {
        "portfolio_id": it.portfolio_id,
        "use_id": it.use_id,
        "lease_id": it.lease_id,
        "credit_id": it.credit_id,
        "kind": it.kind,
        **money_row(it.amount),
        "value_date": it.value_date,
        "recorded_at": it.recorded_at,
        "reason": it.reason,
    }


def use_of(row: Columns) -> CreditUse:
    """The credit's use of a row."""
    return CreditUse(
        row["use_id"],
        row["portfolio_id"],
        row["lease_id"],
        row["credit_id"],
        UseKind(row["kind"]),
        money_of(row),
        row["value_date"],
        row["recorded_at"],
        row["reason"],
    )


def allocation_row(it: Allocation) -> Row:
    """The columns of an allocation."""
    return {
        "portfolio_id": it.portfolio_id,
        "allocation_id": it.allocation_id,
        "lease_id": it.lease_id,
        "credit_id": it.credit_id,
        "invoice_id": it.invoice_id,
        **money_row(it.amount),
        "value_date": it.value_date,
        "recorded_at": it.recorded_at,
        "invoice_kind": it.invoice_kind,
        "ended_on": it.ended_on,
        "superseded_at": it.superseded_at,
    }


def allocation_of(row: Columns) -> Allocation:
    """The allocation of a row."""
    return Allocation(
        row["allocation_id"],
        row["portfolio_id"],
        row["lease_id"],
        row["credit_id"],
        row["invoice_id"],
        money_of(row),
        row["value_date"],
        row["recorded_at"],
        InvoiceKind(row["invoice_kind"]),
        row["ended_on"],
        row["superseded_at"],
    )


def deposit_entry_row(it: DepositEntry) -> Row:
    """The columns of a deposit's movement."""
    return {
        "portfolio_id": it.portfolio_id,
        "entry_id": it.entry_id,
        "lease_id": it.lease_id,
        "move": it.move,
        **money_row(it.amount),
        "value_date": it.value_date,
        "recorded_at": it.recorded_at,
        "reason": it.reason,
        "other_lease_id": it.other_lease_id,
    }


def deposit_entry_of(row: Columns) -> DepositEntry:
    """The deposit's movement of a row."""
    return DepositEntry(
        row["entry_id"],
        row["portfolio_id"],
        row["lease_id"],
        DepositMove(row["move"]),
        money_of(row),
        row["value_date"],
        row["recorded_at"],
        row["reason"],
        row["other_lease_id"],
    )


def posting_row(it: Posting) -> Row:
    """The columns of a posting."""
    return {
        "portfolio_id": it.portfolio_id,
        "posting_id": it.posting_id,
        "debit": it.debit,
        "credit": it.credit,
        **money_row(it.amount),
        "value_date": it.value_date,
        "recorded_at": it.recorded_at,
        "source_id": it.source_id,
        "reverses": it.reverses,
    }


def posting_of(row: Columns) -> Posting:
    """The posting of a row."""
    return Posting(
        row["posting_id"],
        row["portfolio_id"],
        row["debit"],
        row["credit"],
        money_of(row),
        row["value_date"],
        row["recorded_at"],
        row["source_id"],
        row["reverses"],
    )
