"""What the fake engine bills by itself: in advance, by days of the billing period, and repaired where it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from attrs import frozen

from marketplace_core.domain.days import DateSpan, billing_period_containing
from marketplace_core.domain.lease import Proration
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.records import ItemKind, TheirItem
from marketplace_core.domain.proration import Part, prorate
from marketplace_core.testing.outside_engine.rows import AccountRow, SubscriptionRow


@frozen
class Repair:
    """Days of an item that are taken back, and what they cost."""

    item: TheirItem
    span: DateSpan
    amount: Money


def due_days(subscription: SubscriptionRow, day: date) -> bool:
    """True where the engine looks at a subscription by itself: it begins, changes, ends, or a period begins."""
    if day < subscription.starts_on:
        return False
    ends_on = subscription.ends_on
    if day in {subscription.starts_on, ends_on, *(it.since for it in subscription.prices)}:
        return True
    return (ends_on is None or day < ends_on) and billing_period_containing(day, subscription.billing_day).start == day


def wanted(subscription: SubscriptionRow, target: date) -> Iterator[Part]:
    """What should stand billed on a day: every period that has begun, each price for its own days."""
    ends = [*(it.since for it in subscription.prices[1:]), subscription.ends_on]
    for price, end in zip(subscription.prices, ends, strict=True):
        stop = min((it for it in (end, subscription.ends_on) if it is not None), default=None)
        day = price.since
        while day <= target and (stop is None or day < stop):
            period = billing_period_containing(day, subscription.billing_day)
            span = DateSpan(day, period.end if stop is None else min(period.end, stop))
            yield prorate(period, [(span, price.amount)], Proration.KILLBILL_FACTOR)[0]
            day = span.end


def standing(account: AccountRow, subscription_key: str) -> list[tuple[TheirItem, DateSpan]]:
    """What stands billed of a subscription, and was not taken back: items and their days."""
    items = [it for invoice in account.committed() for it in invoice.items]
    return [
        (item, left)
        for item in items
        if item.kind is ItemKind.RECURRING and item.subscription_key == subscription_key and item.span is not None
        for left in without(item.span, _repaired(items, item.item_id))
    ]


def missing(account: AccountRow, subscription: SubscriptionRow, target: date) -> tuple[list[Repair], list[Part]]:
    """What must be taken back and what billed so that a subscription stands as it should on a day."""
    stands = standing(account, subscription.key)
    parts = [it for it in wanted(subscription, target) if it.amount]
    repairs = [
        Repair(item, span, -_share(account, item, span))
        for item, stood in stands
        for span in without(stood, [it.span for it in parts if it.rate == account.rates[item.item_id]])
    ]
    taken = [(it.item.item_id, it.span) for it in repairs]
    kept = [left for item, span in stands for left in without(span, [it for key, it in taken if key == item.item_id])]
    new = [
        Part(span, part.rate, part.amount if span == part.span else _of_days(part.amount, span, part.span))
        for part in parts
        for span in without(part.span, kept)
    ]
    return [it for it in repairs if it.amount], new


def without(span: DateSpan, others: Iterable[DateSpan]) -> list[DateSpan]:
    """The days of a span that are in no other."""
    left = [span]
    for other in others:
        left = [
            piece
            for it in left
            for piece in (it.intersection(it.start, other.start), it.intersection(other.end, None))
            if piece is not None
        ]
    return left


def _repaired(items: Iterable[TheirItem], item_id: str) -> list[DateSpan]:
    return [it.span for it in items if it.kind is ItemKind.REPAIR and it.linked_item_id == item_id and it.span]


def _share(account: AccountRow, item: TheirItem, span: DateSpan) -> Money:
    """What days of an item cost, at most what is left of it."""
    linked = [it for invoice in account.committed() for it in invoice.items if it.linked_item_id == item.item_id]
    left = item.amount
    for one in linked:
        left += one.amount
    cost = item.amount if item.span is None or span == item.span else _of_days(item.amount, span, item.span)
    return min(cost, left)


def _of_days(amount: Money, span: DateSpan, whole: DateSpan) -> Money:
    return prorate(whole, [(span, amount)], Proration.KILLBILL_FACTOR)[0].amount
