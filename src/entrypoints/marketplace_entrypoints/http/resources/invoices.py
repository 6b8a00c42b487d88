"""Invoices, credit notes, billing runs and late fees."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from marketplace_core.domain.access import Action
from marketplace_core.domain.days import parse_month
from marketplace_core.domain.identifiers import InvoiceId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.money import total
from marketplace_core.domain.register import CREDIT_NOTES, INVOICES
from marketplace_core.ports.books import Recorded
from marketplace_entrypoints.billing_month import bill_month as bill_month_of
from marketplace_entrypoints.http.operation import Answer, Call, operation
from marketplace_entrypoints.http.paging import page_answer, page_query
from marketplace_entrypoints.http.shapes.directory import Done
from marketplace_entrypoints.http.shapes.invoices import (
    AmountBody,
    BillBody,
    BillingRunShape,
    CreditNotePage,
    CreditNoteShape,
    FeeShape,
    InvoicePage,
    InvoiceShape,
    LateFeesBody,
    LateFeesShape,
    VoidBody,
)
from marketplace_entrypoints.http.shapes.money import Money

_ONE: Final = "/api/invoices/{invoice_id}"


@operation(
    "GET", "/api/invoices", Action.READ_MONEY, answers=InvoicePage, query=page_query(INVOICES), further=("text/csv",)
)
def list_invoices(call: Call[Any, Any]) -> Answer:
    """Invoices, a page at a time, or all as CSV."""
    return page_answer(call, INVOICES, InvoiceShape.of, InvoicePage)


@operation("GET", _ONE, Action.READ_MONEY, answers=InvoiceShape)
def read_invoice(call: Call[Any, Any]) -> Answer:
    """An invoice with its lines and what of it is open."""
    return Answer(InvoiceShape.of(call.parts.ports.one(call.reach, INVOICES, call.path["invoice_id"])))


@operation("POST", _ONE + "/void", Action.BILL, answers=Done, body=VoidBody, takes_key=True, plans=True)
def void_invoice(call: Call[Any, VoidBody]) -> Answer:
    """Void an invoice from a day on; its number is kept, and what paid it is free again."""
    found = _invoice(call)
    day = call.body.day or max(call.today, found.issue_date)
    command = call.command("invoice.void", call.body.reason)
    correct = call.parts.container.correct_account()
    return done(call, correct.void_invoice(command, found.lease_id, found.invoice_id, day, dry_run=call.dry_run))


@operation("POST", _ONE + "/credit", Action.BILL, answers=Done, body=AmountBody, takes_key=True, plans=True)
def credit_invoice(call: Call[Any, AmountBody]) -> Answer:
    """Take back part of an invoice by a credit note, or all."""
    found = _invoice(call)
    amount = call.body.amount.exact(found.currency)
    command = call.command("invoice.credit", call.body.reason)
    correct = call.parts.container.correct_account()
    recorded = correct.credit_invoice(
        command, found.lease_id, found.invoice_id, amount, call.body.day or call.today, dry_run=call.dry_run
    )
    return done(call, recorded)


@operation("GET", "/api/credit-notes", Action.READ_MONEY, answers=CreditNotePage, query=page_query(CREDIT_NOTES))
def list_credit_notes(call: Call[Any, Any]) -> Answer:
    """Credit notes, a page at a time."""
    return page_answer(call, CREDIT_NOTES, CreditNoteShape.of, CreditNotePage)


@operation(
    "POST",
    "/api/billing-runs",
    Action.BILL,
    answers=BillingRunShape,
    body=BillBody,
    takes_key=True,
    plans=True,
    limit="runs",
)
def bill_month(call: Call[Any, BillBody]) -> Answer:
    """Bill every lease of the portfolio for a month; a second time makes nothing."""
    call.reach.require_whole()
    window = parse_month(call.body.month)
    parts = call.parts
    run = bill_month_of(parts.books, parts.container, call.command("bill"), window, dry_run=call.dry_run)
    return Answer(BillingRunShape.of(call.body.month, run, dry_run=call.dry_run))


@operation(
    "POST",
    "/api/late-fees",
    Action.BILL,
    answers=LateFeesShape,
    body=LateFeesBody,
    takes_key=True,
    plans=True,
    limit="runs",
)
def charge_late_fees(call: Call[Any, LateFeesBody]) -> Answer:
    """Charge the late fees that are due by a day."""
    call.reach.require_whole()
    charge = call.parts.container.charge_late_fees()
    found = charge(call.command("late_fees"), call.body.as_of or call.today, dry_run=call.dry_run)
    amount = total((it.amount for it in found), call.portfolio.currency)
    return Answer(LateFeesShape(tuple(FeeShape.of(it) for it in found), Money.of(amount), call.dry_run))


def done(call: Call[Any, Any], recorded: Recorded, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """What a command wrote, in a word."""
    return Answer(Done(len(recorded.facts), recorded.sequence, recorded.repeated, call.dry_run), status)


def _invoice(call: Call[Any, Any]) -> Invoice:
    invoice_id = InvoiceId(call.path["invoice_id"])
    return call.parts.gate.invoice(call.actor, call.action, call.portfolio_id, invoice_id)
