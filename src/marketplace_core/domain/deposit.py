"""Deposits: a liability to the tenant, never income; each movement with a reason and no more than is held."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from attrs import frozen

from marketplace_core.domain.credit import Allocation
from marketplace_core.domain.identifiers import DepositEntryId, LeaseId, PortfolioId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.money import Currency, Money
from marketplace_core.errors import DepositExceeded, InvalidInput


class DepositMove(StrEnum):
    """What happened to a deposit; money paid on a deposit invoice is received without an entry."""

    RECEIVED = "received"
    DEDUCTED = "deducted"
    REFUNDED = "refunded"
    TRANSFERRED_OUT = "transferred_out"
    TRANSFERRED_IN = "transferred_in"


@frozen
class DepositEntry:
    """One movement of a lease's deposit, with who it concerns and why."""

    entry_id: DepositEntryId
    portfolio_id: PortfolioId
    lease_id: LeaseId
    move: DepositMove
    amount: Money
    value_date: date
    recorded_at: datetime
    reason: str
    other_lease_id: LeaseId | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse nothing or less, silence about why, and a transfer to nowhere."""
        if not self.amount.is_positive:
            raise InvalidInput(f"deposit entry {self.entry_id}: the amount must be above zero, not {self.amount}")
        if not self.reason.strip():
            raise InvalidInput(f"deposit entry {self.entry_id}: say why")
        moves_between = self.move in (DepositMove.TRANSFERRED_IN, DepositMove.TRANSFERRED_OUT)
        if moves_between != (self.other_lease_id is not None):
            raise InvalidInput(f"deposit entry {self.entry_id}: a transfer, and only a transfer, names the other lease")


@frozen
class DepositStanding:
    """What was received, deducted, refunded and transferred away, and so what is held."""

    received: Money
    deducted: Money
    refunded: Money
    transferred: Money

    @property
    def held(self) -> Money:
        """Received less deducted, refunded and transferred; money transferred in counts as received."""
        return self.received - self.deducted - self.refunded - self.transferred

    @property
    def has_moved(self) -> bool:
        """True where there ever was one, also where nothing of it is held any more."""
        return bool(self.received or self.deducted or self.refunded or self.transferred)


def standing(
    entries: Iterable[DepositEntry],
    allocations: Iterable[Allocation],
    currency: Currency,
    as_of: date,
    known_on: datetime | None = None,
) -> DepositStanding:
    """A lease's deposit on a day, as known then: entries, and what its deposit invoice was paid."""
    sums = dict.fromkeys(DepositMove, 0)
    for entry in entries:
        if entry.value_date <= as_of and (known_on is None or entry.recorded_at <= known_on):
            sums[entry.move] += entry.amount.amount_minor
    for allocation in allocations:
        if allocation.invoice_kind is InvoiceKind.DEPOSIT and allocation.holds(as_of, known_on):
            sums[DepositMove.RECEIVED] += allocation.amount.amount_minor
    return DepositStanding(
        Money(sums[DepositMove.RECEIVED] + sums[DepositMove.TRANSFERRED_IN], currency),
        Money(sums[DepositMove.DEDUCTED], currency),
        Money(sums[DepositMove.REFUNDED], currency),
        Money(sums[DepositMove.TRANSFERRED_OUT], currency),
    )


def require_held(held: Money, amount: Money, lease_id: LeaseId) -> None:
    """Refuse to let more out of a deposit than is held."""
    if amount > held:
        raise DepositExceeded(f"lease {lease_id}: {amount} cannot leave the deposit, {held} is held")
