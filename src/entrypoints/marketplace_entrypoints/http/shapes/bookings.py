"""Inquiries and bookings: who asks for what. Who they are shows to whose role reads people."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from marketplace_core.domain.listings.applications import ApplicationStatus
from marketplace_core.domain.listings.inquiries import InquiryStatus
from marketplace_core.domain.register import ApplicationEntry, InquiryEntry
from marketplace_entrypoints.http.bounded import Identifier, Instant


@frozen
class InquiryMessageShape:
    """One message, of who asks or of who answers."""

    sent_at: Instant
    is_asker: bool
    text: str


@frozen
class InquiryShape:
    """Somebody asks about a listing: by our own portal (``system`` is ``own``) or by one outside."""

    inquiry_id: str
    listing_id: str
    property_id: str
    unit_id: str
    unit_code: str
    system: str
    status: InquiryStatus
    asked_at: Instant
    last_asked_at: Instant
    name: str
    phone: str
    email: str
    messages: tuple[InquiryMessageShape, ...]

    @classmethod
    def of(cls, entry: InquiryEntry, *, shows_people: bool) -> InquiryShape:
        """The shape of an inquiry."""
        it = entry.inquiry
        who = it.applicant
        messages = it.messages if shows_people else ()
        return cls(
            it.inquiry_id,
            it.listing_id,
            entry.property_id,
            it.unit_id,
            entry.unit_code,
            it.system,
            it.status,
            it.asked_at,
            it.last_asked_at,
            who.name if shows_people else "",
            who.phone if shows_people else "",
            who.email if shows_people else "",
            tuple(InquiryMessageShape(one.sent_at, one.is_asker, one.text) for one in messages),
        )


@frozen
class InquiryPage:
    """A page of inquiries, the newest first."""

    inquiries: tuple[InquiryShape, ...]
    next: str | None


@frozen
class BookingShape:
    """A booking of a listing: accepted, it is or becomes the draft of a lease.

    ``ends_on`` is the day after the last one. ``lease_id`` is that lease; ``trouble`` says what a person has to see to
    before there is one.
    """

    application_id: str
    system: str
    external_id: str
    listing_id: str
    property_id: str
    unit_id: str
    unit_code: str
    status: ApplicationStatus
    starts_on: date
    ends_on: date
    updated_at: Instant
    name: str
    phone: str
    email: str
    is_verified: bool
    person_id: str | None
    lease_id: str | None
    trouble: str

    @classmethod
    def of(cls, entry: ApplicationEntry, *, shows_people: bool) -> BookingShape:
        """The shape of an application."""
        it = entry.application
        who = it.applicant
        return cls(
            it.application_id,
            it.system,
            it.external_id,
            it.listing_id,
            entry.property_id,
            it.unit_id,
            entry.unit_code,
            it.status,
            it.starts_on,
            it.ends_on,
            it.updated_at,
            who.name if shows_people else "",
            who.phone if shows_people else "",
            who.email if shows_people else "",
            who.email_verified or who.phone_verified,
            it.person_id if shows_people else None,
            it.lease_id,
            it.trouble,
        )


@frozen
class BookingPage:
    """A page of bookings."""

    bookings: tuple[BookingShape, ...]
    next: str | None


@frozen
class ConfirmBody:
    """Whose booking it is: a person of the portfolio; left out, somebody new with the name and contact given there."""

    person_id: Identifier | None = None
