"""What rows of all tables share: money, enumerations and plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from marketplace_core.domain.codec import from_plain, to_plain
from marketplace_core.domain.money import Currency, Money

Row = dict[str, Any]
"""What is written into a table, by column."""
Columns = Mapping[Any, Any]
"""What was read from a table, by column."""


@lru_cache(maxsize=256)
def currency_text(currency: Currency) -> str:
    """A currency as its column holds it."""
    text: str = to_plain(currency)
    return text


@lru_cache(maxsize=256)
def currency_of(text: str) -> Currency:
    """The currency that a column holds."""
    return from_plain(text, Currency)


def money_of(row: Columns) -> Money:
    """The amount of a row."""
    return Money(row["amount_minor"], currency_of(row["currency"]))


def money_row(amount: Money) -> Row:
    """The two columns of an amount."""
    return {"amount_minor": amount.amount_minor, "currency": currency_text(amount.currency)}
