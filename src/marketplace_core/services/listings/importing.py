"""Bring bookings from a portal: each page as it is read, then those that vanished, then what follows of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from attrs import evolve, field, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.identifiers import ListingId, PortfolioId, UnitId
from marketplace_core.domain.listings.applications import Application, application_id_of, gone, take_booking
from marketplace_core.domain.listings.records import OutsideBooking
from marketplace_core.domain.outside_property.pages import SourcePage
from marketplace_core.domain.outside_property.progress import Stream, SyncRun, SyncStage
from marketplace_core.errors import PartnerDrift
from marketplace_core.ports.books import Books
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.listings.applications import Applications
from marketplace_core.ports.listings.booking_source import BookingSource
from marketplace_core.ports.listings.listing_copies import ListingCopies
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.services.listings.choosing import listings_told
from marketplace_core.services.listings.confirming import ConfirmApplication
from marketplace_core.services.listings.drafting import DraftRule
from marketplace_core.services.listings.settling import SettleApplications
from marketplace_core.services.outside_property.running import (
    MISSED,
    UNREAD,
    Counts,
    RunStream,
    every_id,
    require_few_gone,
)

__all__ = ["STREAM", "ConfirmApplication", "DraftRule", "ImportBookings", "SettleApplications"]

STREAM: Final = "bookings"
NEW, CHANGED, UNCHANGED, FOREIGN, GONE = "new", "changed", "unchanged", "foreign", "gone"
BOOKINGS_AT_ONCE: Final = 500


@frozen
class ImportBookings:
    """Brings what changed since some minutes before the last good run began, and settles what waits.

    A whole run, as is the first, reads everything and lets go of what vanished. A run that was cut off goes on at its
    page; a page that is brought again changes nothing. What cannot be read stops no other booking: it stays as it is
    known here, and the run ends degraded until it is mended there. What is of a listing whose
    id was chosen and is not known to be used is left, and the next run reads everything: another one's may stand there.
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

        ``missed`` are of no listing that stands there for sure. Beside them what the settling counts. A dry run reads
        everything, writes nothing and settles nothing.
        """
        stream = Stream(command.portfolio_id, self.system, STREAM)
        if dry_run:
            return self._told(stream)
        unread: list[str] = []
        elsewhere: set[str] = set()

        def take_page(run: SyncRun) -> tuple[str | None, Counts]:
            page = self.source.bookings(run.since, run.cursor, self.page_size)
            counts, left = self._taken(run, page, elsewhere, dry_run=False)
            unread.extend(left)
            return page.next_cursor, counts

        def sweep(run: SyncRun) -> Counts:
            try:
                gone_counts: Counts = self._let_go(run, elsewhere, dry_run=False) if run.since is None else {}
            except PartnerDrift:
                self.settle(command)
                raise
            return Counter(gone_counts) + Counter(self.settle(command, whole=run.since is None))

        return RunStream(self.progress, self.clock)(stream, take_page, sweep, whole=whole, unread=unread)

    def _told(self, stream: Stream) -> SyncRun:
        """What a whole run would count."""
        run = SyncRun(stream, self.clock.now())
        cursor: str | None = ""
        elsewhere: set[str] = set()
        while cursor is not None:
            page = self.source.bookings(None, cursor, self.page_size)
            counts, _ = self._taken(run, page, elsewhere, dry_run=True)
            run, cursor = run.counted(counts), page.next_cursor
        run = run.counted(self._let_go(run, elsewhere, dry_run=True))
        return evolve(run, stage=SyncStage.DONE, ended_at=self.clock.now())

    def _taken(
        self, run: SyncRun, page: SourcePage[OutsideBooking], elsewhere: set[str], *, dry_run: bool
    ) -> tuple[Counts, Sequence[str]]:
        """What came of a page, and the words of what of ours cannot be read.

        ``elsewhere`` is added to by what is of listings that are none of ours.
        """
        own = run.stream.portfolio_id
        asked = {it.listing_external_id for it in page.rows} | {it.of for it in page.unread}
        ours, untold = listings_told(self.copies, own, self.system, asked)
        units = self._units(own, ours.values())
        unread = [it.words for it in page.unread if it.of in ours]
        foreign = len(page.unread) - len(unread)
        counts = Counter({name: count for name, count in ((UNREAD, len(unread)), (FOREIGN, foreign)) if count})
        for it in page.rows:
            listing_id = ours.get(it.listing_external_id)
            if it.listing_external_id in untold:
                counts[MISSED] += 1
            elif listing_id is None:
                counts[FOREIGN] += 1
                elsewhere.add(it.external_id)
            else:
                counts[self._one(run, it, listing_id, units[listing_id], dry_run=dry_run)] += 1
        return counts, unread

    def _units(self, portfolio_id: PortfolioId, listing_ids: Collection[ListingId]) -> Mapping[ListingId, UnitId]:
        found = self.listings.named_listings(portfolio_id, listing_ids)
        return {it.listing_id: it.unit_id for it in found}

    def _one(self, run: SyncRun, told: OutsideBooking, listing_id: ListingId, unit_id: UnitId, *, dry_run: bool) -> str:
        """Take one booking, and say what came of it; a whole run takes it as it stands."""
        portfolio_id = run.stream.portfolio_id
        seen: list[Application | None] = []

        def decide(known: Application | None) -> Application | None:
            is_whole = run.since is None
            after = take_booking(known, told, portfolio_id, self.system, listing_id, unit_id, as_it_stands=is_whole)
            seen[:] = [known, after]
            return known if dry_run else after

        self.applications.change_application(
            portfolio_id, application_id_of(portfolio_id, self.system, told.external_id), decide
        )
        known, after = seen
        return UNCHANGED if known == after else NEW if known is None else CHANGED

    def _let_go(self, run: SyncRun, elsewhere: Collection[str], *, dry_run: bool) -> Counts:
        """Let go of what stands here and is not told any more, or is of a listing that is none of ours by now."""
        own = run.stream.portfolio_id
        known = list(self._standing(own))
        told = every_id(self.source.booking_ids, self.page_size)
        vanished = [it for it in known if it not in told or it in elsewhere]
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
