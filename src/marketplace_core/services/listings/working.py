"""Draft a listing, edit it, have it approved, list listings: what people do here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from attrs import evolve, frozen

from marketplace_core.domain.access import Reach
from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.identifiers import ListingId, PortfolioId, UnitId
from marketplace_core.domain.listings import decisions
from marketplace_core.domain.listings.completeness import ListingRules, lacking
from marketplace_core.domain.listings.decisions import Authority
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.letting import lease_that_lets, offered_from
from marketplace_core.domain.listings.listing import Listing, ListingPlace, ListingStatus, ListingText, Picture
from marketplace_core.domain.money import Money
from marketplace_core.domain.paging import Page, PageAsk
from marketplace_core.domain.register import LISTINGS, ListingEntry
from marketplace_core.errors import ConcurrentChange, IllegalTransition, RuleViolation
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.ports.register import Register


@frozen
class ListingTerms:
    """What a listing offers, to begin it with."""

    texts: tuple[ListingText, ...] = ()
    rent: Money | None = None
    deposit: Money | None = None
    place: ListingPlace | None = None
    category: str = ""
    pictures: tuple[Picture, ...] = ()
    available_from: date | None = None

    def of(self, listing: Listing) -> Listing:
        """The listing with these terms."""
        return evolve(listing, **{name: getattr(self, name) for name in decisions.OFFERED})


@frozen
class DraftListing:
    """Drafts a listing of a unit; the same command again drafts it once."""

    listings: Listings
    directory: Directory

    def __call__(
        self, command: Command, unit_id: UnitId, offered: ListingTerms | None = None, *, dry_run: bool = False
    ) -> ListingFile:
        """The new listing's file; ``NotFound`` for an unknown unit, ``RuleViolation`` for an archived one."""
        unit = self.directory.unit(command.portfolio_id, unit_id)
        if unit.archived_on is not None:
            raise RuleViolation(f"unit {unit.code} is archived since {unit.archived_on}: nothing is let there")

        def decide(known: ListingFile | None, _: tuple[Listing, ...]) -> ListingFile:
            if known is not None:
                return known
            file = decisions.draft_listing(command, unit.property_id, unit_id)
            return file if offered is None else evolve(file, listing=offered.of(file.listing))

        listing_id = decisions.listing_id_of(command)
        return self.listings.change_listing(command, listing_id, decide, unit_id=unit_id, dry_run=dry_run)


