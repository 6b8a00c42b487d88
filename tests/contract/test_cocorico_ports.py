"""The adapter of the portal keeps every promise of its ports, on a real MariaDB with the rights of our account alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from tests.fixtures.cocorico_portal import cocorico_of

from marketplace_adapters.cocorico import Cocorico
from marketplace_adapters.cocorico.testing import CocoricoPortal
from marketplace_core.domain.listings.records import OutsideBooking, OutsideInquiry
from marketplace_core.testing.contracts.outside_pages import MORNING, OutsidePagesContract, OutsideSweepContract, Stream

pytestmark = pytest.mark.cocorico

FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)


class _OverCocorico:
    @pytest.fixture
    def cocorico(self, portal: CocoricoPortal) -> Iterator[Cocorico]:
        """Give the adapter over an empty portal."""
        cocorico = cocorico_of(portal)
        yield cocorico
        cocorico.close()

    @pytest.fixture
    def offered(self, portal: CocoricoPortal) -> tuple[int, int]:
        """Give a listing there and who asks about it."""
        portal.hand.rows.now = MORNING
        return portal.hand.add_listing(portal.hand.add_landlord()), portal.hand.add_asker()


class TestBookings(_OverCocorico, OutsideSweepContract[OutsideBooking]):
    """The shipped suite of streams over bookings."""

    @pytest.fixture
    def stream(self, portal: CocoricoPortal, cocorico: Cocorico, offered: tuple[int, int]) -> Stream[OutsideBooking]:
        """Give them; what is kept there has whole seconds, so an edit comes one after what was made."""
        hand = portal.hand

        def edit(booking_id: str) -> None:
            hand.rows.pass_time(timedelta(seconds=1))
            hand.edit_booking(int(booking_id), message="Edited")

        return Stream(
            read=cocorico.bookings.bookings,
            id_of=lambda it: it.external_id,
            is_deleted=lambda _it: False,
            move_to=lambda at: _move(portal, at),
            add=lambda: str(hand.add_booking(*offered, FIRST, LAST)),
            edit=edit,
            delete=lambda it: hand.delete_booking(int(it)),
            ids=cocorico.bookings.booking_ids,
        )


class TestInquiries(_OverCocorico, OutsidePagesContract[OutsideInquiry]):
    """The same over inquiries: what edits one is another message."""

    @pytest.fixture
    def stream(self, portal: CocoricoPortal, cocorico: Cocorico, offered: tuple[int, int]) -> Stream[OutsideInquiry]:
        """Give them."""
        hand = portal.hand

        def edit(thread_id: str) -> None:
            hand.rows.pass_time(timedelta(seconds=1))
            hand.add_message(int(thread_id), offered[1], "And the deposit?")

        return Stream(
            read=cocorico.inquiries.inquiries,
            id_of=lambda it: it.external_id,
            is_deleted=lambda _it: False,
            move_to=lambda at: _move(portal, at),
            add=lambda: str(hand.add_inquiry(*offered)),
            edit=edit,
            delete=lambda it: hand.delete_thread(int(it)),
        )


def _move(portal: CocoricoPortal, at: datetime) -> None:
    portal.hand.rows.now = at
