"""When a unit counts as let: by which of its leases, over which days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.listings.listing import Listing


def offered_from(listing: Listing, today: date) -> date:
    """The first day for which a listing looks for somebody: a lease that ends before is none of its matters."""
    return max(today, listing.available_from or today)


def lease_that_lets(unit_leases: Iterable[Lease], first_day: date) -> Lease | None:
    """The earliest lease of the unit, active or on notice, with a day from then on; None where none has."""
    found = [
        it
        for it in unit_leases
        if it.status in (LeaseStatus.ACTIVE, LeaseStatus.NOTICE) and (it.end is None or it.end > first_day)
    ]
    return min(found, key=lambda it: (it.start, it.lease_id), default=None)
