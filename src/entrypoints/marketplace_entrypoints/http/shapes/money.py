"""Amounts."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.money import Currency
from marketplace_core.domain.money import Money as Exact
from marketplace_core.errors import InvalidInput
from marketplace_entrypoints.http.bounded import Amount, CurrencyCode


@frozen
class Money:
    """An exact amount."""

    amount: Amount
    currency: CurrencyCode

    @classmethod
    def of(cls, money: Exact) -> Money:
        """The shape of an amount."""
        return cls(money.plain(), money.currency.code)

    def exact(self, currency: Currency | None = None) -> Exact:
        """The amount; ``InvalidInput`` where it must be in another currency."""
        found = Exact.parse(self.amount, Currency.of(self.currency))
        if currency is not None and found.currency != currency:
            raise InvalidInput(f"the amount is in {self.currency}, and must be in {currency.code}")
        return found
