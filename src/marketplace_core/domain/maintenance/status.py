"""The states of a ticket, and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class TicketStatus(StrEnum):
    """Where a repair stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class TicketPriority(StrEnum):
    """How much it presses."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    EMERGENCY = "emergency"


FOLLOWS: Final[Mapping[TicketStatus, frozenset[TicketStatus]]] = {
    TicketStatus.OPEN: frozenset(
        [
            TicketStatus.IN_PROGRESS,
            TicketStatus.ON_HOLD,
            TicketStatus.RESOLVED,
            TicketStatus.CANCELLED,
        ]
    ),
    TicketStatus.IN_PROGRESS: frozenset(
        [
            TicketStatus.OPEN,
            TicketStatus.ON_HOLD,
            TicketStatus.RESOLVED,
            TicketStatus.CANCELLED,
        ]
    ),
    TicketStatus.ON_HOLD: frozenset(
        [
            TicketStatus.OPEN,
            TicketStatus.IN_PROGRESS,
            TicketStatus.RESOLVED,
            TicketStatus.CANCELLED,
        ]
    ),
    TicketStatus.RESOLVED: frozenset([TicketStatus.OPEN, TicketStatus.CLOSED]),
    TicketStatus.CLOSED: frozenset([TicketStatus.OPEN]),
    TicketStatus.CANCELLED: frozenset([TicketStatus.OPEN]),
}
"""What a person may do from each: an ended ticket is reopened first, and only what was resolved is closed."""
ENDED: Final = frozenset([TicketStatus.CLOSED, TicketStatus.CANCELLED])
"""Of a ticket with which nobody does anything."""
