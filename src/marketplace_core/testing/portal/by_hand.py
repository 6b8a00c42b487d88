"""What people do on the fake portal: list, hide, delete, book and ask, in a test's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve

from marketplace_core.domain.listings.copies import OWNER, STATE, PortalState
from marketplace_core.domain.listings.records import Applicant, BookingStatus, OutsideMessage
from marketplace_core.errors import NotFound
from marketplace_core.testing.portal.tables import BookingRow, ListingRow, ThreadRow, Visitor, random_id

if TYPE_CHECKING:
    from marketplace_core.testing.portal.portal import MemoryPortal

R = TypeVar("R")


class ByHand:
    """Edits the portal; what is not there is NotFound. Each edit stamps the clock's instant."""

    def __init__(self, portal: MemoryPortal) -> None:
        """Work on that portal."""
        self._portal = portal
        self._made = 0

    def move_to(self, instant: datetime) -> None:
        """Let the clock stand there from now on."""
        self._portal.now = instant

    def add_account(self, email: str, *, may_list: bool = True) -> None:
        """An account of that address; without ``may_list`` it is an operator's."""
        self._portal.accounts[email.strip().lower()] = may_list

    def lock_account(self, email: str) -> None:
        """An operator locks the account."""
        self._portal.accounts[email.strip().lower()] = False

    def add_listing(self, owner_email: str, title: str, external_id: str = "") -> str:
        """A live listing that its owner made by hand; its id."""
        portal = self._portal
        if owner_email.lower() not in portal.accounts:
            raise NotFound(f"the portal has no account {owner_email}")
        external_id = external_id or self._new_id("listing")
        names = ("category", "pictures", "country", "city", "area", "street", "street_number", "postal_code", "point")
        texts = {f"{name}.{locale}": title for name in ("title", "description", "rules") for locale in portal.locales}
        fields = {STATE: str(PortalState.LIVE), OWNER: owner_email.lower(), "price": "100000", **texts}
        fields |= dict.fromkeys(names, "")
        portal.listing_rows[external_id] = ListingRow(external_id, fields, portal.now, portal.now)
        return external_id

    def rewrite_title(self, external_id: str, title: str) -> None:
        """The owner gives it another title, in every language."""
        titles = {f"title.{locale}": title for locale in self._portal.locales}
        self._portal.write(external_id, {**self._portal.listing(external_id).fields, **titles})

    def set_price(self, external_id: str, amount_minor: int) -> None:
        """The owner asks so much a day."""
        self._portal.write(external_id, {**self._portal.listing(external_id).fields, "price": str(amount_minor)})

    def set_state(self, external_id: str, state: PortalState) -> None:
        """Somebody shows or hides it."""
        self._portal.write(external_id, {**self._portal.listing(external_id).fields, STATE: str(state)})

    def delete_listing(self, external_id: str) -> None:
        """An operator deletes its row: its bookings and threads go with it."""
        self._portal.listing(external_id)
        with self._portal.lock:
            del self._portal.listing_rows[external_id]
            for rows in (self._portal.booking_rows, self._portal.thread_rows):
                _drop(rows, external_id)

    def add_visitor(self, applicant: Applicant) -> str:
        """An account of somebody who looks for a home; its id."""
        visitor_id = self._new_id("visitor")
        self.change_visitor(visitor_id, applicant)
        return visitor_id

    def change_visitor(self, visitor_id: str, applicant: Applicant) -> None:
        """Somebody corrects who they are."""
        self._portal.visitors[visitor_id] = Visitor(visitor_id, evolve(applicant, external_id=visitor_id))

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
        self._portal.listing(listing_id)
        now, booking_id = self._portal.now, self._new_id("booking")
        self._portal.booking_rows[booking_id] = BookingRow(
            booking_id, listing_id, visitor_id, status, starts_on, last_day, now, now, message
        )
        return booking_id

    def change_booking(self, booking_id: str, status: BookingStatus) -> None:
        """Give a booking a status, from any to any."""
        self._change(booking_id, lambda it: evolve(it, status=status))

    def move_booking(self, booking_id: str, starts_on: date, last_day: date) -> None:
        """Give a booking other days."""
        self._change(booking_id, lambda it: evolve(it, starts_on=starts_on, last_day=last_day))

    def delete_booking(self, booking_id: str) -> None:
        """An operator deletes its row."""
        _row(self._portal.booking_rows, booking_id, "booking")
        with self._portal.lock:
            del self._portal.booking_rows[booking_id]

    def add_thread(self, listing_id: str, visitor_id: str, subject: str, text: str, booking_id: str = "") -> str:
        """Somebody writes to a listing's owner; the thread's id."""
        self._portal.listing(listing_id)
        now, thread_id = self._portal.now, self._new_id("thread")
        first = OutsideMessage(self._new_id("message"), now, text=text)
        self._portal.thread_rows[thread_id] = ThreadRow(
            thread_id, listing_id, visitor_id, subject, now, (first,), booking_id
        )
        return thread_id

    def write(self, thread_id: str, text: str, *, is_asker: bool = True) -> None:
        """A further message of a thread."""
        row = _row(self._portal.thread_rows, thread_id, "thread")
        added = OutsideMessage(self._new_id("message"), self._portal.now, is_asker, text)
        self._portal.thread_rows[thread_id] = evolve(row, messages=(*row.messages, added))

    def mark_spam(self, thread_id: str) -> None:
        """The portal takes a thread for spam."""
        row = _row(self._portal.thread_rows, thread_id, "thread")
        self._portal.thread_rows[thread_id] = evolve(row, is_spam=True)

    def delete_thread(self, thread_id: str) -> None:
        """A thread goes with its messages."""
        _row(self._portal.thread_rows, thread_id, "thread")
        with self._portal.lock:
            del self._portal.thread_rows[thread_id]

    def _change(self, booking_id: str, step: Callable[[BookingRow], BookingRow]) -> None:
        row = _row(self._portal.booking_rows, booking_id, "booking")
        self._portal.booking_rows[booking_id] = evolve(step(row), updated_at=self._portal.now)

    def _new_id(self, kind: str) -> str:
        """An id that looks random, and is nobody's yet."""
        self._made += 1
        return random_id(f"{kind}/{self._made}")


def _row(rows: dict[str, R], external_id: str, kind: str) -> R:
    found = rows.get(external_id)
    if found is None:
        raise NotFound(f"the portal has no {kind} {external_id}")
    return found


def _drop(rows: dict[str, BookingRow] | dict[str, ThreadRow], listing_id: str) -> None:
    for key in [key for key, it in rows.items() if it.listing_id == listing_id]:
        del rows[key]
