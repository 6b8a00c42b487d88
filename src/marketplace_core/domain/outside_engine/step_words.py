"""Steps, said to a person."""

from __future__ import annotations

from marketplace_core.domain.outside_engine.steps import (
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
)


def words_of(step: Step) -> str:
    """What the step does there, with its amount and day."""
    match step:
        case OpenAccount():
            said = f"open account {step.key}"
        case ResumeBilling():
            said = "bill the account from now on"
        case Subscribe():
            said = f"bill {step.subscription_key} from {step.starts_on} at {step.price}"
        case ChangePrice():
            said = f"bill subscription {step.subscription_id} at {step.price} from {step.since}"
        case DropPrice():
            said = f"forget the prices to come of subscription {step.subscription_id}"
        case EndSubscription():
            said = f"end subscription {step.subscription_id} on {step.ends_on}"
        case ReopenSubscription():
            said = f"let subscription {step.subscription_id} go on"
        case Charge():
            said = f"{'let ride' if step.rides else 'charge'} {step.amount}: {step.words}"
        case GiveCredit():
            said = f"give credit of {step.amount}: {step.words}"
        case RecordPayment():
            said = f"record {step.amount} paid of invoice {step.their_invoice_id}"
        case TakeBackPayment():
            how = "charge back" if step.is_chargeback else "refund"
            said = f"{how} {step.amount} of payment {step.their_payment_id}"
        case _:
            said = f"void invoice {step.their_invoice_id}"
    return said
