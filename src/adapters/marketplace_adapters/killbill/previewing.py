"""What would be billed: Kill Bill's dry runs, one for each day on which something falls due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from marketplace_adapters.killbill import calls
from marketplace_adapters.killbill.answers import Fields
from marketplace_adapters.killbill.client import Client
from marketplace_adapters.killbill.records import billed_until, currency_of, invoice_of, item_of, subscription_of
from marketplace_core.domain.days import billing_period_containing
from marketplace_core.domain.outside_engine.records import ItemKind, TheirItem, TheirSubscription
from marketplace_core.errors import NotFound

_SHOWN: Final = frozenset({ItemKind.RECURRING, ItemKind.REPAIR})


def preview(client: Client, account_id: str, until: date) -> tuple[TheirItem, ...]:
    """The recurring items, and repairs of such, that runs up to and with a day would make, in order of their days.

    A dry run for a day shows only what the last run up to that day would bill: each day is asked for by itself.
    """
    account = calls.account_by_id(client, account_id)
    if account is None:
        raise NotFound(f"Kill Bill knows no account {account_id[:40]!r}")
    said = calls.subscriptions_of(client, account_id)
    keys = {it.text("subscriptionId"): it.words("externalKey") for it in said}
    currency = currency_of(account)
    billed = billed_until(invoice_of(it, keys) for it in calls.invoices_of(client, account_id))
    days = {
        day
        for it in said
        for day in due_days(subscription_of(it, currency, billed.get(it.words("externalKey"))), until)
    }
    found: dict[object, TheirItem] = {}
    for day in sorted(days):
        for row in _dry_run(client, account_id, day):
            item = item_of(row, currency, keys)
            if item.kind in _SHOWN:
                found.setdefault((item.kind, row.words("subscriptionId"), item.span, item.amount), item)
    return tuple(found.values())


def _dry_run(client: Client, account_id: str, day: date) -> list[Fields]:
    answer = client.ask("/invoices/dryRun", {"dryRunType": "TARGET_DATE"}, accountId=account_id, targetDate=day)
    client.well(answer)
    return answer.fields().rows("items") if answer.text else []


def due_days(subscription: TheirSubscription, until: date) -> Iterator[date]:
    """Days on which the subscription is billed or repaired: its start, each billing day, a new price, its end."""
    first = max(subscription.starts_on, subscription.billed_until or subscription.starts_on)
    last = until if subscription.ends_on is None else min(until, subscription.ends_on)
    changes = [it.since for it in subscription.prices[1:]]
    ends = [subscription.ends_on] if subscription.ends_on is not None else []
    yield from (day for day in (*changes, *ends) if day <= until)
    day = first
    while day <= last:
        yield day
        day = billing_period_containing(day, subscription.billing_day).end
