"""The portal's adapter keeps every promise of its ports, on a real MariaDB with the rights of our account alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fixtures.cocorico_portal import cocorico_of

from marketplace_adapters.cocorico import Cocorico
from marketplace_adapters.cocorico.testing import CocoricoPortal, CocoricoVisitors
from marketplace_core.testing.contracts.booking_source import BookingSourceContract
from marketplace_core.testing.contracts.inquiry_source import InquirySourceContract
from marketplace_core.testing.contracts.listing_portal import ListingPortalContract
from marketplace_core.testing.contracts.outside_pages import MORNING
from marketplace_core.testing.contracts.portal_hands import PortalPlace, VisitorPlace

pytestmark = pytest.mark.cocorico


class _OverCocorico:
    @pytest.fixture
    def cocorico(self, portal: CocoricoPortal, tmp_path: Path) -> Iterator[Cocorico]:
        """Give the adapter over an empty portal."""
        cocorico = cocorico_of(portal, pictures_folder=tmp_path)
        yield cocorico
        cocorico.close()

    @pytest.fixture
    def hand(self, portal: CocoricoPortal) -> CocoricoVisitors:
        """Give a hand on it."""
        portal.hand.rows.now = MORNING
        return CocoricoVisitors(portal.hand)


class TestListings(_OverCocorico, ListingPortalContract):
    """The shipped suite over the adapter."""

    @pytest.fixture
    def portal_place(self, cocorico: Cocorico, hand: CocoricoVisitors) -> PortalPlace:
        """Give a place in it."""
        return PortalPlace(cocorico.listings, hand)


class TestBookings(_OverCocorico, BookingSourceContract):
    """The shipped suite over the adapter."""

    @pytest.fixture
    def visitor_place(self, cocorico: Cocorico, hand: CocoricoVisitors) -> VisitorPlace:
        """Give a place in it."""
        return VisitorPlace(cocorico.bookings, cocorico.inquiries, hand)


class TestInquiries(_OverCocorico, InquirySourceContract):
    """The shipped suite over the adapter."""

    @pytest.fixture
    def visitor_place(self, cocorico: Cocorico, hand: CocoricoVisitors) -> VisitorPlace:
        """Give a place in it."""
        return VisitorPlace(cocorico.bookings, cocorico.inquiries, hand)
