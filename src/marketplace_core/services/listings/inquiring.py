"""Take inquiries, from a portal and from our own page, and tell each landlord once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from attrs import frozen

from marketplace_core.domain.access import Reach
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.asking import (
    InquiryPlace,
    ask_here,
    landlord_message,
    take_inquiry,
    told_to_landlord,
)
from marketplace_core.domain.listings.inquiries import Inquiry
from marketplace_core.domain.listings.records import Applicant, OutsideInquiry
from marketplace_core.domain.outside_property.progress import Stream, SyncRun
from marketplace_core.domain.paging import Page, PageAsk
from marketplace_core.domain.register import APPLICATIONS, INQUIRIES, ApplicationEntry, InquiryEntry
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.listings.inquiries import Inquiries
from marketplace_core.ports.listings.inquiry_source import InquirySource
from marketplace_core.ports.listings.listing_copies import ListingCopies
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.ports.listings.public_listings import PublicListings
from marketplace_core.ports.notifier import Message, Notifier
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.ports.register import Register
from marketplace_core.services.listings.choosing import listings_told
from marketplace_core.services.listings.offers import Landlords
from marketplace_core.services.outside_property.running import MISSED, Counts, RunStream

STREAM: Final = "inquiries"
MESSAGE_KIND: Final = "inquiry"
NEW, CHANGED, UNCHANGED, FOREIGN, SPAM = "new", "changed", "unchanged", "foreign", "spam"
TOLD, TROUBLE = "told", "trouble"
INQUIRIES_AT_ONCE: Final = 200
MOST_TOLD: Final = 10_000


@frozen
class TakeInquiries:
    """Brings what was written since some minutes before the last good run began; a page done twice adds nothing."""

    source: InquirySource
    inquiries: Inquiries
    copies: ListingCopies
    listings: Listings
    progress: SyncProgress
    clock: Clock
    system: str
    page_size: int = INQUIRIES_AT_ONCE

    def __call__(self, command: Command, *, whole: bool = False) -> SyncRun:
        """The run at its end: ``new``, ``changed``, ``unchanged``, ``spam``, ``foreign`` (of no listing of ours)."""

        def take_page(run: SyncRun) -> tuple[str | None, Counts]:
            page = self.source.inquiries(run.since, run.cursor, self.page_size)
            ours, untold = listings_told(
                self.copies, command.portfolio_id, self.system, {it.listing_external_id for it in page.rows}
            )
            counts: Counter[str] = Counter()
            for it in page.rows:
                listing_id = ours.get(it.listing_external_id)
                if it.listing_external_id in untold:
                    counts[MISSED] += 1
                else:
                    counts[FOREIGN if listing_id is None else self._one(command.portfolio_id, listing_id, it)] += 1
            return page.next_cursor, counts

        stream = Stream(command.portfolio_id, self.system, STREAM)
        return RunStream(self.progress, self.clock)(stream, take_page, lambda _: {}, whole=whole)

    def _one(self, portfolio_id: PortfolioId, listing_id: ListingId, told: OutsideInquiry) -> str:
        place = _place(self.listings, portfolio_id, listing_id)
        seen: list[str] = []

        def decide(known: tuple[Inquiry, ...]) -> Inquiry | None:
            after = take_inquiry(known, told, place, self.system)
            is_known = after is not None and any(it.inquiry_id == after.inquiry_id for it in known)
            seen[:] = [UNCHANGED if after is None else SPAM if told.is_spam else CHANGED if is_known else NEW]
            return after

        self.inquiries.change_inquiries(portfolio_id, listing_id, decide)
        return seen[0]


@frozen
class ReceiveInquiry:
    """Takes an inquiry that somebody wrote on our own page."""

    inquiries: Inquiries
    public: PublicListings
    listings: Listings
    clock: Clock

    def __call__(self, listing_id: ListingId, applicant: Applicant, text: str) -> Inquiry:
        """The inquiry as kept: a new one, or the person's of this week with the message added; sent twice it is once.

        ``NotFound`` for a listing that is not published, ``InvalidInput`` for what nobody could answer.
        """
        portfolio_id = self.public.portfolio_of(listing_id)
        place = _place(self.listings, portfolio_id, listing_id)
        now = self.clock.now()
        kept: list[Inquiry] = []

        def decide(known: tuple[Inquiry, ...]) -> Inquiry | None:
            before, after = ask_here(known, place, applicant, text, now)
            kept[:] = [after]
            return None if after == before else after

        self.inquiries.change_inquiries(portfolio_id, listing_id, decide)
        return kept[0]


@frozen
class TellLandlords:
    """Tells landlords of what was asked since they were told last; at least once, and once where nothing breaks.

    An inquiry counts as told after its message was handed over: a notifier that fails ends the run, and nothing is
    lost. A landlord without an address is trouble, told each time.
    """

    inquiries: Inquiries
    listings: Listings
    directory: Directory
    notifier: Notifier

    def __call__(self, command: Command) -> Mapping[str, int]:
        """How many were ``told``, and how many are in ``trouble``; ``Unavailable`` where another try may do."""
        landlords = Landlords(self.directory, command.portfolio_id)
        counts: Counter[str] = Counter()
        for it in self.inquiries.untold_inquiries(command.portfolio_id, MOST_TOLD):
            try:
                self.notifier.send(self._message(landlords, it))
            except (NotFound, InvalidInput):
                counts[TROUBLE] += 1
            else:
                self._note(it)
                counts[TOLD] += 1
        return dict(counts)

    def _message(self, landlords: Landlords, it: Inquiry) -> Message:
        listing = self.listings.listing_file(it.portfolio_id, it.listing_id).listing
        unit = self.directory.unit(it.portfolio_id, it.unit_id)
        recipient = landlords.email_of(unit.property_id)
        subject, text = landlord_message(it, listing, unit.code)
        return Message(MESSAGE_KIND, recipient, subject, text)

    def _note(self, told: Inquiry) -> None:
        def decide(known: tuple[Inquiry, ...]) -> Inquiry | None:
            now = next((it for it in known if it.inquiry_id == told.inquiry_id), None)
            return now and told_to_landlord(now, told.asked)

        self.inquiries.change_inquiries(told.portfolio_id, told.listing_id, decide)


@frozen
class ListInquiries:
    """Pages of inquiries about the properties in reach."""

    register: Register

    def __call__(self, reach: Reach, ask: PageAsk | None = None) -> Page[InquiryEntry]:
        """The entries after a position, in order."""
        return self.register.page(reach, INQUIRIES, ask)


@frozen
class ListApplications:
    """Pages of applications for the properties in reach."""

    register: Register

    def __call__(self, reach: Reach, ask: PageAsk | None = None) -> Page[ApplicationEntry]:
        """The entries after a position, in order."""
        return self.register.page(reach, APPLICATIONS, ask)


def _place(listings: Listings, portfolio_id: PortfolioId, listing_id: ListingId) -> InquiryPlace:
    return InquiryPlace(portfolio_id, listing_id, listings.listing_file(portfolio_id, listing_id).listing.unit_id)
