"""Does steps in Kill Bill's books."""

from __future__ import annotations

from attrs import frozen
from typing_extensions import override

from marketplace_adapters.killbill import money, subscribing
from marketplace_adapters.killbill.accounts import open_account, resume_billing
from marketplace_adapters.killbill.client import Client
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.records import AccountKey
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
    VoidInvoice,
)
from marketplace_core.errors import NotFound, RuleViolation
from marketplace_core.ports.outside_engine.engine_writing import EngineWriting


@frozen
class KillBillWriting(EngineWriting):
    """Writes to one tenant."""

    client: Client

    @override
    def perform(self, key: AccountKey, account_id: str, step: Step) -> str:
        self.require_holds(step)
        _require_something(step)
        try:
            return self._perform(account_id, step)
        except NotFound as problem:
            raise RuleViolation(f"{problem}: nothing was done; read its books again") from problem

    @override
    def require_holds(self, step: Step) -> None:
        amount = _amount_of(step)
        if amount is not None and not self.client.server.holds(amount):
            raise RuleViolation(
                f"{amount} is more than Kill Bill holds (killbill.most_amount is {self.client.server.most_amount}):"
                " widen its columns to numeric(24,9), then raise the setting"
            )

    def _perform(self, account_id: str, step: Step) -> str:
        match step:
            case OpenAccount():
                return open_account(self.client, step)
            case Subscribe():
                return subscribing.subscribe(self.client, account_id, step)
            case Charge():
                return money.charge(self.client, account_id, step)
            case GiveCredit():
                return money.give_credit(self.client, account_id, step)
            case RecordPayment():
                return money.record_payment(self.client, account_id, step)
            case TakeBackPayment():
                return money.take_back(self.client, account_id, step)
            case VoidInvoice():
                money.void(self.client, account_id, step)
            case ResumeBilling():
                resume_billing(self.client, account_id, step)
            case _:
                _change(self.client, step)
        return ""


def _require_something(step: Step) -> None:
    """Refuse nothing and less than nothing: Kill Bill makes an invoice of nothing, and says well to such a payment."""
    amount = _amount_of(step)
    least = 0 if isinstance(step, Subscribe | ChangePrice) else 1
    if amount is not None and amount.amount_minor < least:
        raise RuleViolation(f"{amount} is no amount to send to Kill Bill")


def _change(client: Client, step: ChangePrice | DropPrice | EndSubscription | ReopenSubscription) -> None:
    match step:
        case ChangePrice():
            subscribing.change_price(client, step)
        case DropPrice():
            subscribing.drop_price(client, step)
        case EndSubscription():
            subscribing.end_subscription(client, step)
        case ReopenSubscription():
            subscribing.reopen(client, step)


def _amount_of(step: Step) -> Money | None:
    match step:
        case Subscribe() | ChangePrice():
            return step.price
        case Charge() | GiveCredit() | RecordPayment() | TakeBackPayment():
            return step.amount
        case _:
            return None
