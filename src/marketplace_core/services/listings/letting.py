"""Mark listings as let whose units are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date

from attrs import evolve, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.identifiers import LeaseId, UnitId
from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.listings.applications import ApplicationStatus
from marketplace_core.domain.listings.letting import lease_that_lets, offered_from
from marketplace_core.domain.listings.listing import Listing, ListingStatus
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.listings.applications import Applications
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.services.listings.moving import moved_as_read


@frozen
class MarkLet:
    """Marks published listings as let where a lease of the unit, or the draft of an accepted booking, takes its days.

    A lease that ends before the unit is offered again takes none of them. What is published of an archived unit is
    withdrawn, with the day as its reason: nothing is let there.
    """

    listings: Listings
    applications: Applications
    accounts: LeaseAccounts
    directory: Directory
    clock: Clock

    def __call__(self, command: Command, *, dry_run: bool = False) -> Mapping[str, int]:
        """How many were marked (``rented``, ``withdrawn``) and how many stay (``published``)."""
        own = command.portfolio_id
        today = day_in_zone(self.clock.now(), self.directory.portfolio(own).zone)
        leases_of: defaultdict[UnitId, list[Lease]] = defaultdict(list)
        for lease in self.accounts.leases(own):
            leases_of[lease.unit_id].append(lease)
        drafts = {
            it.lease_id
            for it in self.applications.applications(own)
            if it.status is ApplicationStatus.ACCEPTED and it.lease_id is not None
        }
        archived = {it.unit_id: it for it in self.directory.units(own) if it.archived_on is not None}
        counts: Counter[str] = Counter()
        for listing in self.listings.listings(own):
            if listing.status is not ListingStatus.PUBLISHED:
                continue
            what, status = f"{listing.listing_id} {listing.version}", ListingStatus.PUBLISHED
            gone = archived.get(listing.unit_id)
            lets = None if gone else _lets(listing, leases_of[listing.unit_id], drafts, today)
            if gone is not None:
                status = ListingStatus.WITHDRAWN
                part = evolve(
                    command.part(f"archived {what}"), reason=f"unit {gone.code} is archived since {gone.archived_on}"
                )
                self._mark(part, listing, status, dry_run=dry_run)
            elif lets is not None:
                status = ListingStatus.RENTED
                self._mark(command.part(f"let {what} {lets.lease_id}"), listing, status, dry_run=dry_run)
            counts[status] += 1
        return dict(counts)

    def _mark(self, part: Command, listing: Listing, status: ListingStatus, *, dry_run: bool) -> None:
        decide = moved_as_read(part, listing, status)
        self.listings.change_listing(part, listing.listing_id, decide, dry_run=dry_run)


def _lets(listing: Listing, leases: list[Lease], drafts: set[LeaseId], today: date) -> Lease | None:
    first_day = offered_from(listing, today)
    standing = lease_that_lets(leases, first_day)
    if standing is not None:
        return standing
    booked = (it for it in leases if it.lease_id in drafts and it.status is LeaseStatus.DRAFT)
    return next((it for it in booked if it.end is None or it.end > first_day), None)
