"""The public portal in memory keeps every promise of its ports."""

from __future__ import annotations

import pytest

from marketplace_core.testing.contracts import (
    BookingSourceContract,
    InquirySourceContract,
    ListingPortalContract,
    PortalPlace,
    VisitorPlace,
)
from marketplace_core.testing.portal import MemoryPortal


class TestListings(ListingPortalContract):
    """The shipped suite over the fake."""

    @pytest.fixture
    def portal_place(self) -> PortalPlace:
        """Give a fresh portal."""
        portal = MemoryPortal()
        return PortalPlace(portal, portal.by_hand)


class _OverMemory:
    @pytest.fixture
    def visitor_place(self) -> VisitorPlace:
        """Give a fresh portal."""
        portal = MemoryPortal()
        return VisitorPlace(portal, portal, portal.by_hand)


class TestBookings(_OverMemory, BookingSourceContract):
    """The shipped suite over the fake."""


class TestInquiries(_OverMemory, InquirySourceContract):
    """The shipped suite over the fake."""
