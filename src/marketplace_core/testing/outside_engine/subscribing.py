"""What the fake engine does to subscriptions when it is told to."""

from __future__ import annotations

from marketplace_core.domain.outside_engine.records import TheirPrice
from marketplace_core.domain.outside_engine.steps import (
    ChangePrice,
    DropPrice,
    EndSubscription,
    ReopenSubscription,
    Subscribe,
)
from marketplace_core.errors import RuleViolation
from marketplace_core.testing.outside_engine.books import EngineBooks
from marketplace_core.testing.outside_engine.rows import AccountRow, SubscriptionRow

SubscriptionStep = ChangePrice | DropPrice | EndSubscription | ReopenSubscription


def subscribe(books: EngineBooks, account: AccountRow, step: Subscribe) -> str:
    """A new subscription, billed at once where it has begun; one of its key is given."""
    known = next((it for it in account.subscriptions if it.key == step.subscription_key), None)
    if known is not None:
        return _same(known, step)
    row = SubscriptionRow(
        books.new_id("subscription"),
        step.subscription_key,
        step.starts_on,
        [TheirPrice(step.starts_on, step.price)],
        step.billing_day,
    )
    account.subscriptions.append(row)
    if step.starts_on <= books.today:
        books.run(account, books.today)
    return row.subscription_id


def _same(known: SubscriptionRow, step: Subscribe) -> str:
    if (known.starts_on, known.prices[0].amount, known.ends_on) != (step.starts_on, step.price, None):
        raise RuleViolation(f"subscription {known.key} stands already and is another, or has an end: its key is used")
    return known.subscription_id


def change_subscription(books: EngineBooks, account: AccountRow, step: SubscriptionStep) -> None:
    """Change what is to come, or what was billed: then it is repaired at once."""
    row = books.subscription(account, step.subscription_id)
    before = (list(row.prices), row.ends_on)
    if isinstance(step, ChangePrice):
        _change_price(row, step)
    elif isinstance(step, DropPrice):
        row.prices = [it for it in row.prices if it.since <= max(books.today, row.starts_on)]
    elif isinstance(step, EndSubscription):
        _end(row, step)
    elif row.ends_on is not None:
        if row.ends_on <= books.today:
            raise RuleViolation(f"subscription {row.key} ended on {row.ends_on}: it cannot be opened again")
        row.ends_on = None
    days = (
        [step.since] if isinstance(step, ChangePrice) else [step.ends_on] if isinstance(step, EndSubscription) else []
    )
    if before != (row.prices, row.ends_on) and any(it <= books.today for it in days):
        books.run(account, books.today)


def _change_price(row: SubscriptionRow, step: ChangePrice) -> None:
    if TheirPrice(step.since, step.price) in row.prices:
        return
    if step.since < row.prices[0].since:
        raise RuleViolation(f"subscription {row.key} is not billed on {step.since}: its price cannot change then")
    if row.ends_on is not None:
        raise RuleViolation(
            f"subscription {row.key} ends on {row.ends_on}: its price cannot change before it is opened"
        )
    row.prices = [*(it for it in row.prices if it.since < step.since), TheirPrice(step.since, step.price)]


def _end(row: SubscriptionRow, step: EndSubscription) -> None:
    if row.ends_on == step.ends_on:
        return
    if step.ends_on < row.starts_on:
        raise RuleViolation(f"subscription {row.key} begins on {row.starts_on}: it cannot end on {step.ends_on}")
    if row.ends_on is not None:
        raise RuleViolation(f"subscription {row.key} ends on {row.ends_on} already, which does not move")
    row.ends_on = step.ends_on
