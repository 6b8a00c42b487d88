"""Condo's enumerations, member by member, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.outside_property.records import OccupantRole
from marketplace_core.domain.party import UnitKind

UNIT_KINDS: Final[Mapping[str, UnitKind]] = {it.value: it for it in UnitKind}
STATUSES: Final[Mapping[str, TicketStatus]] = {
    "new_or_reopened": TicketStatus.OPEN,
    "processing": TicketStatus.IN_PROGRESS,
    "deferred": TicketStatus.ON_HOLD,
    "completed": TicketStatus.RESOLVED,
    "closed": TicketStatus.CLOSED,
    "canceled": TicketStatus.CANCELLED,
}
STATUS_TYPES: Final[Mapping[TicketStatus, str]] = {ours: theirs for theirs, ours in STATUSES.items()}
ROLES: Final[Mapping[str, OccupantRole]] = {
    "resident": OccupantRole.RESIDENT,
    "owner": OccupantRole.OWNER,
    "guest": OccupantRole.GUEST,
}
ORDINARY_PRIORITY: Final = 300


def priority_of(number: int, *, is_emergency: bool) -> TicketPriority:
    """Condo's number in our words: 300 is the ordinary one, 500 the highest."""
    if is_emergency:
        return TicketPriority.EMERGENCY
    if number == ORDINARY_PRIORITY:
        return TicketPriority.NORMAL
    return TicketPriority.HIGH if number > ORDINARY_PRIORITY else TicketPriority.LOW
