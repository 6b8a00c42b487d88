"""What four eyes see: refunds, write-offs and reversals; and the rest of what is done with deposits."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import CreditId, InvoiceId, LeaseId, PaymentId
from marketplace_core.domain.pending_acts import ActKind, WantedAct
from marketplace_entrypoints.http.operation import Answer, Call, operation
from marketplace_entrypoints.http.resources.invoices import done
from marketplace_entrypoints.http.shapes.acts import ActList, ActShape, Asked, RefundBody, TransferBody
from marketplace_entrypoints.http.shapes.directory import Done
from marketplace_entrypoints.http.shapes.invoices import AmountBody
from marketplace_entrypoints.http.shapes.payments import ReasonBody, ReverseBody

_LEASE: Final = "/api/leases/{lease_id}"
_DEPOSIT: Final = "/api/deposits/{lease_id}"
_ACT: Final = "/api/approvals/{act_id}"
_WAITS: Final = ((HTTPStatus.ACCEPTED, Asked),)


@operation(
    "POST", _LEASE + "/refunds", Action.REFUND, answers=Asked, body=RefundBody, takes_key=True, plans=True, also=_WAITS
)
def refund_credit(call: Call[Any, RefundBody]) -> Answer:
    """Give unapplied credit of a lease back; above the limit a second person must confirm it."""
    lease = call.parts.gate.lease(call.actor, call.action, call.portfolio_id, LeaseId(call.path["lease_id"]))
    credit = CreditId(call.body.credit_id) if call.body.credit_id else None
    kind = ActKind.REFUND if credit else ActKind.REFUND_LEASE
    amount = call.body.amount.exact(lease.currency)
    wanted = WantedAct(kind, amount, call.body.day or call.today, lease.lease_id, credit_id=credit)
    return _ask(call, wanted, call.body.reason)


@operation(
    "POST",
    "/api/invoices/{invoice_id}/write-off",
    Action.WRITE_OFF,
    answers=Asked,
    body=AmountBody,
    takes_key=True,
    plans=True,
    also=_WAITS,
)
def write_off_invoice(call: Call[Any, AmountBody]) -> Answer:
    """Give up part of what is outstanding of an invoice; above the limit a second person must confirm it."""
    invoice_id = InvoiceId(call.path["invoice_id"])
    found = call.parts.gate.invoice(call.actor, call.action, call.portfolio_id, invoice_id)
    amount = call.body.amount.exact(found.currency)
    day = call.body.day or call.today
    wanted = WantedAct(ActKind.WRITE_OFF, amount, day, found.lease_id, invoice_id=found.invoice_id)
    return _ask(call, wanted, call.body.reason)


@operation(
    "POST",
    "/api/payments/{payment_id}/reverse",
    Action.REVERSE,
    answers=Asked,
    body=ReverseBody,
    takes_key=True,
    plans=True,
    also=_WAITS,
)
def reverse_payment(call: Call[Any, ReverseBody]) -> Answer:
    """Take back a payment that the provider took back; above the limit a second person must confirm it."""
    payment_id = PaymentId(call.path["payment_id"])
    found = call.parts.gate.payment(call.actor, call.action, call.portfolio_id, payment_id)
    wanted = WantedAct(ActKind.REVERSE_PAYMENT, found.amount, call.body.day, payment_id=found.payment_id)
    return _ask(call, wanted, call.body.reason)


@operation(
    "POST",
    _DEPOSIT + "/refund",
    Action.REFUND,
    answers=Asked,
    body=AmountBody,
    takes_key=True,
    plans=True,
    also=_WAITS,
)
def refund_deposit(call: Call[Any, AmountBody]) -> Answer:
    """Give part of a deposit back; above the limit a second person must confirm it."""
    lease = call.parts.gate.lease(call.actor, call.action, call.portfolio_id, LeaseId(call.path["lease_id"]))
    amount = call.body.amount.exact(lease.currency)
    wanted = WantedAct(ActKind.REFUND_DEPOSIT, amount, call.body.day or call.today, lease.lease_id)
    return _ask(call, wanted, call.body.reason)


@operation("POST", _DEPOSIT + "/deduct", Action.BILL, answers=Done, body=AmountBody, takes_key=True, plans=True)
def deduct_deposit(call: Call[Any, AmountBody]) -> Answer:
    """Take part of a deposit with a reason; it pays what is open."""
    lease = call.parts.gate.lease(call.actor, call.action, call.portfolio_id, LeaseId(call.path["lease_id"]))
    amount, day = call.body.amount.exact(lease.currency), call.body.day or call.today
    correct = call.parts.container.correct_account()
    command = call.command("deposit.deduct", call.body.reason)
    return done(call, correct.deduct_from_deposit(command, lease.lease_id, amount, day, dry_run=call.dry_run))


@operation("POST", _DEPOSIT + "/transfer", Action.BILL, answers=Done, body=TransferBody, takes_key=True, plans=True)
def transfer_deposit(call: Call[Any, TransferBody]) -> Answer:
    """Move part of a deposit to another lease."""
    gate, own = call.parts.gate, call.portfolio_id
    lease = gate.lease(call.actor, call.action, own, LeaseId(call.path["lease_id"]))
    other = gate.lease(call.actor, call.action, own, LeaseId(call.body.to_lease_id))
    amount, day = call.body.amount.exact(lease.currency), call.body.day or call.today
    correct = call.parts.container.correct_account()
    command = call.command("deposit.transfer", call.body.reason)
    moved = correct.transfer_deposit(command, lease.lease_id, other.lease_id, amount, day, dry_run=call.dry_run)
    return done(call, moved)


@operation("GET", "/api/approvals", Action.READ_MONEY, answers=ActList)
def list_approvals(call: Call[Any, Any]) -> Answer:
    """The acts that wait for a second person, as far as the caller may decide on them or asked for them."""
    found = call.parts.container.four_eyes().waiting(call.actor, call.portfolio_id, call.now)
    return Answer(ActList(tuple(ActShape.of(it) for it in found)))


@operation("POST", _ACT + "/confirm", Action.REFUND, answers=Done)
def confirm_act(call: Call[Any, Any]) -> Answer:
    """Do what another person asked for; the books name both. Confirmed again, it is done once."""
    four_eyes = call.parts.container.four_eyes()
    return done(call, four_eyes.confirm(call.actor, call.portfolio_id, call.path["act_id"], call.now))


@operation("POST", _ACT + "/refuse", Action.REFUND, answers=ActShape, body=ReasonBody)
def refuse_act(call: Call[Any, ReasonBody]) -> Answer:
    """Say no to an act, or take back what one asked for."""
    four_eyes = call.parts.container.four_eyes()
    act_id = call.path["act_id"]
    return Answer(ActShape.of(four_eyes.refuse(call.actor, call.portfolio_id, act_id, call.now, call.body.reason)))


def _ask(call: Call[Any, Any], wanted: WantedAct, reason: str) -> Answer:
    command = call.command(wanted.kind.value, reason)
    asked = call.parts.container.four_eyes().ask(call.actor, command, wanted, dry_run=call.dry_run)
    if asked.pending is not None:
        return Answer(Asked(None, ActShape.of(asked.pending)), HTTPStatus.ACCEPTED)
    recorded = asked.recorded
    told = Done(len(recorded.facts), recorded.sequence, recorded.repeated, call.dry_run) if recorded else None
    return Answer(Asked(told, None))
