"""Invoices: immutable once issued, numbered without gaps, corrected by credit notes or void-and-reissue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from attrs import Factory, evolve, field, frozen

from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import (
    ChargeId,
    CreditNoteId,
    InvoiceId,
    LeaseId,
    LineId,
    PortfolioId,
    derive_id,
)
from marketplace_core.domain.money import Currency, Money
from marketplace_core.errors import CurrencyMismatch, InvalidInput


class InvoiceKind(StrEnum):
    """Why an invoice exists."""

    RECURRING = "recurring"
    ONE_OFF = "one_off"
    LATE_FEE = "late_fee"
    DEPOSIT = "deposit"
    OPENING = "opening"


StandingKey = tuple[InvoiceKind, date, str]
"""Kind, first day of the billing period and subject: what no two non-void invoices of a lease share."""


@frozen
class InvoiceLine:
    """One charge for one stretch of days; the amount is rounded once, here."""

    line_id: LineId
    kind: ChargeKind
    amount: Money
    span: DateSpan
    charge_id: ChargeId | None = None
    description: str = ""


def invoice_id_of(
    portfolio_id: PortfolioId,
    lease_id: LeaseId,
    period: DateSpan,
    kind: InvoiceKind,
    subject: str = "",
    issue: int = 0,
) -> InvoiceId:
    """The id that a run gives again: from lease, period, kind and subject; ``issue`` counts reissues after a void."""
    reissue = (str(issue),) if issue else ()
    return InvoiceId(derive_id("inv", portfolio_id, lease_id, period.start.isoformat(), kind, subject, *reissue))


def _sum_of_lines(invoice: Invoice) -> Money:
    lines = invoice.lines
    if not lines:
        raise InvalidInput(f"invoice {invoice.invoice_id} needs a line")
    currency, minor = lines[0].amount.currency, 0
    for line in lines:
        amount = line.amount
        if amount.currency is not currency and amount.currency != currency:
            raise CurrencyMismatch(f"invoice {invoice.invoice_id} is in {currency.code}, but has {amount}")
        minor += amount.amount_minor
    return Money(minor, currency)


@frozen
class Invoice:
    """What a lease is asked to pay for a period.

    ``period`` is the whole billing period that keys it; the lines say which days are covered. At most one
    non-void invoice a lease, period start, kind and ``subject`` (empty, but for late fees: the invoice concerned,
    one-offs: the charge, openings: the old number). ``issue_date`` is its value date. ``number`` is empty until
    it is given at writing. The total is the sum of the lines and above zero.
    """

    invoice_id: InvoiceId
    portfolio_id: PortfolioId
    lease_id: LeaseId
    kind: InvoiceKind
    period: DateSpan
    issue_date: date
    due_date: date
    recorded_at: datetime
    lines: tuple[InvoiceLine, ...]
    subject: str = ""
    series: str = "INV"
    number: str = ""
    amount: Money = field(init=False, default=Factory(_sum_of_lines, takes_self=True))

    def __attrs_post_init__(self) -> None:
        """Refuse an invoice of nothing, or due before it is issued."""
        if not self.amount.is_positive:
            raise InvalidInput(f"invoice {self.invoice_id}: the total must be above zero, not {self.amount}")
        if self.due_date < self.issue_date and self.kind is not InvoiceKind.OPENING:
            raise InvalidInput(f"invoice {self.invoice_id}: due {self.due_date}, before its issue on {self.issue_date}")

    @property
    def currency(self) -> Currency:
        """The one currency of its lines."""
        return self.amount.currency

    @property
    def key(self) -> tuple[LeaseId, date, InvoiceKind, str]:
        """What no two non-void invoices share."""
        return (self.lease_id, self.period.start, self.kind, self.subject)

    @property
    def key_of_lease(self) -> StandingKey:
        """What no two non-void invoices of its lease share."""
        return (self.kind, self.period.start, self.subject)


def reissued(invoice: Invoice, voided: Sequence[date]) -> Invoice:
    """The invoice that takes the place of those voided on these days: other ids, and issued when the last one went.

    Up to that day the voided one stood, so an earlier issue would have both owed between. Never due before its issue.
    """
    if not voided:
        return invoice
    invoice_id = invoice_id_of(
        invoice.portfolio_id, invoice.lease_id, invoice.period, invoice.kind, invoice.subject, len(voided)
    )
    lines = tuple(
        evolve(line, line_id=LineId(invoice_id + line.line_id.removeprefix(invoice.invoice_id)))
        for line in invoice.lines
    )
    issue_date = max(invoice.issue_date, *voided)
    due_date = max(invoice.due_date, issue_date)
    return evolve(invoice, invoice_id=invoice_id, lines=lines, issue_date=issue_date, due_date=due_date)


@frozen
class CreditNote:
    """A correction: takes back part of an invoice, or all; what is paid already becomes unapplied credit."""

    credit_note_id: CreditNoteId
    portfolio_id: PortfolioId
    lease_id: LeaseId
    invoice_id: InvoiceId
    amount: Money
    issue_date: date
    recorded_at: datetime
    reason: str
    number: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a note of nothing or without a reason."""
        if not self.amount.is_positive:
            raise InvalidInput(f"credit note {self.credit_note_id}: the amount must be above zero")
        if not self.reason.strip():
            raise InvalidInput(f"credit note {self.credit_note_id}: say why")
