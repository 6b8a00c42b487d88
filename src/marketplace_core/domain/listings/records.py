"""Bookings and inquiries as a portal outside tells them, whatever portal that is."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from attrs import field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.errors import InvalidInput


class BookingStatus(StrEnum):
    """Where a booking stands there."""

    DRAFT = "draft"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    """The landlord accepted, and it was paid as the portal asks."""
    EXPIRED = "expired"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    PAYMENT_FAILED = "payment_failed"


@frozen
class Applicant:
    """Who asks or books, as the portal knows them. Personal.

    ``phone`` as it stands there, its prefix before it; the flags say that the portal saw them answer.
    """

    external_id: str
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email_verified: bool = False
    phone_verified: bool = False


@frozen
class OutsideBooking:
    """A booking there, from ``starts_on`` up to but without ``ends_on``; its amounts are never read."""

    external_id: str
    listing_external_id: str
    status: BookingStatus
    starts_on: date
    ends_on: date
    applicant: Applicant
    created_at: datetime = field(converter=require_instant)
    updated_at: datetime = field(converter=require_instant)
    message: str = field(default="", repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse a booking without a day."""
        if self.ends_on <= self.starts_on:
            raise InvalidInput(f"booking {self.external_id}: {self.starts_on} to {self.ends_on} has no day in it")


@frozen
class OutsideMessage:
    """What somebody wrote to a listing's owner; ``is_asker`` False for the owner's answers. Personal."""

    external_id: str
    sent_at: datetime = field(converter=require_instant)
    is_asker: bool = True
    text: str = field(default="", repr=False)


@frozen
class OutsideInquiry:
    """A thread about a listing that belongs to no booking, with all its messages, the oldest first."""

    external_id: str
    listing_external_id: str
    applicant: Applicant
    created_at: datetime = field(converter=require_instant)
    updated_at: datetime = field(converter=require_instant)
    subject: str = field(default="", repr=False)
    messages: tuple[OutsideMessage, ...] = ()
    is_spam: bool = False
