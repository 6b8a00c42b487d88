"""What the suites of a public portal ask an adapter's author for: the ports, and hands that work there."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date, datetime
from typing import Protocol

from attrs import frozen

from marketplace_core.domain.listings.copies import PortalState
from marketplace_core.domain.listings.records import Applicant, BookingStatus
from marketplace_core.ports.listings.booking_source import BookingSource
from marketplace_core.ports.listings.inquiry_source import InquirySource
from marketplace_core.ports.listings.listing_portal import ListingPortal


class PortalHand(Protocol):
    """People on the portal, whose clock stands still until it is moved; what is not there is ``NotFound``."""

    @abstractmethod
    def move_to(self, instant: datetime) -> None:
        """Let the portal's clock stand there from now on."""

    @abstractmethod
    def add_account(self, email: str, *, may_list: bool = True) -> None:
        """An account of that address; without ``may_list`` it is an operator's, who can neither list nor book."""

    @abstractmethod
    def lock_account(self, email: str) -> None:
        """An operator locks the account: what stands under it stays, nothing more can be put there."""

    @abstractmethod
    def add_listing(self, owner_email: str, title: str, external_id: str = "") -> str:
        """A live listing that its owner made there by hand, under that id where one is given; its id."""

    @abstractmethod
    def rewrite_title(self, external_id: str, title: str) -> None:
        """The owner gives it another title, in every language."""

    @abstractmethod
    def set_price(self, external_id: str, amount_minor: int) -> None:
        """The owner asks so much a day."""

    @abstractmethod
    def set_state(self, external_id: str, state: PortalState) -> None:
        """Somebody shows or hides it, from any state to any."""

    @abstractmethod
    def delete_listing(self, external_id: str) -> None:
        """An operator deletes its row: its bookings and threads go with it."""


class VisitorHand(PortalHand, Protocol):
    """People on the portal who book and ask, too."""

    @abstractmethod
    def add_visitor(self, applicant: Applicant) -> str:
        """An account of somebody who looks for a home, whose ``external_id`` does not count; its id."""

    @abstractmethod
    def change_visitor(self, visitor_id: str, applicant: Applicant) -> None:
        """Somebody corrects who they are."""

    @abstractmethod
    def add_booking(
        self,
        listing_id: str,
        visitor_id: str,
        starts_on: date,
        last_day: date,
        status: BookingStatus = BookingStatus.REQUESTED,
        message: str = "",
    ) -> str:
        """Somebody books from a day up to and with the last one; the booking's id."""

    @abstractmethod
    def change_booking(self, booking_id: str, status: BookingStatus) -> None:
        """Give a booking a status, from any to any."""

    @abstractmethod
    def move_booking(self, booking_id: str, starts_on: date, last_day: date) -> None:
        """Give a booking other days."""

    @abstractmethod
    def delete_booking(self, booking_id: str) -> None:
        """An operator deletes its row."""

    @abstractmethod
    def add_thread(self, listing_id: str, visitor_id: str, subject: str, text: str, booking_id: str = "") -> str:
        """Somebody writes to a listing's owner, by a booking where one is named; the thread's id."""

    @abstractmethod
    def write(self, thread_id: str, text: str, *, is_asker: bool = True) -> None:
        """A further message of a thread, by who began it or by the owner."""

    @abstractmethod
    def mark_spam(self, thread_id: str) -> None:
        """The portal takes a thread for spam; its last message stays where it is in time."""

    @abstractmethod
    def delete_thread(self, thread_id: str) -> None:
        """A thread goes with its messages."""


@frozen
class PortalPlace:
    """An empty portal and a hand on it, whose clock stands at 8:00 UTC on 5 January 2026."""

    portal: ListingPortal
    hand: PortalHand


@frozen
class VisitorPlace:
    """An empty portal as it is read, and a hand on it, whose clock stands at 8:00 UTC on 5 January 2026."""

    bookings: BookingSource
    inquiries: InquirySource
    hand: VisitorHand
