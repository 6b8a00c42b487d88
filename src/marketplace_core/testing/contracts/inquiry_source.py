"""What every source of inquiries must do."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import pytest
from typing_extensions import override

from marketplace_core.domain.listings.records import Applicant, OutsideInquiry
from marketplace_core.testing.contracts.booking_source import JUMA
from marketplace_core.testing.contracts.outside_pages import MORNING, OutsidePagesContract, Stream
from marketplace_core.testing.contracts.portal_hands import VisitorPlace

_MINUTE = timedelta(minutes=1)


class InquirySourceContract(OutsidePagesContract[OutsideInquiry]):
    """Needs a fixture ``visitor_place``: an empty one for each test."""

    @pytest.fixture
    def visitor_place(self) -> VisitorPlace:
        """Override me."""
        raise NotImplementedError("give a fixture `visitor_place` that returns an empty portal and a hand")

    @pytest.fixture
    def listing_id(self, visitor_place: VisitorPlace) -> str:
        """A listing to be asked about."""
        visitor_place.hand.add_account("asha@example.org")
        return visitor_place.hand.add_listing("asha@example.org", "Two rooms")

    @override
    @pytest.fixture
    def stream(self, visitor_place: VisitorPlace, listing_id: str) -> Stream[OutsideInquiry]:
        """Threads as rows: what was written to last is at the end."""
        hand, numbers = visitor_place.hand, count(1)
        visitor_id = hand.add_visitor(JUMA)
        return Stream(
            visitor_place.inquiries.inquiries,
            lambda it: it.external_id,
            lambda _: False,
            hand.move_to,
            lambda: hand.add_thread(listing_id, visitor_id, "Still free?", f"Is it still free? {next(numbers)}"),
            lambda it: hand.write(it, f"And now? {next(numbers)}"),
            hand.delete_thread,
        )

    def test_a_thread_comes_whole(self, visitor_place: VisitorPlace, listing_id: str) -> None:
        """With all its messages, the oldest first, and who wrote each."""
        hand = visitor_place.hand
        visitor_id = hand.add_visitor(JUMA)
        made = hand.add_thread(listing_id, visitor_id, "Still free?", "Is it still free from March?")
        hand.move_to(MORNING + _MINUTE)
        hand.write(made, "It is.", is_asker=False)
        hand.move_to(MORNING + 2 * _MINUTE)
        hand.write(made, "May I see it?")
        (told,) = visitor_place.inquiries.inquiries(None, "", 10).rows
        assert (told.external_id, told.listing_external_id) == (made, listing_id)
        assert (told.applicant.external_id, told.applicant.name) == (visitor_id, JUMA.name)
        assert (told.subject, told.is_spam) == ("Still free?", False)
        assert (told.created_at, told.updated_at) == (MORNING, MORNING + 2 * _MINUTE)
        assert [(it.text, it.is_asker) for it in told.messages] == [
            ("Is it still free from March?", True),
            ("It is.", False),
            ("May I see it?", True),
        ]
        assert [it.sent_at for it in told.messages] == [MORNING + n * _MINUTE for n in range(3)]
        assert len({it.external_id for it in told.messages}) == len(told.messages)

    def test_a_page_tells_an_older_thread_whole_too(self, visitor_place: VisitorPlace, listing_id: str) -> None:
        """What was written before ``since`` is told with what came after."""
        hand = visitor_place.hand
        made = hand.add_thread(listing_id, hand.add_visitor(JUMA), "Still free?", "Is it still free?")
        hand.move_to(MORNING + 10 * _MINUTE)
        hand.write(made, "Hello?")
        (told,) = visitor_place.inquiries.inquiries(MORNING + 5 * _MINUTE, "", 10).rows
        assert [it.text for it in told.messages] == ["Is it still free?", "Hello?"]

    def test_a_thread_of_a_booking_is_none(self, visitor_place: VisitorPlace, listing_id: str) -> None:
        """Whoever books writes too; that comes with the booking."""
        hand = visitor_place.hand
        visitor_id = hand.add_visitor(JUMA)
        booking_id = hand.add_booking(listing_id, visitor_id, date(2026, 3, 1), date(2026, 3, 31))
        hand.add_thread(listing_id, visitor_id, "A booking", "We would like to move in.", booking_id)
        asked = hand.add_thread(listing_id, visitor_id, "A question", "Is there water?")
        assert [it.external_id for it in visitor_place.inquiries.inquiries(None, "", 10).rows] == [asked]

    def test_spam_is_told_as_such(self, visitor_place: VisitorPlace, listing_id: str) -> None:
        """It is not kept back: somebody may have been told already."""
        hand = visitor_place.hand
        made = hand.add_thread(listing_id, hand.add_visitor(Applicant("", "Bot", "b@example.org")), "Win", "Win now!")
        hand.mark_spam(made)
        assert [it.is_spam for it in visitor_place.inquiries.inquiries(None, "", 10).rows] == [True]

    def test_with_a_listing_its_threads_are_gone(self, visitor_place: VisitorPlace, listing_id: str) -> None:
        """They are told no more."""
        visitor_id = visitor_place.hand.add_visitor(JUMA)
        visitor_place.hand.add_thread(listing_id, visitor_id, "Still free?", "Is it still free?")
        visitor_place.hand.delete_listing(listing_id)
        assert visitor_place.inquiries.inquiries(None, "", 10).rows == ()
