"""What the fake engine does with charges, credits, payments and invoices when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, time

from attrs import evolve

from marketplace_core.domain.days import one_day
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.markers import marked
from marketplace_core.domain.outside_engine.records import (
    ItemKind,
    TheirInvoiceStatus,
    TheirPayment,
    TheirPaymentState,
)
from marketplace_core.domain.outside_engine.steps import Charge, GiveCredit, RecordPayment, TakeBackPayment, VoidInvoice
from marketplace_core.errors import RuleViolation
from marketplace_core.testing.outside_engine.books import EngineBooks
from marketplace_core.testing.outside_engine.rows import AccountRow, InvoiceRow


def charge(books: EngineBooks, account: AccountRow, step: Charge) -> str:
    """An invoice of its own, or an item of the draft that waits for the next run; another each time it is told."""
    invoice = books.draft(account) if step.rides else None
    invoice = invoice or books.add_invoice(account, books.today, TheirInvoiceStatus.DRAFT)
    words = marked(step.words, step.marker) if step.marker else step.words
    item = books.item(ItemKind.CHARGE, step.amount, one_day(step.on), description=words)
    invoice.items.append(item)
    if not step.rides:
        invoice.status = TheirInvoiceStatus.COMMITTED
        books.use_credit(account)
    return item.item_id


def give_credit(books: EngineBooks, account: AccountRow, step: GiveCredit) -> str:
    """An invoice below zero, whose credit the oldest unpaid invoices use at once; another each time it is told."""
    invoice = books.add_invoice(account, books.today, TheirInvoiceStatus.COMMITTED)
    words = marked(step.words, step.marker) if step.marker else step.words
    item = books.item(ItemKind.CREDIT_GIVEN, -step.amount, one_day(step.on), description=words)
    invoice.items.append(item)
    books.use_credit(account)
    return item.item_id


def record_payment(books: EngineBooks, account: AccountRow, step: RecordPayment) -> str:
    """A payment of one invoice, once a key in all accounts; never more than is open."""
    owner, known = books.payments.get(step.payment_key, (account, ""))
    if owner is not account:
        raise RuleViolation(f"payment {step.payment_key!r} stands in another account")
    if known:
        _, payment = books.payment(known)
        if (payment.invoice_id, payment.paid) != (step.their_invoice_id, step.amount):
            raise RuleViolation(f"payment {step.payment_key!r} stands already, and is another")
        return known
    owner, invoice = books.invoice(step.their_invoice_id)
    if owner is not account:
        raise RuleViolation(f"invoice {step.their_invoice_id} belongs to another account")
    if step.amount > account.open_amount(invoice):
        raise RuleViolation(
            f"{step.amount} is more than the {account.open_amount(invoice)} that invoice {invoice.number} is open for"
        )
    payment = TheirPayment(
        books.new_id("payment"),
        account.account_id,
        step.payment_key,
        TheirPaymentState.SETTLED,
        step.amount,
        step.amount,
        datetime.combine(books.today, time(9), UTC),
        invoice.invoice_id,
    )
    account.payments.append(payment)
    books.payments[payment.key] = (account, payment.payment_id)
    books.owners[payment.payment_id] = account
    return payment.payment_id


def take_back(books: EngineBooks, account: AccountRow, step: TakeBackPayment) -> None:
    """A payment's money goes out again and its invoice is open again; told again, nothing more goes out."""
    owner, payment = books.payment(step.their_payment_id)
    if owner is not account:
        raise RuleViolation(f"payment {payment.payment_id} belongs to another account")
    if payment.kept:
        if step.amount != payment.kept:
            raise RuleViolation(f"payment {payment.key} keeps {payment.kept}: {step.amount} cannot be taken back")
        kept = Money.zero(account.currency)
        account.payments[account.payments.index(payment)] = evolve(payment, kept=kept)
        books.use_credit(account)


def void(books: EngineBooks, account: AccountRow, step: VoidInvoice) -> None:
    """An invoice that counts no more; refused while payments pay it, or what it gave is used, or it was repaired."""
    owner, invoice = books.invoice(step.their_invoice_id)
    if owner is not account:
        raise RuleViolation(f"invoice {invoice.number} belongs to another account")
    if invoice.status is TheirInvoiceStatus.VOID:
        return
    if account.paid(invoice.invoice_id):
        raise RuleViolation(f"payments pay invoice {invoice.number}: take them back before it is voided")
    if _is_repaired(account, invoice):
        raise RuleViolation(f"invoice {invoice.number} was repaired by a later one: void that one first")
    before, invoice.status = invoice.status, TheirInvoiceStatus.VOID
    if account.credit() < Money.zero(account.currency):
        invoice.status = before
        raise RuleViolation(f"the credit that invoice {invoice.number} made is used")
    books.use_credit(account)


def _is_repaired(account: AccountRow, invoice: InvoiceRow) -> bool:
    own = {it.item_id for it in invoice.items}
    later = (item for other in account.committed() if other is not invoice for item in other.items)
    return any(it.kind is ItemKind.REPAIR and it.linked_item_id in own for it in later)
