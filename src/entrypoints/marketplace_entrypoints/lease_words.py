"""What a lease says in a word: its rent on a day, its last day."""

from __future__ import annotations

from datetime import date, timedelta

from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money


def rent_of(lease: Lease, on: date) -> Money:
    """The rents of a whole period on a day, as agreed and risen by then; before the first one, that one."""
    found = Money.zero(lease.currency)
    for charge in lease.escalated(on + timedelta(days=1)):
        if charge.kind is ChargeKind.RENT:
            begun = [rate.amount for rate in charge.rates if rate.effective_from <= on]
            found += begun[-1] if begun else charge.rates[0].amount
    return found


def last_day_of(lease: Lease) -> date | None:
    """The last day that is leased, as periods are told; None while it is open."""
    return lease.end - timedelta(days=1) if lease.end else None
