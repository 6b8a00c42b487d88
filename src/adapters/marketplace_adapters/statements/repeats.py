"""One transaction, one row: what an id that stands twice in a file means."""

from __future__ import annotations

from marketplace_core.domain.money import Money
from marketplace_core.errors import InvalidAmount


class SeenTransactions:
    """The transaction ids of one file with their amounts: about 150 bytes each, so bounded by the file's bound."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._minor_of_id: dict[str, int] = {}

    def repeats(self, transaction_id: str, amount: Money) -> bool:
        """True where the id stood earlier with this amount; refuses it with another amount."""
        key = transaction_id.upper()
        known = self._minor_of_id.get(key)
        if known is None:
            self._minor_of_id[key] = amount.amount_minor
            return False
        if known != amount.amount_minor:
            earlier = Money(known, amount.currency)
            raise InvalidAmount(f"transaction {transaction_id} stood earlier in this file as {earlier}, now {amount}")
        return True
