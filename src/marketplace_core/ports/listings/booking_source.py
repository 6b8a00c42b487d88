"""The port that reads bookings from a portal outside."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.listings.records import OutsideBooking
from marketplace_core.domain.outside_property.pages import SourcePage, Told


class BookingSource(Protocol):
    """PartnerUnavailable where it does not answer, PartnerDrift where it is not as it was: nothing is half told."""

    @abstractmethod
    def bookings(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideBooking]:
        """At most ``limit`` that changed at ``since`` or later (None: all), in the order of change; "" begins.

        What changes meanwhile comes later, or again; each is told once at least. Never told: those that were deleted.
        One whose status is unknown, or whose days are in the wrong order, is ``unread`` and stops no other.
        """

    @abstractmethod
    def booking_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        """Every booking that stands there, by pages: what is not among them was deleted."""
