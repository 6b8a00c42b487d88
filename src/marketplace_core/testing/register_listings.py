"""Listings, applications and inquiries for the register's suite, and how each is to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from attrs import evolve
from hypothesis import strategies as st

from marketplace_core.domain.access import Target
from marketplace_core.domain.identifiers import PortfolioId, UnitId
from marketplace_core.domain.listings.listing import Listing, ListingStatus
from marketplace_core.domain.listings.records import Applicant, BookingStatus
from marketplace_core.domain.register import ApplicationEntry, InquiryEntry, ListingEntry, Waiting
from marketplace_core.services.listings.working import DraftListing
from marketplace_core.testing.contracts.listing_life import DAY, applied, asked, booking, moved, thread
from marketplace_core.testing.life import BookStore, PortfolioLife


class Candidate(NamedTuple):
    """A thing of the books: its entry for a reach, its values by field, and the targets of which one must show."""

    kind: str
    key: str
    entry: Any
    values: Mapping[str, Any]
    targets: Sequence[Target]


def listings_as_they_come(data: st.DataObject, life: PortfolioLife, units: int) -> None:
    """Draft and submit listings of any units, book them and ask about them."""
    for number in range(data.draw(st.integers(0, 4))):
        unit = UnitId(f"u{data.draw(st.integers(1, units))}")
        listing = DraftListing(life.store, life.store)(life.command("listing.draft"), unit).listing
        if data.draw(st.booleans()):
            listing = moved(life, listing.listing_id, ListingStatus.SUBMITTED).listing
        if data.draw(st.booleans()):
            status = data.draw(st.sampled_from(BookingStatus))
            if status is not BookingStatus.DRAFT:
                told = booking(external_id=f"3000{number}", status=status)
                days = data.draw(st.integers(0, 2)) * DAY
                applied(life, listing, evolve(told, starts_on=told.starts_on + days))
        if data.draw(st.booleans()):
            asked(life, listing, thread(f"4000{number}", data.draw(st.integers(0, 3)) * 1_000))


def listing_of_everything(life: PortfolioLife) -> Listing:
    """A listing of unit u1 that somebody booked and somebody asked about."""
    listing = DraftListing(life.store, life.store)(life.command("listing.draft"), UnitId("u1")).listing
    applied(life, listing, booking())
    asked(life, listing, thread(applicant=Applicant("v9", "Asha", "asha@example.org")))
    return listing


def listing_candidates(store: BookStore, own: PortfolioId) -> Iterator[Candidate]:
    """How listings, applications and inquiries are to be shown."""
    units = {it.unit_id: it for it in store.units(own)}
    places = {it.property_id: it for it in store.properties(own)}

    def place(unit_id: UnitId) -> tuple[dict[str, Any], str, str, list[Target]]:
        unit = units[unit_id]
        where = {"property_id": unit.property_id, "unit_id": unit_id}
        return where, places[unit.property_id].name, unit.code, [Target(own, unit.property_id)]

    for listing in store.listings(own):
        values, name, code, targets = place(listing.unit_id)
        shown = ListingEntry(listing, name, code)
        values |= {"listing_id": listing.listing_id, "status": listing.status}
        values |= {"changed_on": listing.status_at.date()}
        yield Candidate("listings", listing.listing_id, shown, values, targets)
    for application in store.applications(own):
        values, name, code, targets = place(application.unit_id)
        entry = ApplicationEntry(application, values["property_id"], name, code)
        values |= {"application_id": application.application_id, "listing_id": application.listing_id}
        values |= {"status": application.status, "waiting": Waiting.of(application), "starts_on": application.starts_on}
        yield Candidate("applications", application.application_id, entry, values, targets)
    for inquiry in store.inquiries(own):
        values, name, code, targets = place(inquiry.unit_id)
        told = InquiryEntry(inquiry, values["property_id"], name, code)
        values |= {"inquiry_id": inquiry.inquiry_id, "listing_id": inquiry.listing_id}
        values |= {"status": inquiry.status, "asked_on": inquiry.asked_at.date()}
        yield Candidate("inquiries", inquiry.inquiry_id, told, values, targets)
