"""Subscriptions: what bills a recurring charge, its price from a day on, its end; looked at before and after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from marketplace_adapters.killbill import calls
from marketplace_adapters.killbill.accounts import require_priced, tag
from marketplace_adapters.killbill.answers import Answer, Fields
from marketplace_adapters.killbill.calls import path
from marketplace_adapters.killbill.client import Client
from marketplace_adapters.killbill.errors import is_known
from marketplace_adapters.killbill.keyed import once_by_key
from marketplace_adapters.killbill.records import subscription_of
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.outside_engine.records import TheirSubscription
from marketplace_core.domain.outside_engine.steps import (
    ChangePrice,
    DropPrice,
    EndSubscription,
    ReopenSubscription,
    Subscribe,
)
from marketplace_core.errors import NotFound, PartnerUnavailable, RuleViolation

_ANY: Final = Currency("XXX")
"""Where days are read and no amounts are compared."""
_WAITS: Final = 0.4
"""The part of a call's time that Kill Bill may wait for what it bills at once."""


def subscribe(client: Client, account_id: str, step: Subscribe) -> str:
    """The subscription's id; one that stands there already must bill the same."""
    require_priced(client, step.price.currency.code)
    tag(client, account_id)
    body = {
        "accountId": account_id,
        "bundleExternalKey": step.subscription_key,
        "externalKey": step.subscription_key,
        **_priced(client, step.price),
    }
    found = once_by_key(
        client,
        lambda: client.send(
            "POST",
            "/subscriptions",
            body,
            entitlementDate=step.starts_on,
            billingDate=step.starts_on,
            **_completion(client),
        ),
        lambda: calls.subscription_by_key(client, step.subscription_key),
    )
    return found if isinstance(found, str) else _same(found, account_id, step)


def change_price(client: Client, step: ChangePrice) -> None:
    """Another price from a day on; prices that were to come after that day are forgotten by Kill Bill."""
    require_priced(client, step.price.currency.code)
    currency = step.price.currency
    if _begins(_read(client, step.subscription_id, currency), step.since, step.price):
        return
    _done(
        client,
        client.send(
            "PUT",
            path("subscriptions", step.subscription_id),
            _priced(client, step.price),
            requestedDate=step.since,
            **_completion(client),
        ),
    )
    if not _begins(_read(client, step.subscription_id, currency), step.since, step.price):
        raise PartnerUnavailable(
            f"Kill Bill took the price {step.price} from {step.since} on and does not show it: unclear whether it holds"
        )


def drop_price(client: Client, step: DropPrice) -> None:
    """Every price to come is forgotten; where none is, nothing is done."""
    answer = client.send("PUT", path("subscriptions", step.subscription_id, "undoChangePlan"))
    if not is_known(answer):
        _done(client, answer)


def end_subscription(client: Client, step: EndSubscription) -> None:
    """Billed up to but without a day. An end that is set already does not move: it must be taken away first."""
    before = _read(client, step.subscription_id, _ANY).ends_on
    if before == step.ends_on:
        return
    if before is not None:
        raise RuleViolation(
            f"the subscription ends on {before} in Kill Bill already, and would not move to {step.ends_on}: reopen it"
        )
    _done(
        client,
        client.send(
            "DELETE",
            path("subscriptions", step.subscription_id),
            requestedDate=step.ends_on,
            useRequestedDateForBilling=True,
            **_completion(client),
        ),
    )
    after = _read(client, step.subscription_id, _ANY).ends_on
    if after != step.ends_on:
        raise PartnerUnavailable(
            f"Kill Bill took the end {step.ends_on} and shows {after}: unclear whether it was done"
        )


def reopen(client: Client, step: ReopenSubscription) -> None:
    """An end that is to come is forgotten; one that has come cannot be."""
    answer = client.send("PUT", path("subscriptions", step.subscription_id, "uncancel"))
    if answer.is_well:
        return
    if is_known(answer) and _read(client, step.subscription_id, _ANY).ends_on is None:
        return
    _done(client, answer)


def _done(client: Client, answer: Answer) -> None:
    try:
        client.well(answer)
    except NotFound as problem:
        raise RuleViolation(str(problem)) from problem


def _read(client: Client, subscription_id: str, currency: Currency) -> TheirSubscription:
    return subscription_of(calls.subscription_by_id(client, subscription_id), currency)


def _begins(found: TheirSubscription, since: date, price: Money) -> bool:
    """True where that price holds from that day on: by itself, or because the one before is the same."""
    holding = [it for it in found.prices if it.since <= since]
    return bool(holding) and holding[-1].amount == price


def _priced(client: Client, price: Money) -> Mapping[str, object]:
    plan = client.server.plan_name
    override = {"planName": plan, "phaseType": "EVERGREEN", "recurringPrice": price.plain()}
    return {"planName": plan, "priceOverrides": [override]}


def _completion(client: Client) -> Mapping[str, object]:
    """Wait until what falls due by it is billed, so that the next reading shows it."""
    return {"callCompletion": True, "callTimeoutSec": max(1, int(client.server.timeout_seconds * _WAITS))}


def _same(said: Fields, account_id: str, step: Subscribe) -> str:
    found = subscription_of(said, step.price.currency)
    first = found.prices[0].amount if found.prices else None
    if said.text("accountId") != account_id or (found.starts_on, first) != (step.starts_on, step.price):
        raise RuleViolation(
            f"Kill Bill's subscription {step.subscription_key} bills {first} from {found.starts_on} on, and not"
            f" {step.price} from {step.starts_on} on, or on another account: a person must look"
        )
    if found.ends_on is not None:
        raise RuleViolation(
            f"Kill Bill's subscription {step.subscription_key} ends on {found.ends_on}: its key cannot be used again"
        )
    return found.subscription_id
