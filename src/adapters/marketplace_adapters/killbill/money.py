"""Charges, credits, payments and what takes them back."""

from __future__ import annotations

from http import HTTPStatus

from marketplace_adapters.killbill import calls
from marketplace_adapters.killbill.accounts import tag
from marketplace_adapters.killbill.answers import Answer, Fields
from marketplace_adapters.killbill.calls import path
from marketplace_adapters.killbill.client import Client
from marketplace_adapters.killbill.errors import is_known, is_no_draft
from marketplace_adapters.killbill.keyed import once_by_key
from marketplace_adapters.killbill.records import account_of, invoice_of, payment_of
from marketplace_core.domain.money import Money, total
from marketplace_core.domain.outside_engine.markers import marked
from marketplace_core.domain.outside_engine.records import ItemKind, TheirInvoiceStatus, TheirPaymentState
from marketplace_core.domain.outside_engine.steps import Charge, GiveCredit, RecordPayment, TakeBackPayment, VoidInvoice
from marketplace_core.errors import PartnerUnavailable, RuleViolation


def charge(client: Client, account_id: str, step: Charge) -> str:
    """The item's id. Sent once, never again from here: Kill Bill would charge twice.

    Only one draft becomes part of an invoice: what rides goes onto the draft that waits, where one does.
    """
    row = {
        "accountId": account_id,
        "amount": step.amount.plain(),
        "currency": step.amount.currency.code,
        "description": marked(step.words, step.marker),
    }
    address = path("invoices", "charges", account_id)
    if step.rides:
        tag(client, account_id)
        draft = _draft(client, account_id)
        if draft:
            onto = [{**row, "invoiceId": draft}]
            answer = client.send("POST", address, onto, autoCommit=False, requestedDate=step.on)
            if not is_no_draft(answer):
                return _made(client.well(answer), step.marker, step.amount)
    answer = client.done("POST", address, [row], autoCommit=not step.rides, requestedDate=step.on)
    return _made(answer, step.marker, step.amount)


def give_credit(client: Client, account_id: str, step: GiveCredit) -> str:
    """The item's id. Sent once, never again from here. Kill Bill dates it today, whatever day is asked for."""
    row = {
        "accountId": account_id,
        "amount": step.amount.plain(),
        "currency": step.amount.currency.code,
        "description": marked(step.words, step.marker),
    }
    return _made(client.done("POST", "/credits", [row], autoCommit=True), step.marker, step.amount)


def record_payment(client: Client, account_id: str, step: RecordPayment) -> str:
    """The payment's id, once it is seen that it stands there as it was meant.

    Kill Bill would record another currency's amount as one of the account's, and pay another account's invoice.
    """
    said = client.well(client.get(path("invoices", step.their_invoice_id))).fields()
    if said.text("accountId") != account_id or said.words("currency") != step.amount.currency.code:
        raise RuleViolation(
            f"Kill Bill's invoice {step.their_invoice_id} is another account's, or not of {step.amount.currency.code}"
        )
    body = {
        "accountId": account_id,
        "targetInvoiceId": step.their_invoice_id,
        "purchasedAmount": step.amount.plain(),
        "currency": step.amount.currency.code,
        "paymentExternalKey": step.payment_key,
    }
    address = path("invoices", step.their_invoice_id, "payments")

    def send() -> Answer:
        answer = client.send("POST", address, body, externalPayment=True)
        if answer.status == HTTPStatus.NO_CONTENT:
            raise RuleViolation(
                f"Kill Bill made no payment of {step.amount}: its invoice {step.their_invoice_id} is paid, void or a"
                " draft"
            )
        return answer

    found = once_by_key(client, send, lambda: calls.payment_by_key(client, step.payment_key))
    return _same(calls.payment_by_id(client, found) if isinstance(found, str) else found, account_id, step)


def take_back(client: Client, account_id: str, step: TakeBackPayment) -> str:
    """The payment's id. A refund carries the marker as its key; a chargeback has none, and is looked at before."""
    payment = payment_of(calls.payment_by_id(client, step.their_payment_id))
    if payment.account_id != account_id:
        raise RuleViolation(f"Kill Bill's payment {step.their_payment_id} is another account's")
    if payment.state is TheirPaymentState.UNSETTLED:
        raise RuleViolation(f"Kill Bill's payment {step.their_payment_id} is neither paid nor unpaid yet: wait for it")
    if not payment.kept:
        return payment.payment_id
    if payment.kept != step.amount:
        raise RuleViolation(
            f"Kill Bill's payment {step.their_payment_id} keeps {payment.kept}: {step.amount} cannot be taken back"
        )
    body = {
        "amount": step.amount.plain(),
        "currency": step.amount.currency.code,
        "transactionExternalKey": step.marker,
    }
    kind = "chargebacks" if step.is_chargeback else "refunds"
    answer = client.send("POST", path("invoicePayments", step.their_payment_id, kind), body)
    if not is_known(answer):
        client.well(answer)
    after = payment_of(calls.payment_by_id(client, step.their_payment_id))
    if after.kept:
        raise PartnerUnavailable(
            f"Kill Bill's payment {step.their_payment_id} still keeps {after.kept}: unclear whether it was taken back"
        )
    return payment.payment_id


def void(client: Client, account_id: str, step: VoidInvoice) -> None:
    """The invoice counts no more. Kill Bill would also void one whose credit is used, and owe less than nothing."""
    said = client.well(client.get(path("invoices", step.their_invoice_id))).fields()
    invoice = invoice_of(said, {})
    if invoice.account_id != account_id:
        raise RuleViolation(f"Kill Bill's invoice {step.their_invoice_id} is another account's")
    if invoice.status is TheirInvoiceStatus.VOID:
        return
    currency = invoice.amount.currency
    made = total((it.amount for it in invoice.items if it.kind is ItemKind.CREDIT_MOVED), currency)
    if made.is_positive and made > _credit(client, account_id, Money.zero(currency)):
        raise RuleViolation(f"the credit of Kill Bill's invoice {invoice.number} is used: charge it back instead")
    answer = client.send("PUT", path("invoices", step.their_invoice_id, "voidInvoice"))
    if not is_known(answer):
        client.well(answer)


def _credit(client: Client, account_id: str, none: Money) -> Money:
    account = calls.account_by_id(client, account_id)
    return none if account is None else account_of(account).credit


def _draft(client: Client, account_id: str) -> str:
    drafts = [it for it in calls.invoices_of(client, account_id) if it.text("status") == "DRAFT"]
    return drafts[0].text("invoiceId") if drafts else ""


def _made(answer: Answer, marker: str, amount: Money) -> str:
    """The id of the item with our marker; where it is not there as it was meant, nobody knows what was done."""
    for row in answer.rows():
        if f"[{marker}]" in row.words("description"):
            said = row.money("amount", amount.currency)
            if said == amount and row.words("currency") == amount.currency.code:
                return row.text("invoiceItemId")
            raise PartnerUnavailable(f"Kill Bill made {said} of {amount} by {answer.call}: a person must look")
    raise PartnerUnavailable(f"Kill Bill does not show what {answer.call} made: unclear whether it was done")


def _same(said: Fields, account_id: str, step: RecordPayment) -> str:
    found = payment_of(said)
    if (found.account_id, found.invoice_id, found.paid) != (account_id, step.their_invoice_id, step.amount):
        raise RuleViolation(
            f"Kill Bill's payment {step.payment_key} is {found.paid} of invoice {found.invoice_id}, and not"
            f" {step.amount} of invoice {step.their_invoice_id}: a person must look"
        )
    return found.payment_id
