"""Payments, receipts and what of them goes where."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import CollectionAccountId, PaymentId, ReceiptId
from marketplace_core.domain.money import Money as Exact
from marketplace_core.domain.payment import Payer
from marketplace_core.domain.register import PAYMENTS, RECEIPTS
from marketplace_entrypoints.http.operation import PDF, Answer, Call, operation
from marketplace_entrypoints.http.paging import page_answer, page_query
from marketplace_entrypoints.http.resources.invoices import done
from marketplace_entrypoints.http.resources.reconciliation import slices_in_reach
from marketplace_entrypoints.http.shapes.directory import Done
from marketplace_entrypoints.http.shapes.money import Money
from marketplace_entrypoints.http.shapes.payments import (
    MatchBody,
    MatchList,
    MatchShape,
    PaymentBody,
    PaymentPage,
    PaymentRecorded,
    PaymentShape,
    ReceiptPage,
    ReceiptShape,
    SliceShape,
)

_ONE: Final = "/api/payments/{payment_id}"


@operation(
    "GET", "/api/payments", Action.READ_MONEY, answers=PaymentPage, query=page_query(PAYMENTS), further=("text/csv",)
)
def list_payments(call: Call[Any, Any]) -> Answer:
    """Payments, a page at a time, or all as CSV."""
    return page_answer(call, PAYMENTS, PaymentShape.of, PaymentPage)


@operation("GET", _ONE, Action.READ_MONEY, answers=PaymentShape)
def read_payment(call: Call[Any, Any]) -> Answer:
    """A payment and where it went."""
    return Answer(PaymentShape.of(call.parts.ports.one(call.reach, PAYMENTS, call.path["payment_id"])))


@operation(
    "POST",
    "/api/payments",
    Action.RECORD_PAYMENT,
    answers=PaymentRecorded,
    body=PaymentBody,
    status=HTTPStatus.CREATED,
    takes_key=True,
    plans=True,
)
def record_payment(call: Call[Any, PaymentBody]) -> Answer:
    """Record a payment in cash; what a statement or callback tells comes by those instead."""
    call.reach.require_whole()
    body, record = call.body, call.parts.container.record_cash()
    box = record.box(call.portfolio_id, CollectionAccountId(body.collection_account_id), body.day, call.now)
    amount = body.amount.exact(box.account.currency)
    report = box.report(amount, body.receipt, body.reference, Payer(body.payer_name, body.payer_phone))
    done = record(call.command("payments.record"), box, report, dry_run=call.dry_run)
    told = PaymentRecorded(
        report.payment_id, report.transaction_id, Money.of(amount), done.is_known, bool(done.outcome.held), call.dry_run
    )
    return Answer(told, HTTPStatus.CREATED)


@operation("POST", _ONE + "/matches", Action.RECONCILE, answers=Done, body=MatchBody, takes_key=True, plans=True)
def match_payment(call: Call[Any, MatchBody]) -> Answer:
    """Give a payment to leases by hand; what the case teaches counts for later ones."""
    found = call.parts.gate.payment(call.actor, call.action, call.portfolio_id, PaymentId(call.path["payment_id"]))
    currency = found.amount.currency
    slices = slices_in_reach(call, call.body.slices, currency)
    decide = call.parts.container.decide_match()
    command = call.command("match.decide", call.body.reason)
    return done(call, decide(command, found.payment_id, slices, dry_run=call.dry_run))


@operation("GET", _ONE + "/matches", Action.RECONCILE, answers=MatchList)
def list_matches(call: Call[Any, Any]) -> Answer:
    """Every match of a payment with its certificate, in the order they were made."""
    found = call.parts.gate.payment(call.actor, call.action, call.portfolio_id, PaymentId(call.path["payment_id"]))
    currency = found.amount.currency
    standing = call.parts.ports.payment(call.portfolio_id, found.payment_id)
    return Answer(
        MatchList(
            tuple(
                MatchShape(
                    it.match_id,
                    it.payment_id,
                    Money.of(Exact(it.amount_minor, currency)),
                    tuple(SliceShape.of(part) for part in it.slices),
                    it.decided_by,
                    it.undone_at is not None,
                    it.certificate,
                    it.certificate_digest,
                )
                for it in standing.matches
            )
        )
    )


@operation(
    "GET", "/api/receipts", Action.READ_MONEY, answers=ReceiptPage, query=page_query(RECEIPTS), further=("text/csv",)
)
def list_receipts(call: Call[Any, Any]) -> Answer:
    """Receipts, a page at a time, or all as CSV."""
    return page_answer(call, RECEIPTS, ReceiptShape.of, ReceiptPage)


@operation("GET", "/api/receipts/{receipt_id}", Action.READ_MONEY, answers=ReceiptShape)
def read_receipt(call: Call[Any, Any]) -> Answer:
    """A receipt."""
    return Answer(ReceiptShape.of(call.parts.ports.one(call.reach, RECEIPTS, call.path["receipt_id"])))


@operation("GET", "/api/receipts/{receipt_id}/pdf", Action.READ_MONEY, answers=None, further=(PDF,), limit="papers")
def print_receipt(call: Call[Any, Any]) -> Answer:
    """A receipt as PDF."""
    paper = call.parts.container.papers().receipt(call.reach, ReceiptId(call.path["receipt_id"]), call.today)
    return Answer(call.parts.documents.receipt(paper), content_type=PDF)
