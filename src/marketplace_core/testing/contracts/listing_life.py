"""Listings, copies, bookings and inquiries in few words: what the suites of their stores make."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve

from marketplace_core.domain.identifiers import ListingId, UnitId
from marketplace_core.domain.listings import decisions
from marketplace_core.domain.listings.applications import Application, application_id_of, take_booking
from marketplace_core.domain.listings.asking import InquiryPlace, take_inquiry
from marketplace_core.domain.listings.completeness import ListingRules
from marketplace_core.domain.listings.copies import ListingCopy
from marketplace_core.domain.listings.decisions import Authority
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.inquiries import Inquiry
from marketplace_core.domain.listings.listing import Listing, ListingPlace, ListingStatus, ListingText, Picture
from marketplace_core.domain.listings.records import (
    Applicant,
    BookingStatus,
    OutsideBooking,
    OutsideInquiry,
    OutsideMessage,
)
from marketplace_core.services.listings.working import ChangeListing, DraftListing, ListingTerms
from marketplace_core.testing.life import PortfolioLife

NOON = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SYSTEM = "cocorico"
ADMIN, LANDLORD = Authority(may_moderate=True), Authority()
PICTURE = Picture("ab" * 32, "png", "The kitchen")
PLACE = ListingPlace("KE", "Nairobi", "Kilimani", "Ngong Road", "12", "00100", Decimal("-1.29"), Decimal("36.82"))
TEXT = ListingText("en", "Two rooms by the park", "Quiet, with water day and night.", "No loud music.")
JUMA = Applicant("v1", "Juma Were", "juma@example.org", "+254 712 345678", email_verified=True, phone_verified=True)


def terms(life: PortfolioLife, rent: int = 30_000, **others: Any) -> ListingTerms:  # noqa: ANN401 - any term
    """What a complete listing offers for so much a month."""
    told = ListingTerms((TEXT,), life.money(rent), life.money(rent), PLACE, "flat", (PICTURE,), date(2026, 3, 1))
    return evolve(told, **others)


def change(life: PortfolioLife) -> ChangeListing:
    """What moves listings on."""
    return ChangeListing(life.store, life.store, life.store, ListingRules())


def drafted(life: PortfolioLife, unit: str = "u1", rent: int = 30_000, **others: Any) -> Listing:  # noqa: ANN401 - any term
    """A complete draft of a unit."""
    draft = DraftListing(life.store, life.store)
    return draft(life.command("listing.draft"), UnitId(unit), terms(life, rent, **others)).listing


def approved(life: PortfolioLife, unit: str = "u1", rent: int = 30_000, **others: Any) -> Listing:  # noqa: ANN401 - any term
    """An approved listing."""
    listing_id = drafted(life, unit, rent, **others).listing_id
    change(life).submit(life.command("listing.submit"), listing_id, LANDLORD)
    return change(life).approve(life.command("listing.approve"), listing_id, ADMIN).listing


def moved(life: PortfolioLife, listing_id: ListingId, status: ListingStatus) -> ListingFile:
    """A listing in its next status, as the system says."""
    command = life.command(f"listing.{status}")

    def decide(file: ListingFile | None, _: tuple[Listing, ...]) -> ListingFile | None:
        return file and decisions.move(file, command, status, ADMIN)

    return life.store.change_listing(command, listing_id, decide)


def published(life: PortfolioLife, unit: str = "u1", rent: int = 30_000, **others: Any) -> Listing:  # noqa: ANN401 - any term
    """A published listing."""
    return moved(life, approved(life, unit, rent, **others).listing_id, ListingStatus.PUBLISHED).listing


def copy_of(listing: Listing, external_id: str = "20001", **others: Any) -> ListingCopy:  # noqa: ANN401 - any field
    """A copy that was chosen and not told yet."""
    copy = ListingCopy(listing.portfolio_id, listing.listing_id, SYSTEM, external_id, NOON)
    return evolve(copy, **others)


def booking(
    listing_external_id: str = "20001",
    external_id: str = "30001",
    status: BookingStatus = BookingStatus.REQUESTED,
    minutes: int = 0,
    **others: Any,  # noqa: ANN401 - any field of a booking
) -> OutsideBooking:
    """A booking of March, as told so many minutes after noon."""
    told = OutsideBooking(
        external_id,
        listing_external_id,
        status,
        date(2026, 3, 1),
        date(2026, 4, 1),
        JUMA,
        NOON,
        NOON + minutes * MINUTE,
        "We are three, and quiet.",
    )
    return evolve(told, **others)


def applied(life: PortfolioLife, listing: Listing, told: OutsideBooking) -> Application:
    """The application that a booking makes."""
    application_id = application_id_of(life.portfolio_id, SYSTEM, told.external_id)
    after = life.store.change_application(
        life.portfolio_id,
        application_id,
        lambda known: take_booking(known, told, life.portfolio_id, SYSTEM, listing.listing_id, listing.unit_id),
    )
    assert after is not None
    return after


def thread(
    external_id: str = "40001", minutes: int = 0, applicant: Applicant = JUMA, text: str = "Is it still free?"
) -> OutsideInquiry:
    """A thread of one message, begun so many minutes after noon."""
    at = NOON + minutes * MINUTE
    message = OutsideMessage(f"m{external_id}", at, text=text)
    return OutsideInquiry(external_id, "20001", applicant, at, at, "A question", (message,))


def asked(life: PortfolioLife, listing: Listing, told: OutsideInquiry) -> Inquiry | None:
    """The inquiry that a thread makes; None where it changes nothing."""
    place = InquiryPlace(life.portfolio_id, listing.listing_id, listing.unit_id)
    return life.store.change_inquiries(
        life.portfolio_id, listing.listing_id, lambda known: take_inquiry(known, told, place, SYSTEM)
    )
