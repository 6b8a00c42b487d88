"""Mark listings as let whose units are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.identifiers import LeaseId, UnitId
from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.listings import decisions
from marketplace_core.domain.listings.applications import ApplicationStatus
from marketplace_core.domain.listings.decisions import Authority
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.letting import lease_that_lets, offered_from
from marketplace_core.domain.listings.listing import Listing, ListingStatus
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.listings.applications import Applications
from marketplace_core.ports.listings.listings import Listings

_SYSTEM = Authority(may_moderate=True)


@frozen
class MarkLet:
    """Marks published listings as let where a lease of the unit, or the draft of an accepted booking, takes its days.

    A lease that ends before the unit is offered again takes none of them.
    """

    listings: Listings
    applications: Applications
    accounts: LeaseAccounts
    directory: Directory
    clock: Clock

    def __call__(self, command: Command, *, dry_run: bool = False) -> Mapping[str, int]:
        """How many were marked (``rented``) and how many stay (``published``)."""
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
        counts: Counter[str] = Counter()
        for listing in self.listings.listings(own):
            if listing.status is not ListingStatus.PUBLISHED:
                continue
            lets = _lets(listing, leases_of[listing.unit_id], drafts, today)
            counts["published" if lets is None else "rented"] += 1
            if lets is not None:
                self._mark(command, listing, lets, dry_run=dry_run)
        return dict(counts)

    def _mark(self, command: Command, listing: Listing, lease: Lease, *, dry_run: bool) -> None:
        part = command.part(f"let {listing.listing_id} {listing.version} {lease.lease_id}")

        def decide(file: ListingFile | None, _: tuple[Listing, ...]) -> ListingFile | None:
            if file is None or file.listing.version != listing.version:
                return file
            return decisions.move(file, part, ListingStatus.RENTED, _SYSTEM)

        self.listings.change_listing(part, listing.listing_id, decide, dry_run=dry_run)


def _lets(listing: Listing, leases: list[Lease], drafts: set[LeaseId], today: date) -> Lease | None:
    first_day = offered_from(listing, today)
    standing = lease_that_lets(leases, first_day)
    if standing is not None:
        return standing
    booked = (it for it in leases if it.lease_id in drafts and it.status is LeaseStatus.DRAFT)
    return next((it for it in booked if it.end is None or it.end > first_day), None)
