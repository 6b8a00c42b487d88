"""What every source of bookings must do."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import pytest
from typing_extensions import override

from marketplace_core.domain.listings.records import Applicant, BookingStatus, OutsideBooking
from marketplace_core.testing.contracts.outside_pages import MORNING, OutsideSweepContract, Stream
from marketplace_core.testing.contracts.portal_hands import VisitorPlace

JUMA = Applicant("", "Juma Were", "juma@example.org", "+254 712345678", email_verified=True, phone_verified=True)
_HOUR = timedelta(hours=1)
_MARCH = (date(2026, 3, 1), date(2026, 3, 31))


class BookingSourceContract(OutsideSweepContract[OutsideBooking]):
    """Needs a fixture ``visitor_place``: an empty one for each test."""

    @pytest.fixture
    def visitor_place(self) -> VisitorPlace:
        """Override me."""
        raise NotImplementedError("give a fixture `visitor_place` that returns an empty portal and a hand")

    @pytest.fixture
    def listing_id(self, visitor_place: VisitorPlace) -> str:
        """A listing to be booked."""
        visitor_place.hand.add_account("asha@example.org")
        return visitor_place.hand.add_listing("asha@example.org", "Two rooms")

    @override
    @pytest.fixture
    def stream(self, visitor_place: VisitorPlace, listing_id: str) -> Stream[OutsideBooking]:
        """Bookings as rows."""
        hand, numbers = visitor_place.hand, count(1)
        visitor_id = hand.add_visitor(JUMA)
        return Stream(
            visitor_place.bookings.bookings,
            lambda it: it.external_id,
            lambda _: False,
            hand.move_to,
            lambda: hand.add_booking(listing_id, visitor_id, *_MARCH),
            lambda it: hand.move_booking(it, _MARCH[0], _MARCH[1] + timedelta(days=next(numbers))),
            hand.delete_booking,
            visitor_place.bookings.booking_ids,
        )

    @override
    def test_versions_grow_with_edits(self, stream: Stream[OutsideBooking]) -> None:
        """A portal may tell no versions of bookings: ids are enough to find what is gone."""
        made = [stream.add() for _ in range(2)]
        stream.edit(made[0])
        assert {it.external_id for it in stream.swept(10)} == set(made)

    def test_a_booking_comes_whole(self, visitor_place: VisitorPlace, listing_id: str) -> None:
        """Its days end without the last one's next, who booked is told with what the portal verified."""
        visitor_id = visitor_place.hand.add_visitor(JUMA)
        made = visitor_place.hand.add_booking(
            listing_id, visitor_id, *_MARCH, BookingStatus.ACCEPTED, "We are three, and quiet."
        )
        (told,) = visitor_place.bookings.bookings(None, "", 10).rows
        assert (told.external_id, told.listing_external_id, told.status) == (made, listing_id, BookingStatus.ACCEPTED)
        assert (told.starts_on, told.ends_on) == (date(2026, 3, 1), date(2026, 4, 1))
        assert (told.created_at, told.updated_at) == (MORNING, MORNING)
        assert told.message == "We are three, and quiet."
        who = told.applicant
        assert (who.external_id, who.email_verified, who.phone_verified) == (visitor_id, True, True)
        assert (who.name, who.email) == (JUMA.name, JUMA.email)
        assert "".join(it for it in who.phone if it.isdigit()) == "254712345678"

    def test_days_in_the_wrong_order_stop_no_other_booking(self, visitor_place: VisitorPlace, listing_id: str) -> None:
        """It is named and not told; its id still stands there; once it is mended it is told."""
        hand, source = visitor_place.hand, visitor_place.bookings
        visitor_id = hand.add_visitor(JUMA)
        made = [hand.add_booking(listing_id, visitor_id, *_MARCH) for _ in range(3)]
        hand.move_booking(made[1], _MARCH[1], _MARCH[0])
        page = source.bookings(None, "", 10)
        assert sorted(it.external_id for it in page.rows) == sorted([made[0], made[2]])
        assert [(made[1] in it.words, it.of) for it in page.unread] == [(True, listing_id)]
        assert {it.external_id for it in source.booking_ids("", 10).rows} == set(made)
        hand.move_booking(made[1], *_MARCH)
        page = source.bookings(None, "", 10)
        assert (sorted(it.external_id for it in page.rows), page.unread) == (sorted(made), ())

    def test_a_booking_of_one_day_has_that_day(self, visitor_place: VisitorPlace, listing_id: str) -> None:
        """The last day is the first one."""
        visitor_id = visitor_place.hand.add_visitor(JUMA)
        visitor_place.hand.add_booking(listing_id, visitor_id, _MARCH[0], _MARCH[0])
        (told,) = visitor_place.bookings.bookings(None, "", 10).rows
        assert (told.starts_on, told.ends_on) == (date(2026, 3, 1), date(2026, 3, 2))

    @pytest.mark.parametrize("status", list(BookingStatus))
    def test_every_status_is_told(self, visitor_place: VisitorPlace, listing_id: str, status: BookingStatus) -> None:
        """As it is, and at the instant of its change."""
        hand = visitor_place.hand
        made = hand.add_booking(listing_id, hand.add_visitor(JUMA), *_MARCH)
        hand.move_to(MORNING + _HOUR)
        hand.change_booking(made, status)
        (told,) = visitor_place.bookings.bookings(None, "", 10).rows
        assert (told.status, told.created_at, told.updated_at) == (status, MORNING, MORNING + _HOUR)

    def test_contacts_that_nobody_verified_are_told_so(self, visitor_place: VisitorPlace, listing_id: str) -> None:
        """Also where there is no phone."""
        hand = visitor_place.hand
        visitor_id = hand.add_visitor(Applicant("", "Njeri Kamau", "njeri@example.org"))
        hand.add_booking(listing_id, visitor_id, *_MARCH)
        (told,) = visitor_place.bookings.bookings(None, "", 10).rows
        who = told.applicant
        assert (who.name, who.email, who.phone) == ("Njeri Kamau", "njeri@example.org", "")
        assert (who.email_verified, who.phone_verified) == (False, False)

    def test_with_a_listing_its_bookings_are_gone(self, visitor_place: VisitorPlace, listing_id: str) -> None:
        """Nothing tells of them: they are no longer among the ids."""
        hand = visitor_place.hand
        visitor_id = hand.add_visitor(JUMA)
        other = hand.add_listing("asha@example.org", "Three rooms")
        gone, stays = (hand.add_booking(it, visitor_id, *_MARCH) for it in (listing_id, other))
        assert {it.external_id for it in visitor_place.bookings.booking_ids("", 10).rows} == {gone, stays}
        hand.delete_listing(listing_id)
        assert [it.external_id for it in visitor_place.bookings.booking_ids("", 10).rows] == [stays]
        assert [it.external_id for it in visitor_place.bookings.bookings(None, "", 10).rows] == [stays]
