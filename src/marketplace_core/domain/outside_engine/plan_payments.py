"""Money received here that is still to be recorded there: a slice an invoice, the rest as credit; and taken back."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from attrs import frozen

from marketplace_core.domain.credit import Credit, never_counted
from marketplace_core.domain.identifiers import InvoiceId
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.markers import payment_key
from marketplace_core.domain.outside_engine.own_papers import awaits_theirs, own_payment_credits
from marketplace_core.domain.outside_engine.records import TheirInvoiceStatus, TheirPaymentState
from marketplace_core.domain.outside_engine.sight import Sight, kept_minor
from marketplace_core.domain.outside_engine.steps import Charge, GiveCredit, RecordPayment, TakeBackPayment


@frozen
class PaymentSteps:
    """Slices are sent before credit is given: credit pays what is open, and then a slice would be too much."""

    slices: tuple[RecordPayment, ...]
    rests: tuple[GiveCredit, ...]
    taken_back: tuple[TakeBackPayment, ...]
    ended: tuple[Charge, ...]


def plan_payments(sight: Sight) -> PaymentSteps:
    """What is missing of every payment's credit, the oldest first."""
    open_there = {
        it.invoice_id: it.balance.amount_minor
        for it in sight.theirs.invoices
        if it.status is TheirInvoiceStatus.COMMITTED
    }
    slices: list[RecordPayment] = []
    rests: list[GiveCredit] = []
    taken_back: list[TakeBackPayment] = []
    ended: list[Charge] = []
    for credit in sorted(own_payment_credits(sight), key=lambda it: (it.value_date, it.order_key, it.credit_id)):
        if credit.ended_on is not None:
            taken_back.extend(_taken_back(sight, credit))
            ended.extend(_rest_ended(sight, credit))
        elif not _awaits_an_invoice(sight, credit):
            for step in _missing(sight, credit, open_there):
                if isinstance(step, RecordPayment):
                    slices.append(step)
                else:
                    rests.append(step)
    return PaymentSteps(tuple(slices), tuple(rests), tuple(taken_back), tuple(ended))


def _missing(
    sight: Sight, credit: Credit, open_there: MutableMapping[str, int]
) -> Iterator[RecordPayment | GiveCredit]:
    rest = sight.marker("rest", credit.credit_id, sight.next_turn("rest", credit.credit_id))
    if rest in sight.sent.unsettled:
        yield _given(credit, rest, sight.sent.unsettled[rest])
        return
    left = credit.amount.amount_minor - _sent_minor(sight, credit)
    for invoice_id, wanted in _pays(sight, credit).items():
        invoice = sight.invoice_of(invoice_id)
        if invoice is None:
            continue
        there = [it for it in sight.slices.get(credit.credit_id, ()) if it.invoice_id == invoice.invoice_id]
        paid = sum(kept_minor(sight, it) for it in there)
        minor = min(wanted - paid, open_there.get(invoice.invoice_id, 0), left)
        if minor > 0:
            left -= minor
            open_there[invoice.invoice_id] -= minor
            key = payment_key(credit.credit_id, invoice.invoice_id, len(there))
            amount = Money(minor, credit.amount.currency)
            yield RecordPayment(sight.marker("pay", key), key, invoice.invoice_id, amount, credit.value_date)
    if left > 0 and not _was_lost(sight, credit):
        yield _given(credit, rest, Money(left, credit.amount.currency))


def _given(credit: Credit, marker: str, amount: Money) -> GiveCredit:
    words = f"Payment {credit.order_key} of {credit.value_date}, not for an invoice yet"
    return GiveCredit(marker, amount, credit.value_date, words)


def _sent_minor(sight: Sight, credit: Credit) -> int:
    """What was recorded of a credit, as we left it: what was undone there by hand is told and not sent again."""
    minor = sum(kept_minor(sight, it) for it in sight.slices.get(credit.credit_id, ()))
    markers = {it.item.marker: it.minor for it in sight.placed("rest", credit.credit_id)}
    return minor + sum(markers.values())


def _was_lost(sight: Sight, credit: Credit) -> bool:
    """True where the rest was given and is not there any more."""
    marker = sight.marker("rest", credit.credit_id)
    return marker in sight.sent.done and marker not in sight.by_marker


def _pays(sight: Sight, credit: Credit) -> dict[InvoiceId, int]:
    """What a credit pays by our books at the end of all days, in the order in which it does."""
    pays: dict[InvoiceId, int] = {}
    standing = (it for it in sight.account.standing_allocations() if it.credit_id == credit.credit_id)
    for it in sorted(standing, key=lambda it: (it.value_date, it.invoice_id)):
        if it.ended_on is None:
            pays[it.invoice_id] = pays.get(it.invoice_id, 0) + it.amount.amount_minor
    return pays


def _awaits_an_invoice(sight: Sight, credit: Credit) -> bool:
    """True while an invoice that it pays is only about to be asked for there."""
    return any(_is_about_to_be_asked_for(sight, invoice_id) for invoice_id in _pays(sight, credit))


def _is_about_to_be_asked_for(sight: Sight, invoice_id: InvoiceId) -> bool:
    if invoice_id in sight.ingested or sight.knows("charge", invoice_id):
        return False
    if sight.marker("charge", invoice_id) in sight.sent.refused:
        return False
    return not awaits_theirs(sight, sight.account.invoice(invoice_id))


def _taken_back(sight: Sight, credit: Credit) -> Iterator[TakeBackPayment]:
    """Each slice whole: a chargeback where the provider took the money back, a refund where it never was theirs.

    One that was taken back and is kept all the same, as after a restored backup there, is told and repaired.
    """
    for it in sight.slices.get(credit.credit_id, ()):
        marker = sight.marker("take-back", it.payment_id)
        if it.kept.is_positive and it.state is TheirPaymentState.SETTLED and marker not in sight.sent.done:
            yield TakeBackPayment(marker, it.payment_id, it.kept, is_chargeback=not never_counted(credit))


def _rest_ended(sight: Sight, credit: Credit) -> Iterator[Charge]:
    given = sight.standing("rest", credit.credit_id)
    if given and not sight.knows("end", credit.credit_id):
        words = f"Payment {credit.order_key} was taken back on {credit.ended_on}"
        amount = Money(given, credit.amount.currency)
        yield Charge(sight.marker("end", credit.credit_id), amount, credit.ended_on or credit.value_date, words)
