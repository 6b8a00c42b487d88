"""Invoices, credit notes and billing runs."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.invoice import CreditNote, Invoice, InvoiceKind, InvoiceLine
from marketplace_core.domain.register import InvoiceEntry, InvoiceStatus
from marketplace_core.ports.billing_runs import BillingRun
from marketplace_entrypoints.http.bounded import Instant, Month, Reason
from marketplace_entrypoints.http.shapes.money import Money


@frozen
class LineShape:
    """One charge for a stretch of days, both ends included."""

    kind: ChargeKind
    amount: Money
    first_day: date
    last_day: date
    description: str

    @classmethod
    def of(cls, it: InvoiceLine) -> LineShape:
        """The shape of a line."""
        return cls(it.kind, Money.of(it.amount), it.span.start, it.span.last_day, it.description)


@frozen
class InvoiceShape:
    """What a lease is asked to pay, and what of it is still open as the books stand."""

    invoice_id: str
    number: str
    lease_id: str
    unit_code: str
    kind: InvoiceKind
    status: InvoiceStatus
    first_day: date
    last_day: date
    issue_date: date
    due_date: date
    total: Money
    outstanding: Money
    recorded_at: Instant
    lines: tuple[LineShape, ...]

    @classmethod
    def of(cls, it: InvoiceEntry) -> InvoiceShape:
        """The shape of an invoice."""
        invoice = it.invoice
        return cls(
            invoice_id=invoice.invoice_id,
            number=invoice.number,
            lease_id=invoice.lease_id,
            unit_code=it.unit_code,
            kind=invoice.kind,
            status=it.status,
            first_day=invoice.period.start,
            last_day=invoice.period.last_day,
            issue_date=invoice.issue_date,
            due_date=invoice.due_date,
            total=Money.of(invoice.amount),
            outstanding=Money.of(it.outstanding),
            recorded_at=invoice.recorded_at,
            lines=tuple(LineShape.of(line) for line in invoice.lines),
        )


@frozen
class InvoicePage:
    """A page of invoices."""

    invoices: tuple[InvoiceShape, ...]
    next: str | None


@frozen
class CreditNoteShape:
    """A correction that takes back part of an invoice, or all."""

    credit_note_id: str
    number: str
    invoice_id: str
    lease_id: str
    amount: Money
    issue_date: date
    reason: str

    @classmethod
    def of(cls, it: CreditNote) -> CreditNoteShape:
        """The shape of a credit note."""
        return cls(
            it.credit_note_id, it.number, it.invoice_id, it.lease_id, Money.of(it.amount), it.issue_date, it.reason
        )


@frozen
class CreditNotePage:
    """A page of credit notes."""

    credit_notes: tuple[CreditNoteShape, ...]
    next: str | None


@frozen
class VoidBody:
    """From which day the invoice counts no more (default: today, or its issue if that is later), and why."""

    reason: Reason
    day: date | None = None


@frozen
class AmountBody:
    """How much, from which day (default: today), and why."""

    amount: Money
    reason: Reason
    day: date | None = None


@frozen
class BillBody:
    """The month to bill: every billing period that begins in it."""

    month: Month


@frozen
class BillingRunShape:
    """What a run did, or in a dry run would do; ``standing`` invoices stood already."""

    month: str
    invoices: int
    standing: int
    total: Money
    first_number: str
    last_number: str
    dry_run: bool

    @classmethod
    def of(cls, month: str, it: BillingRun, *, dry_run: bool) -> BillingRunShape:
        """The shape of a run."""
        return cls(month, it.invoices, it.standing, Money.of(it.amount), it.first_number, it.last_number, dry_run)


@frozen
class LateFeesBody:
    """The day up to which fees are due (default: today)."""

    as_of: date | None = None


@frozen
class FeeShape:
    """A late fee's invoice; in a dry run without what only writing gives."""

    invoice_id: str
    number: str
    lease_id: str
    due_date: date
    total: Money

    @classmethod
    def of(cls, it: Invoice) -> FeeShape:
        """The shape of a fee."""
        return cls(it.invoice_id, it.number, it.lease_id, it.due_date, Money.of(it.amount))


@frozen
class LateFeesShape:
    """The fees charged, or in a dry run those that would be."""

    invoices: tuple[FeeShape, ...]
    total: Money
    dry_run: bool
