"""The port that reads tickets and comments from a system outside."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.outside_property.pages import SourcePage, Told
from marketplace_core.domain.outside_property.tickets import OutsideComment, OutsideTicket


class TicketSource(Protocol):
    """PartnerUnavailable where it does not answer, PartnerDrift where it is not as it was: nothing is half told."""

    @abstractmethod
    def tickets(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideTicket]:
        """At most ``limit`` that changed at ``since`` or later (None: all), in the order of change; "" begins."""

    @abstractmethod
    def comments(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideComment]:
        """Comments, in the same way."""

    @abstractmethod
    def ticket_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        """Every ticket that stands there, by pages: what is not among them was deleted."""

    @abstractmethod
    def ticket(self, external_id: str) -> OutsideTicket | None:
        """One as it stands now; None where it is deleted, unknown or not shown to us."""
