"""The port that reads inquiries from a portal outside."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.listings.records import OutsideInquiry
from marketplace_core.domain.outside_property.pages import SourcePage


class InquirySource(Protocol):
    """PartnerUnavailable where it does not answer, PartnerDrift where it is not as it was: nothing is half told."""

    @abstractmethod
    def inquiries(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideInquiry]:
        """At most ``limit`` threads without a booking that were written to at ``since`` or later (None: all).

        In the order of the last message; "" begins. Each is told once at least, with all its messages.
        """
