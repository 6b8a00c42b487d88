"""Cocorico, whole: its ports, and how it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from typing_extensions import override

from marketplace_adapters.cocorico.bookings import CocoricoBookings
from marketplace_adapters.cocorico.columns import Findings, findings
from marketplace_adapters.cocorico.engine import PortalDatabase
from marketplace_adapters.cocorico.gate import Gate
from marketplace_adapters.cocorico.inquiries import CocoricoInquiries
from marketplace_adapters.cocorico.listings import CocoricoListings
from marketplace_adapters.cocorico.server import CocoricoServer
from marketplace_core.ports.listings.booking_source import BookingSource
from marketplace_core.ports.listings.inquiry_source import InquirySource
from marketplace_core.ports.listings.listing_portal import ListingPortal


def _now() -> datetime:
    return datetime.now(UTC)


class Cocorico:
    """One portal; threads may share it. Nothing is opened before the first use.

    Its tables and our rights are looked at before the first row is read or written, and again every
    ``check_every_seconds``: while they are not as we need them every call raises PartnerDrift or ConfigurationError.
    """

    listings: ListingPortal
    bookings: BookingSource
    inquiries: InquirySource

    def __init__(
        self,
        server: CocoricoServer,
        now: Callable[[], datetime] = _now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Reach that portal's database; tests give clocks of their own."""
        self._database = PortalDatabase(server)
        self._gate = Gate(self._looked, server.check_every_seconds, monotonic)
        self.listings = CocoricoListings(self._database, self._gate, now)
        self.bookings = CocoricoBookings(self._database, self._gate)
        self.inquiries = CocoricoInquiries(self._database, self._gate)

    @override
    def __repr__(self) -> str:
        """Where it is, and nothing secret."""
        return f"Cocorico({self._database.server.label!r})"

    def check(self) -> Findings:
        """Look now: what of its tables and of our rights is not as we need it; empty where all is.

        Raises PartnerUnavailable where it does not answer, ConfigurationError where it does not let us in.
        """
        return self._gate.look_again()

    def close(self) -> None:
        """End its connections."""
        self._database.close()

    def _looked(self) -> Findings:
        with self._database.reading() as connection:
            return findings(connection)
