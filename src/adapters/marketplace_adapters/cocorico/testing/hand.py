"""What people do at the portal, second part: listings, inquiries and bookings, and taking them away again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Final

from attrs import define

from marketplace_adapters.cocorico.testing.people import People

NEW, PUBLISHED, INVALIDATED, SUSPENDED, DELETED, TO_VALIDATE = range(1, 7)
"""Of a listing."""
DRAFT, REQUESTED, PAYED, EXPIRED, REFUSED, CANCELED, PAYMENT_REFUSED = 0, 1, 3, 4, 5, 6, 8
"""Of a booking."""
BOOKING_STATUSES: Final = (DRAFT, REQUESTED, PAYED, EXPIRED, REFUSED, CANCELED, PAYMENT_REFUSED)
_MOVED_AT: Final = {
    REQUESTED: "new_booking_at",
    PAYED: "payed_booking_at",
    REFUSED: "refused_booking_at",
    CANCELED: "canceled_asker_booking_at",
}
_FEE_SHARE: Final = 10


@define
class CocoricoHand(People):
    """A person at the portal: each method is one thing that is done there, at the portal's clock ``rows.now``."""

    def add_listing(
        self,
        user_id: int,
        title: str = "Two rooms by the park",
        *,
        status: int = PUBLISHED,
        price: int = 100_000,
        city: str = "Nairobi",
        coordinate_id: int | None = None,
        category_ids: Sequence[int] = (),
        pictures: Sequence[str] = (),
        listing_id: int | None = None,
    ) -> int:
        """A listing that somebody makes there, in each locale; ``price`` is cents a day."""
        point = coordinate_id or self.add_coordinate(self.add_city(city))
        listing_id = listing_id or self.rows.new_id()
        with self.rows.at_once():
            self.rows.add(
                "listing",
                id=listing_id,
                user_id=user_id,
                status=status,
                price=price,
                cancellation_policy=1,
                comment_count=0,
                createdAt=self.rows.stamp,
                updatedAt=self.rows.stamp,
            )
            location_id = self.rows.add(
                "listing_location", listing_id=listing_id, coordinate_id=point, country="KE", city=city
            )
            self.rows.change("listing", listing_id, location_id=location_id)
            for locale in self.locales:
                self.rows.add(
                    "listing_translation",
                    translatable_id=listing_id,
                    title=title,
                    description=f"{title}.",
                    locale=locale,
                    slug=f"{title.lower().replace(' ', '-')}-{listing_id}",
                )
            for it in category_ids:
                self.rows.add("listing_listing_category", listing_id=listing_id, listing_category_id=it)
            for at, name in enumerate(pictures, 1):
                self.rows.add("listing_image", listing_id=listing_id, name=name, position=at)
        return listing_id

    def edit_listing(self, listing_id: int, **values: object) -> None:
        """Somebody there changes columns of a listing: ``status``, ``price``, …."""
        self.rows.change("listing", listing_id, **values, updatedAt=self.rows.stamp)

    def rewrite_listing(self, listing_id: int, locale: str = "en", **values: object) -> None:
        """Somebody there writes another ``title`` or ``description`` in one locale."""
        (row,) = self.rows.all("listing_translation", translatable_id=listing_id, locale=locale)
        with self.rows.at_once():
            self.rows.change("listing_translation", int(str(row["id"])), **values)
            self.edit_listing(listing_id)

    def add_inquiry(
        self, listing_id: int, asker_id: int, body: str = "Is it still free?", subject: str = "A question"
    ) -> int:
        """An asker writes to the landlord of a listing; the thread's id."""
        return self._add_thread(listing_id, asker_id, body, subject)

    def add_message(self, thread_id: int, sender_id: int, body: str) -> int:
        """Another message in a thread."""
        made = self.rows.add("message", thread_id=thread_id, sender_id=sender_id, body=body, created_at=self.rows.stamp)
        for it in self.rows.all("message_thread_metadata", thread_id=thread_id):
            person = it["participant_id"]
            self.rows.add("message_metadata", message_id=made, participant_id=person, is_read=person == sender_id)
            self.rows.change("message_thread_metadata", int(str(it["id"])), last_message_date=self.rows.stamp)
        return made

    def mark_spam(self, thread_id: int) -> None:
        """Somebody there says that a thread is spam."""
        self.rows.change("message_thread", thread_id, isSpam=True)

    def add_booking(
        self,
        listing_id: int,
        asker_id: int,
        start: date,
        end: date,
        *,
        status: int = REQUESTED,
        amount: int = 300_000,
        message: str = "We would like to move in.",
    ) -> int:
        """An asker books days, the last one included; it goes through the statuses that lead to ``status``."""
        booking_id = self.rows.new_id()
        with self.rows.at_once():
            self.rows.add(
                "booking",
                id=booking_id,
                user_id=asker_id,
                listing_id=listing_id,
                start=datetime.combine(start, time()),
                end=datetime.combine(end, time()),
                start_time=datetime.combine(start, time()),
                end_time=datetime.combine(end, time()),
                status=DRAFT,
                validated=False,
                amount=amount,
                amount_fee_as_asker=amount // _FEE_SHARE,
                amount_fee_as_offerer=amount // _FEE_SHARE,
                amount_total=amount + amount // _FEE_SHARE,
                cancellation_policy=1,
                alerted_expiring=False,
                alerted_imminent=False,
                message=message,
                time_zone_asker="Africa/Nairobi",
                time_zone_offerer="Africa/Nairobi",
                createdAt=self.rows.stamp,
                updatedAt=self.rows.stamp,
            )
            self._add_thread(listing_id, asker_id, message, "A booking", booking_id)
            if status not in {DRAFT, REQUESTED}:
                self._move(booking_id, REQUESTED)
            if status == CANCELED:
                self._move(booking_id, PAYED)
            if status != DRAFT:
                self._move(booking_id, status)
        return booking_id

    def move_booking(self, booking_id: int, status: int) -> None:
        """A booking gets another status, with the times that the program keeps of it."""
        with self.rows.at_once():
            self._move(booking_id, status)

    def edit_booking(self, booking_id: int, **values: object) -> None:
        """Somebody there changes columns of a booking."""
        self.rows.change("booking", booking_id, **values, updatedAt=self.rows.stamp)

    def delete_thread(self, thread_id: int) -> None:
        """An admin erases a thread with its messages."""
        with self.rows.at_once():
            self._forget_messages(id=thread_id)
            self.rows.delete("message_thread", id=thread_id)

    def delete_booking(self, booking_id: int) -> None:
        """An admin erases a booking, and its thread goes with it."""
        with self.rows.at_once():
            self._forget_messages(booking_id=booking_id)
            self.rows.delete("booking", id=booking_id)

    def delete_listing(self, listing_id: int) -> None:
        """An admin erases a listing: its bookings and threads go with it."""
        with self.rows.at_once():
            self._forget_messages(listing_id=listing_id)
            self.rows.delete("listing", id=listing_id)

    def delete_user(self, user_id: int) -> None:
        """An admin erases an account: its listings, bookings and threads go with it."""
        with self.rows.at_once():
            for it in self.rows.all("listing", user_id=user_id):
                self._forget_messages(listing_id=it["id"])
            for it in self.rows.all("booking", user_id=user_id):
                self._forget_messages(booking_id=it["id"])
            for it in self.rows.all("message_thread", createdBy_id=user_id):
                self._forget_messages(id=it["id"])
                self.rows.delete("message_thread", id=it["id"])
            self.rows.delete("user", id=user_id)

    def _move(self, booking_id: int, status: int) -> None:
        moved = {_MOVED_AT[status]: self.rows.stamp} if status in _MOVED_AT else {}
        self.rows.change("booking", booking_id, status=status, updatedAt=self.rows.stamp, **moved)
        if status == CANCELED:
            booking = self.rows.one("booking", booking_id)
            self._add_money_row("booking_payin_refund", booking_id, booking, booking["user_id"])
        if status == PAYED:
            booking = self.rows.one("booking", booking_id)
            owner = self.rows.one("listing", int(str(booking["listing_id"])))["user_id"]
            self._add_money_row("booking_bank_wire", booking_id, booking, owner)

    def _add_money_row(self, table: str, booking_id: int, booking: Mapping[str, object], user_id: object) -> None:
        if not self.rows.all(table, booking_id=booking_id):
            self.rows.add(
                table,
                id=self.rows.new_id(),
                user_id=user_id,
                booking_id=booking_id,
                status=1,
                amount=booking["amount"],
                createdAt=self.rows.stamp,
                updatedAt=self.rows.stamp,
            )

    def _add_thread(
        self, listing_id: int, asker_id: int, body: str, subject: str, booking_id: int | None = None
    ) -> int:
        thread_id = self.rows.add(
            "message_thread",
            listing_id=listing_id,
            booking_id=booking_id,
            subject=subject,
            createdAt=self.rows.stamp,
            isSpam=False,
            createdBy_id=asker_id,
        )
        landlord = self.rows.one("listing", listing_id)["user_id"]
        for person in (asker_id, landlord):
            self.rows.add("message_thread_metadata", thread_id=thread_id, participant_id=person, is_deleted=False)
        self.add_message(thread_id, asker_id, body)
        return thread_id

    def _forget_messages(self, **where: object) -> None:
        """What the program takes away by itself, for the database would rather refuse."""
        for thread in self.rows.all("message_thread", **where):
            for it in self.rows.all("message", thread_id=thread["id"]):
                self.rows.delete("message_metadata", message_id=it["id"])
            self.rows.delete("message", thread_id=thread["id"])
            self.rows.delete("message_thread_metadata", thread_id=thread["id"])
