"""Tickets as a property manager's system outside tells them, in our words for statuses and priorities."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.party import UnitKind


@frozen
class OutsidePerson:
    """Who reported or does something: the system's id of them, and what it calls them. Personal."""

    external_id: str = ""
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@frozen
class OutsideTicket:
    """A ticket there. ``status_at`` is when its status last changed; ``version`` grows with each write.

    ``property_id`` is empty where the system no longer says it, as of a property that was deleted there.
    """

    external_id: str
    number: int
    version: int
    created_at: datetime
    updated_at: datetime
    status: TicketStatus
    status_at: datetime
    property_id: str = ""
    unit_kind: UnitKind | None = None
    unit_label: str = ""
    status_reason: str = ""
    deferred_until: datetime | None = None
    title: str = ""
    details: str = field(default="", repr=False)
    priority: TicketPriority = TicketPriority.NORMAL
    category: str = ""
    reporter: OutsidePerson = OutsidePerson()
    assignee: OutsidePerson = OutsidePerson()
    is_deleted: bool = False


@frozen
class OutsideComment:
    """What somebody wrote to a ticket there; ``ticket_id`` is empty where the ticket was deleted and is not shown."""

    external_id: str
    ticket_id: str
    created_at: datetime
    updated_at: datetime
    text: str = field(default="", repr=False)
    author: OutsidePerson = OutsidePerson()
    is_resident: bool = False
    is_deleted: bool = False
