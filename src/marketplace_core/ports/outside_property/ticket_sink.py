"""The port that changes tickets in a system outside."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.domain.outside_property.tickets import OutsideTicket


class TicketSink(Protocol):
    """The system has no compare-and-set: who writes reads first, and skips what stands there already."""

    @abstractmethod
    def set_status(
        self, external_id: str, status: TicketStatus, *, reason: str = "", deferred_until: datetime | None = None
    ) -> OutsideTicket:
        """Give a ticket a status, and tell the ticket as it then stands.

        Raises NotFound where it is gone, RuleViolation where the system refuses, PartnerUnavailable where nobody knows
        whether it was done.
        """

    @abstractmethod
    def add_comment(self, external_id: str, text: str) -> str:
        """Write to a ticket; the comment's id. It has no key: sent twice it stands twice."""
