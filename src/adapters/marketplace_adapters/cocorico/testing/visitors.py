"""What people do at the portal, in the words of any portal: what the suites of `marketplace_core.testing` ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from attrs import define

from marketplace_adapters.cocorico.bookings import STATUSES
from marketplace_adapters.cocorico.fields import STATUS_OF
from marketplace_adapters.cocorico.testing.hand import CocoricoHand
from marketplace_adapters.cocorico.testing.people import phone_parts
from marketplace_core.domain.listings.copies import PortalState
from marketplace_core.domain.listings.records import Applicant, BookingStatus
from marketplace_core.errors import NotFound

_NUMBER_OF: Final = {status: number for number, status in STATUSES.items()}


@define
class CocoricoVisitors:
    """The hand of a portal by ids that are texts; what is not there is NotFound."""

    hand: CocoricoHand
    _city: str = "Nairobi"
    _coordinate_id: int = 0

    def move_to(self, instant: datetime) -> None:
        """Let the portal's clock stand there from now on."""
        self.hand.rows.now = instant

    def add_account(self, email: str, *, may_list: bool = True) -> None:
        """An account of that address, or an operator's; one that is there stays."""
        if self.hand.rows.all("user", email_canonical=email.lower()):
            return
        if may_list:
            self.hand.add_landlord(email)
        else:
            self.hand.add_admin(email)

    def lock_account(self, email: str) -> None:
        """An operator locks the account."""
        self.hand.disable_user(self._account(email))

    def add_listing(self, owner_email: str, title: str, external_id: str = "") -> str:
        """A live listing that its owner made by hand; its id."""
        owner_id = self._account(owner_email)
        if not self._coordinate_id:
            self._coordinate_id = self.hand.add_coordinate(self.hand.add_city(self._city))
        listing_id = int(external_id) if external_id else None
        made = self.hand.add_listing(
            owner_id, title, coordinate_id=self._coordinate_id, city=self._city, listing_id=listing_id
        )
        return str(made)

    def rewrite_title(self, external_id: str, title: str) -> None:
        """The owner gives it another title, in every language."""
        self._row("listing", external_id)
        for locale in self.hand.locales:
            self.hand.rewrite_listing(int(external_id), locale, title=title)

    def set_price(self, external_id: str, amount_minor: int) -> None:
        """The owner asks so much a day."""
        self._row("listing", external_id)
        self.hand.edit_listing(int(external_id), price=amount_minor)

    def set_state(self, external_id: str, state: PortalState) -> None:
        """Somebody shows or hides it."""
        self._row("listing", external_id)
        self.hand.edit_listing(int(external_id), status=STATUS_OF[state])

    def delete_listing(self, external_id: str) -> None:
        """An operator deletes its row."""
        self._row("listing", external_id)
        self.hand.delete_listing(int(external_id))

    def add_visitor(self, applicant: Applicant) -> str:
        """An account of somebody who looks for a home; one of that address that is there is theirs."""
        known = self.hand.rows.all("user", email_canonical=applicant.email.lower())
        made = int(str(known[0]["id"])) if known else self.hand.add_user(applicant.email)
        self.change_visitor(str(made), applicant)
        return str(made)

    def change_visitor(self, visitor_id: str, applicant: Applicant) -> None:
        """Somebody corrects who they are."""
        self._row("user", visitor_id)
        first, _blank, last = applicant.name.partition(" ")
        prefix, phone = phone_parts(applicant.phone)
        self.hand.rows.change(
            "user",
            int(visitor_id),
            first_name=first,
            last_name=last,
            email=applicant.email,
            email_canonical=applicant.email.lower(),
            phone_prefix=prefix or None,
            phone=phone or None,
            email_verified=applicant.email_verified,
            phone_verified=applicant.phone_verified,
            updatedAt=self.hand.rows.stamp,
        )

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
        self._row("listing", listing_id)
        made = self.hand.add_booking(
            int(listing_id), int(visitor_id), starts_on, last_day, status=_NUMBER_OF[status], message=message
        )
        return str(made)

    def change_booking(self, booking_id: str, status: BookingStatus) -> None:
        """Give a booking a status, from any to any."""
        self._row("booking", booking_id)
        self.hand.move_booking(int(booking_id), _NUMBER_OF[status])

    def move_booking(self, booking_id: str, starts_on: date, last_day: date) -> None:
        """Give a booking other days."""
        self._row("booking", booking_id)
        start, end = (datetime.combine(it, time()) for it in (starts_on, last_day))
        self.hand.edit_booking(int(booking_id), start=start, end=end, start_time=start, end_time=end)

    def delete_booking(self, booking_id: str) -> None:
        """An admin deletes its row."""
        self._row("booking", booking_id)
        self.hand.delete_booking(int(booking_id))

    def add_thread(self, listing_id: str, visitor_id: str, subject: str, text: str, booking_id: str = "") -> str:
        """Somebody writes to a listing's owner; with a booking the portal has made the thread already."""
        self._row("listing", listing_id)
        if booking_id:
            (thread,) = self.hand.rows.all("message_thread", booking_id=int(booking_id))
            self.hand.add_message(int(str(thread["id"])), int(visitor_id), text)
            return str(thread["id"])
        return str(self.hand.add_inquiry(int(listing_id), int(visitor_id), text, subject))

    def write(self, thread_id: str, text: str, *, is_asker: bool = True) -> None:
        """A further message of a thread, by who began it or by the owner."""
        thread = self._row("message_thread", thread_id)
        owner = self._row("listing", str(thread["listing_id"]))["user_id"]
        self.hand.add_message(int(thread_id), int(str(thread["createdBy_id"] if is_asker else owner)), text)

    def mark_spam(self, thread_id: str) -> None:
        """The portal takes a thread for spam."""
        self._row("message_thread", thread_id)
        self.hand.mark_spam(int(thread_id))

    def delete_thread(self, thread_id: str) -> None:
        """A thread goes with its messages."""
        self._row("message_thread", thread_id)
        self.hand.delete_thread(int(thread_id))

    def _account(self, email: str) -> int:
        found = self.hand.rows.all("user", email_canonical=email.lower())
        if not found:
            raise NotFound(f"the portal has no account {email}")
        return int(str(found[0]["id"]))

    def _row(self, table: str, row_id: str) -> Mapping[str, object]:
        found = self.hand.rows.all(table, id=int(row_id)) if row_id.isdigit() else []
        if not found:
            raise NotFound(f"the portal has no {table} {row_id}")
        return found[0]
