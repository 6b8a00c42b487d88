"""A month's rent as the portal's price of a day, in cents."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from marketplace_adapters.cocorico.server import CocoricoServer
from marketplace_core.domain.money import Money
from marketplace_core.errors import InvalidInput

MOST_CENTS: Final = 99_999_999
"""DECIMAL(8,0): 999,999.99."""


def day_cents(rent: Money | None, server: CocoricoServer) -> int:
    """The price of a day, rounded half up to cents; InvalidInput where the portal cannot show it."""
    if rent is None:
        raise InvalidInput("the portal shows a price, and the listing has no rent: give what a month costs")
    if rent.currency.code != server.currency.code:
        raise InvalidInput(
            f"the rent is in {rent.currency.code}, and the portal has no other currency than {server.currency.code}:"
            " give the rent in it, or leave the listing off this portal"
        )
    month_cents = Decimal(rent.amount_minor) * 100 / rent.currency.scale
    cents = int((month_cents / server.days_a_month).quantize(Decimal(1), ROUND_HALF_UP))
    if cents > MOST_CENTS:
        most = Decimal(MOST_CENTS) / 100
        raise InvalidInput(
            f"a rent of {rent} is {Decimal(cents) / 100:,.2f} a day, and the portal holds at most {most:,.2f}:"
            " leave the listing off this portal"
        )
    return max(cents, 1)
