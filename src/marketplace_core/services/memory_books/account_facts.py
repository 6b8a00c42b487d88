"""Writes facts of lease accounts, and keeps what a database would: ids once, keys once, no over-allocation."""

from __future__ import annotations

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.facts import (
    AccountFact,
    AllocationMade,
    AllocationSuperseded,
    CreditAdded,
    CreditEnded,
    CreditNoteIssued,
    CreditUsed,
    CreditUseEnded,
    DepositMoved,
    InvoiceIssued,
    InvoiceVoided,
)
from marketplace_core.domain.identifiers import LeaseId, PaymentId
from marketplace_core.domain.money import Money
from marketplace_core.domain.numbers import CREDIT_NOTES, OUR_SERIES, sequence_of
from marketplace_core.errors import (
    AlreadyExists,
    CurrencyMismatch,
    DuplicateInvoice,
    IllegalTransition,
    NotFound,
    OverAllocation,
)
from marketplace_core.services.memory_books.tables import Workplace


def require_account(work: Workplace, lease_id: LeaseId) -> LeaseAccount:
    """The account as the transaction sees it."""
    account = work.transaction.on(work.book.accounts).get(lease_id)
    if account is None:
        raise NotFound(f"portfolio {work.book.portfolio_id} has no lease {lease_id}")
    return account


def _apply(work: Workplace, lease_id: LeaseId, fact: AccountFact, amount: Money) -> None:
    account = require_account(work, lease_id)
    if amount.currency != account.lease.currency:
        raise CurrencyMismatch(f"lease {lease_id} is in {account.lease.currency.code}, not in {amount.currency.code}")
    work.transaction.on(work.book.accounts).put(lease_id, account.applied([fact]))
    work.transaction.touched[lease_id] = None


def take_id(work: Workplace, kind: str, value: str, holder: str) -> None:
    """Take an id for good; one that is taken is refused."""
    table = work.transaction.on(work.book.taken_ids)
    if (kind, value) in table:
        raise AlreadyExists(f"{kind} {value} is in the books of portfolio {work.book.portfolio_id} already")
    table.put((kind, value), holder)


def issue_invoice(work: Workplace, fact: InvoiceIssued) -> None:
    """Keep an invoice with its number."""
    invoice = fact.invoice
    standing = work.transaction.on(work.book.standing_invoices)
    if invoice.key in standing:
        raise DuplicateInvoice(
            f"lease {invoice.lease_id} already has a {invoice.kind} invoice for {invoice.period}: void that first"
        )
    take_id(work, "invoice", invoice.invoice_id, invoice.lease_id)
    for line in invoice.lines:
        take_id(work, "line", line.line_id, invoice.invoice_id)
    standing.put(invoice.key, invoice.invoice_id)
    take_number(work, invoice.series, invoice.number, invoice.invoice_id)
    _apply(work, invoice.lease_id, fact, invoice.amount)


def take_number(work: Workplace, series: str, number: str, holder: str) -> None:
    """Take a document number: the next of a series of ours, or any text that was never used in a foreign one."""
    last = work.transaction.on(work.book.last_number)
    if series in OUR_SERIES:
        expected = (last.get(series) or 0) + 1
        if sequence_of(number) != expected:
            raise AlreadyExists(f"number {number!r} is not the next of series {series}, which is {expected}")
        last.put(series, expected)
        return
    table = work.transaction.on(work.book.foreign_numbers)
    if (series, number) in table:
        raise AlreadyExists(f"number {number!r} of series {series} is that of {table.get((series, number))} already")
    table.put((series, number), holder)


def void_invoice(work: Workplace, fact: InvoiceVoided) -> None:
    """Void an invoice once; its key is free again, its id and number are not."""
    invoice = fact.invoice
    account = require_account(work, invoice.lease_id)
    if account.is_void(account.invoice(invoice.invoice_id).invoice_id):
        raise IllegalTransition(f"invoice {invoice.number or invoice.invoice_id} is void already")
    work.transaction.on(work.book.standing_invoices).drop(invoice.key)
    _apply(work, invoice.lease_id, fact, invoice.amount)


