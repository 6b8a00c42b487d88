"""Whether a step is done there already, seen in books that were read after it was sent."""

from __future__ import annotations

from collections.abc import Iterable

from marketplace_core.domain.outside_engine.plan_account import is_half_open
from marketplace_core.domain.outside_engine.records import TheirBooks, TheirInvoiceStatus, TheirSubscription
from marketplace_core.domain.outside_engine.steps import (
    WITHOUT_KEY,
    ChangePrice,
    Charge,
    DropPrice,
    EndSubscription,
    GiveCredit,
    OpenAccount,
    RecordPayment,
    ReopenSubscription,
    ResumeBilling,
    Step,
    Subscribe,
    TakeBackPayment,
    VoidInvoice,
)


def is_safe_to_repeat(step: Step) -> bool:
    """True where the engine itself lets the step happen once: it has a key there, or sets a state.

    Charges and credits have neither, and money may go back twice for one payment.
    """
    return not isinstance(step, (*WITHOUT_KEY, TakeBackPayment))


def found_there(step: Step, theirs: TheirBooks | None) -> str | None:
    """The id there of what the step makes or changes, where it is done; None where it is not seen."""
    if theirs is None:
        return None
    match step:
        case OpenAccount():
            return None if is_half_open(theirs) else theirs.account.account_id
        case ResumeBilling():
            return None if theirs.account.is_paused else theirs.account.account_id
        case Charge() | GiveCredit():
            return _marked(theirs, step.marker)
        case RecordPayment():
            keys = ((it.key, it.payment_id) for it in theirs.payments)
            return _first(found for key, found in keys if key == step.payment_key)
        case TakeBackPayment():
            paid = (it for it in theirs.payments if it.payment_id == step.their_payment_id)
            return _first(it.payment_id for it in paid if not it.kept.is_positive)
        case VoidInvoice():
            asked = (it for it in theirs.invoices if it.invoice_id == step.their_invoice_id)
            return _first(it.invoice_id for it in asked if it.status is TheirInvoiceStatus.VOID)
        case Subscribe():
            keys = ((it.key, it.subscription_id) for it in theirs.subscriptions)
            return _first(found for key, found in keys if key == step.subscription_key)
        case ChangePrice() | DropPrice() | EndSubscription() | ReopenSubscription():
            return _changed(step, theirs.subscriptions)


def _marked(theirs: TheirBooks, marker: str) -> str | None:
    return _first(it.item_id for invoice in theirs.invoices for it in invoice.items if it.marker == marker)


def _changed(
    step: ChangePrice | DropPrice | EndSubscription | ReopenSubscription, standing: Iterable[TheirSubscription]
) -> str | None:
    """What is to come is not dated from today here: only what a subscription says now counts as seen."""
    standing_one = next((it for it in standing if it.subscription_id == step.subscription_id), None)
    return step.subscription_id if standing_one is not None and _says(standing_one, step) else None


def _says(it: TheirSubscription, step: ChangePrice | DropPrice | EndSubscription | ReopenSubscription) -> bool:
    match step:
        case ChangePrice():
            return any((price.since, price.amount) == (step.since, step.price) for price in it.prices)
        case EndSubscription():
            return it.ends_on == step.ends_on
        case ReopenSubscription():
            return it.ends_on is None
        case DropPrice():
            return len(it.prices) <= 1


def _first(found: Iterable[str]) -> str | None:
    return next(iter(found), None)
