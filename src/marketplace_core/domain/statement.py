"""Statement of account: opening balance, each event with a running balance, closing balance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from attrs import frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.credit import Credit, CreditSource, CreditUse, UseKind, never_counted
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.money import Money

_WORDS = {
    CreditSource.PAYMENT: "Payment",
    CreditSource.CREDIT_NOTE: "Credit note",
    CreditSource.WRITE_OFF: "Written off",
    CreditSource.DEPOSIT: "From deposit",
    CreditSource.OPENING: "Opening credit",
}

_USED = {UseKind.REFUND: "Refund", UseKind.TO_DEPOSIT: "To deposit"}


@frozen
class StatementLine:
    """One event: what it adds to what is owed (a credit takes off), and the balance after it."""

    on: date
    text: str
    document: str
    amount: Money
    balance: Money


@frozen
class Statement:
    """A lease's account over days; a positive balance is owed by the tenant, a negative one stands to their credit."""

    lease_id: LeaseId
    span: DateSpan
    opening: Money
    lines: tuple[StatementLine, ...]
    closing: Money


class _Event(NamedTuple):
    on: date
    order: int
    document: str
    text: str
    minor: int


def statement(account: LeaseAccount, span: DateSpan, known_on: datetime | None = None) -> Statement:
    """The statement of a span of days, as known at an instant (None: now).

    The closing balance is the outstanding of the aging report less the unapplied credit, both as of the last day.
    """
    seen = account.known(known_on)
    currency = seen.lease.currency
    events = sorted(_events(seen))
    running = sum(event.minor for event in events if event.on < span.start)
    opening = Money(running, currency)
    lines: list[StatementLine] = []
    for event in events:
        if event.on in span:
            running += event.minor
            amount = Money(event.minor, currency)
            lines.append(StatementLine(event.on, event.text, event.document, amount, Money(running, currency)))
    return Statement(seen.lease.lease_id, span, opening, tuple(lines), Money(running, currency))


def _events(account: LeaseAccount) -> Iterator[_Event]:
    void = {it.invoice.invoice_id: it for it in account.voids}
    for invoice in account.invoices:
        document = invoice.number or invoice.invoice_id
        yield _Event(invoice.issue_date, 0, document, _invoice_text(invoice), invoice.amount.amount_minor)
        if invoice.invoice_id in void:
            it = void[invoice.invoice_id]
            yield _Event(it.voided_on, 1, document, f"Void: {it.reason}", -invoice.amount.amount_minor)
    for credit in account.credits:
        yield from _credit_events(credit)
    for use in account.uses:
        yield from _use_events(use)


def _credit_events(credit: Credit) -> Iterator[_Event]:
    """A credit of an undone match never was: nothing of it shows."""
    if never_counted(credit):
        return
    document = credit.order_key or credit.source_id
    yield _Event(credit.value_date, 2, document, _WORDS[credit.source], -credit.amount.amount_minor)
    if credit.ended_on is not None:
        yield _Event(credit.ended_on, 2, document, f"{_WORDS[credit.source]} taken back", credit.amount.amount_minor)


def _use_events(use: CreditUse) -> Iterator[_Event]:
    """A use that came back on its own day never was: nothing of it shows."""
    if never_counted(use):
        return
    word = _USED[use.kind]
    yield _Event(use.value_date, 3, use.use_id, f"{word}: {use.reason}", use.amount.amount_minor)
    if use.ended_on is not None:
        yield _Event(use.ended_on, 3, use.use_id, f"{word} taken back", -use.amount.amount_minor)


def _invoice_text(invoice: Invoice) -> str:
    kinds = sorted({line.kind.replace("_", " ") for line in invoice.lines})
    return f"{', '.join(kinds).capitalize()} for {invoice.period}"