def issue_credit_note(work: Workplace, fact: CreditNoteIssued) -> None:
    """Keep a credit note with its number."""
    note = fact.credit_note
    require_account(work, note.lease_id).invoice(note.invoice_id)
    take_id(work, "credit note", note.credit_note_id, note.lease_id)
    take_number(work, CREDIT_NOTES, note.number, note.credit_note_id)
    _apply(work, note.lease_id, fact, note.amount)


def add_credit(work: Workplace, fact: CreditAdded) -> None:
    """Keep a credit; those of a payment are never more than the payment."""
    credit = fact.credit
    take_id(work, "credit", credit.credit_id, credit.lease_id)
    _apply(work, credit.lease_id, fact, credit.amount)
    if credit.source is CreditSource.PAYMENT:
        _change_credited(work, PaymentId(credit.source_id), credit.amount)


def _change_credited(work: Workplace, payment_id: PaymentId, change: Money) -> None:
    payment = work.transaction.on(work.book.payments).get(payment_id)
    if payment is None:
        raise NotFound(f"portfolio {work.book.portfolio_id} has no payment {payment_id}")
    if payment.amount.currency != change.currency:
        raise CurrencyMismatch(f"payment {payment_id} is {payment.amount}, a credit of it {change}")
    credited = work.transaction.on(work.book.credited_minor)
    minor = (credited.get(payment_id) or 0) + change.amount_minor
    if minor > payment.amount.amount_minor:
        raise OverAllocation(f"payment {payment_id}: {minor} minor units are given to leases, it has {payment.amount}")
    credited.put(payment_id, minor)


def end_credit(work: Workplace, fact: CreditEnded) -> None:
    """End a credit once."""
    credit = fact.credit
    known = require_account(work, credit.lease_id).credit(credit.credit_id)
    if known.ended_on is not None:
        raise IllegalTransition(f"credit {credit.credit_id} ended on {known.ended_on} already")
    _apply(work, credit.lease_id, fact, credit.amount)
    if credit.source is CreditSource.PAYMENT:
        _change_credited(work, PaymentId(credit.source_id), -credit.amount)


def use_credit(work: Workplace, fact: CreditUsed) -> None:
    """Keep the use of a credit."""
    require_account(work, fact.use.lease_id).credit(fact.use.credit_id)
    take_id(work, "use", fact.use.use_id, fact.use.lease_id)
    _apply(work, fact.use.lease_id, fact, fact.use.amount)


def end_use(work: Workplace, fact: CreditUseEnded) -> None:
    """End the use of a credit once."""
    known = require_account(work, fact.use.lease_id).use(fact.use.use_id)
    if known.ended_on is not None:
        raise IllegalTransition(f"refund {known.use_id} was taken back on {known.ended_on} already")
    _apply(work, fact.use.lease_id, fact, fact.use.amount)


def make_allocation(work: Workplace, fact: AllocationMade) -> None:
    """Keep an allocation of this lease's credit to this lease's invoice."""
    allocation = fact.allocation
    account = require_account(work, allocation.lease_id)
    account.invoice(allocation.invoice_id)
    account.credit(allocation.credit_id)
    if not allocation.amount.is_positive:
        raise OverAllocation(f"allocation {allocation.allocation_id}: must be above zero, not {allocation.amount}")
    take_id(work, "allocation", allocation.allocation_id, allocation.lease_id)
    _apply(work, allocation.lease_id, fact, allocation.amount)


def supersede_allocation(work: Workplace, fact: AllocationSuperseded) -> None:
    """Let an allocation be known no more, once."""
    allocation = fact.allocation
    account = require_account(work, allocation.lease_id)
    known = next((it for it in account.allocations if it.allocation_id == allocation.allocation_id), None)
    if known is None:
        raise NotFound(f"lease {allocation.lease_id} has no allocation {allocation.allocation_id}")
    if known.superseded_at is not None:
        raise IllegalTransition(f"allocation {allocation.allocation_id} was superseded already")
    _apply(work, allocation.lease_id, fact, allocation.amount)


def move_deposit(work: Workplace, fact: DepositMoved) -> None:
    """Keep a movement of a deposit."""
    entry = fact.entry
    take_id(work, "deposit entry", entry.entry_id, entry.lease_id)
    _apply(work, entry.lease_id, fact, entry.amount)