@frozen
class ChangeListing:
    """Moves a listing on in its life; with ``expected_version`` only where nobody changed it since.

    ``ConcurrentChange`` says that somebody did. ``IllegalTransition`` says what may follow, ``NotPermitted`` what is
    for an admin to say.
    """

    listings: Listings
    directory: Directory
    accounts: LeaseAccounts
    rules: ListingRules
    expected_version: int | None = None

    def edit(
        self,
        command: Command,
        listing_id: ListingId,
        change: Callable[[Listing], Listing],
        authority: Authority,
        *,
        dry_run: bool = False,
    ) -> ListingFile:
        """Offer otherwise: ``change`` is given the listing and gives it with other terms; nothing else of it counts."""

        def decide(file: ListingFile, _: tuple[Listing, ...]) -> ListingFile:
            return decisions.edit(file, command, change(file.listing), authority)

        return self._change(command, listing_id, decide, dry_run=dry_run)

    def submit(
        self, command: Command, listing_id: ListingId, authority: Authority, *, dry_run: bool = False
    ) -> ListingFile:
        """Ask for approval."""
        return self._move(command, listing_id, ListingStatus.SUBMITTED, authority, dry_run=dry_run)

    def withdraw(
        self, command: Command, listing_id: ListingId, authority: Authority, *, dry_run: bool = False
    ) -> ListingFile:
        """Take it back: shown nowhere until it is submitted again."""
        return self._move(command, listing_id, ListingStatus.WITHDRAWN, authority, dry_run=dry_run)

    def archive(
        self, command: Command, listing_id: ListingId, authority: Authority, *, dry_run: bool = False
    ) -> ListingFile:
        """Keep it for what was, for good."""
        return self._move(command, listing_id, ListingStatus.ARCHIVED, authority, dry_run=dry_run)

    def approve(
        self, command: Command, listing_id: ListingId, authority: Authority, *, dry_run: bool = False
    ) -> ListingFile:
        """Have it shown; ``RuleViolation`` says all that it lacks, or which other listing stands for the unit."""
        own = command.portfolio_id
        currency = self.directory.portfolio(own).currency

        def decide(file: ListingFile, others: tuple[Listing, ...]) -> ListingFile:
            decisions.require_unit_free_of_listings(file.listing, others)
            unit = self.directory.unit(own, file.listing.unit_id)
            return decisions.approve(file, command, authority, unit, currency, self.rules)

        return self._change(command, listing_id, decide, dry_run=dry_run)

    def reject(
        self, command: Command, listing_id: ListingId, authority: Authority, *, dry_run: bool = False
    ) -> ListingFile:
        """Refuse it; the command's reason is for the landlord."""
        return self._move(command, listing_id, ListingStatus.REJECTED, authority, dry_run=dry_run)

    def mark_rented(
        self, command: Command, listing_id: ListingId, authority: Authority, *, dry_run: bool = False
    ) -> ListingFile:
        """Say that the unit is let: shown nowhere, and kept to be opened again."""
        return self._move(command, listing_id, ListingStatus.RENTED, authority, dry_run=dry_run)

    def reopen(
        self, command: Command, listing_id: ListingId, authority: Authority, *, dry_run: bool = False
    ) -> ListingFile:
        """Show again what was let; ``RuleViolation`` while a lease of the unit has a day from when on it is offered."""
        own = command.portfolio_id
        today = day_in_zone(command.recorded_at, self.directory.portfolio(own).zone)
        unit_id = self.listings.listing_file(own, listing_id).listing.unit_id
        leases = [it for it in self.accounts.leases(own) if it.unit_id == unit_id]

        def decide(file: ListingFile, others: tuple[Listing, ...]) -> ListingFile:
            if file.listing.status is not ListingStatus.RENTED:
                raise IllegalTransition(f"listing {listing_id} is {file.listing.status}: only what is let is reopened")
            standing = lease_that_lets(leases, offered_from(file.listing, today))
            if standing is not None:
                raise RuleViolation(
                    f"listing {listing_id}: unit {unit_id} is let by lease {standing.lease_id} from {standing.start} to"
                    f" {standing.end or 'open'}: end that one first"
                )
            decisions.require_unit_free_of_listings(file.listing, others)
            return decisions.move(file, command, ListingStatus.PUBLISHED, authority)

        return self._change(command, listing_id, decide, dry_run=dry_run)

    def lacking(self, portfolio_id: PortfolioId, listing_id: ListingId) -> tuple[str, ...]:
        """What it lacks before it may be approved, each as a phrase that says what to give."""
        listing = self.listings.listing_file(portfolio_id, listing_id).listing
        unit = self.directory.unit(portfolio_id, listing.unit_id)
        return lacking(listing, unit, self.directory.portfolio(portfolio_id).currency, self.rules)

    def _move(
        self, command: Command, listing_id: ListingId, status: ListingStatus, authority: Authority, *, dry_run: bool
    ) -> ListingFile:
        def decide(file: ListingFile, _: tuple[Listing, ...]) -> ListingFile:
            return decisions.move(file, command, status, authority)

        return self._change(command, listing_id, decide, dry_run=dry_run)

    def _change(
        self,
        command: Command,
        listing_id: ListingId,
        decide: Callable[[ListingFile, tuple[Listing, ...]], ListingFile],
        *,
        dry_run: bool,
    ) -> ListingFile:
        def change(file: ListingFile | None, others: tuple[Listing, ...]) -> ListingFile | None:
            if file is None or file.has_change(command.command_id):
                return file
            if self.expected_version not in (None, file.listing.version):
                raise ConcurrentChange(
                    f"listing {listing_id} is at version {file.listing.version}, not {self.expected_version}: look at"
                    " it again"
                )
            return decide(file, others)

        return self.listings.change_listing(command, listing_id, change, dry_run=dry_run)


@frozen
class ListListings:
    """Pages of listings in reach, and one with its history."""

    register: Register
    listings: Listings

    def page(self, reach: Reach, ask: PageAsk | None = None) -> Page[ListingEntry]:
        """The entries after a position, in order."""
        return self.register.page(reach, LISTINGS, ask)

    def one(self, reach: Reach, listing_id: ListingId) -> tuple[ListingEntry, ListingFile]:
        """A listing and its file; ``NotFound`` where there is none or it is out of reach."""
        entry = self.register.one(reach, LISTINGS, listing_id)
        return entry, self.listings.listing_file(reach.portfolio_id, listing_id)
