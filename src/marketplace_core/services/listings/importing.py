"""Bring bookings from a portal: each page as it is read, then those that vanished, then what follows of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from attrs import evolve, field, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.identifiers import ListingId, PortfolioId, UnitId
from marketplace_core.domain.listings.applications import Application, application_id_of, gone, take_booking
from marketplace_core.domain.listings.records import OutsideBooking
from marketplace_core.domain.outside_property.pages import SourcePage
from marketplace_core.domain.outside_property.progress import Stream, SyncRun, SyncStage
from marketplace_core.ports.books import Books
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.listings.applications import Applications
from marketplace_core.ports.listings.booking_source import BookingSource
from marketplace_core.ports.listings.listing_copies import ListingCopies
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.services.listings.confirming import ConfirmApplication
from marketplace_core.services.listings.drafting import DraftRule
from marketplace_core.services.listings.settling import SettleApplications
from marketplace_core.services.outside_property.running import UNREAD, Counts, RunStream, every_id, require_few_gone

__all__ = ["STREAM", "ConfirmApplication", "DraftRule", "ImportBookings", "SettleApplications"]

STREAM: Final = "bookings"
NEW, CHANGED, UNCHANGED, FOREIGN, GONE = "new", "changed", "unchanged", "foreign", "gone"
BOOKINGS_AT_ONCE: Final = 500


@frozen
class ImportBookings:
    """Brings what changed since some minutes before the last good run began, and settles what waits.

    A whole run, as is the first, reads everything and lets go of what vanished. A run that was cut off goes on at its
    page; a page that is brought again changes nothing. What cannot be read stops no other booking: it stays as it is
    known here, and the run ends degraded until it is mended there.
    """

    source: BookingSource
    applications: Applications
    copies: ListingCopies
    listings: Listings
    accounts: LeaseAccounts
    books: Books
    directory: Directory
    progress: SyncProgress
    clock: Clock
    system: str
    rule: DraftRule = field(factory=DraftRule)
    page_size: int = BOOKINGS_AT_ONCE
    accept_gone: bool = field(default=False, kw_only=True)

    @property
    def settle(self) -> SettleApplications:
        """What settles the applications."""
        return SettleApplications(
            self.applications,
            self.listings,
            self.accounts,
            self.books,
            self.directory,
            self.clock,
            self.system,
            self.rule,
        )

    def __call__(self, command: Command, *, whole: bool = False, dry_run: bool = False) -> SyncRun:
        """The run at its end: ``new``, ``changed``, ``unchanged``, ``foreign`` (of no listing of ours), ``gone``.

        Beside them what the settling counts. A dry run reads everything, writes nothing and settles nothing.
        """
        stream = Stream(command.portfolio_id, self.system, STREAM)
        if dry_run:
            return self._told(stream)
        unread: list[str] = []

        def take_page(run: SyncRun) -> tuple[str | None, Counts]:
            page = self.source.bookings(run.since, run.cursor, self.page_size)
            unread.extend(page.unread)
            return page.next_cursor, self._taken(command.portfolio_id, page, dry_run=False)

        def sweep(run: SyncRun) -> Counts:
            counts = Counter(self._let_go(run, dry_run=False) if run.since is None else {})
            counts.update(self.settle(command))
            return counts

        return RunStream(self.progress, self.clock)(stream, take_page, sweep, whole=whole, unread=unread)

    def _told(self, stream: Stream) -> SyncRun:
        """What a whole run would count."""
        run = SyncRun(stream, self.clock.now())
        cursor: str | None = ""
        while cursor is not None:
            page = self.source.bookings(None, cursor, self.page_size)
            run, cursor = run.counted(self._taken(stream.portfolio_id, page, dry_run=True)), page.next_cursor
        run = run.counted(self._let_go(run, dry_run=True))
        return evolve(run, stage=SyncStage.DONE, ended_at=self.clock.now())

    def _taken(self, portfolio_id: PortfolioId, page: SourcePage[OutsideBooking], *, dry_run: bool) -> Counts:
        ours = self.copies.listings_of(portfolio_id, self.system, {it.listing_external_id for it in page.rows})
        units = self._units(portfolio_id, ours.values())
        counts: Counter[str] = Counter({UNREAD: len(page.unread)} if page.unread else {})
        for it in page.rows:
            listing_id = ours.get(it.listing_external_id)
            if listing_id is None:
                counts[FOREIGN] += 1
            else:
                counts[self._one(portfolio_id, it, listing_id, units[listing_id], dry_run=dry_run)] += 1
        return counts

    def _units(self, portfolio_id: PortfolioId, listing_ids: Collection[ListingId]) -> Mapping[ListingId, UnitId]:
        found = self.listings.named_listings(portfolio_id, listing_ids)
        return {it.listing_id: it.unit_id for it in found}

    def _one(
        self, portfolio_id: PortfolioId, told: OutsideBooking, listing_id: ListingId, unit_id: UnitId, *, dry_run: bool
    ) -> str:
        """Take one booking, and say what came of it."""
        seen: list[Application | None] = []

        def decide(known: Application | None) -> Application | None:
            after = take_booking(known, told, portfolio_id, self.system, listing_id, unit_id)
            seen[:] = [known, after]
            return known if dry_run else after

        self.applications.change_application(
            portfolio_id, application_id_of(portfolio_id, self.system, told.external_id), decide
        )
        known, after = seen
        return UNCHANGED if known == after else NEW if known is None else CHANGED

    def _let_go(self, run: SyncRun, *, dry_run: bool) -> Counts:
        """Let go of what stands here and is not told any more."""
        own = run.stream.portfolio_id
        known = list(self._standing(own))
        told = every_id(self.source.booking_ids, self.page_size)
        vanished = [it for it in known if it not in told]
        if not self.accept_gone:
            require_few_gone(len(vanished), len(known), "bookings")
        seen_on = day_in_zone(run.begun_at, self.directory.portfolio(own).zone)
        for it in vanished if not dry_run else ():
            self.applications.change_application(
                own, application_id_of(own, self.system, it), lambda now: now and gone(now, seen_on)
            )
        return {GONE: len(vanished)} if vanished else {}

    def _standing(self, portfolio_id: PortfolioId) -> Iterator[str]:
        after = ""
        while page := sorted(self.applications.known_bookings(portfolio_id, self.system, after)):
            yield from page
            after = page[-1]
