"""Tickets and their comments."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import override

from marketplace_adapters.condo.answers import Fields
from marketplace_adapters.condo.enumerations import ORDINARY_PRIORITY, STATUSES, priority_of
from marketplace_adapters.condo.operations import COMMENTS, TICKET_IDS, TICKETS, Stream
from marketplace_adapters.condo.properties import kind_of
from marketplace_adapters.condo.reading import Reading
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.domain.outside_property.pages import SourcePage, Told
from marketplace_core.domain.outside_property.tickets import OutsideComment, OutsidePerson, OutsideTicket
from marketplace_core.domain.party import UnitKind
from marketplace_core.ports.outside_property.ticket_source import TicketSource


class CondoTickets(TicketSource):
    """Reads tickets and comments of our organization. At most 1000 a page."""

    def __init__(self, reading: Reading) -> None:
        """Read by that."""
        self._reading = reading

    @override
    def tickets(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideTicket]:
        return self._reading.changes(Stream.TICKETS, TICKETS, ticket_of, since, cursor, limit)

    @override
    def comments(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideComment]:
        return self._reading.changes(Stream.COMMENTS, COMMENTS, comment_of, since, cursor, limit)

    @override
    def ticket_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        return self._reading.ids(Stream.TICKETS, TICKET_IDS, cursor, limit)

    @override
    def ticket(self, external_id: str) -> OutsideTicket | None:
        where = self._reading.owned(Stream.TICKETS) | {"id": external_id}
        with self._reading.gate.passing(Stream.TICKETS):
            found = self._reading.rows(TICKETS, where, 1)
            return ticket_of(found[0]) if found else None


def ticket_of(row: Fields) -> OutsideTicket:
    """A row as ours; a status that never changed is as old as the ticket."""
    where, label = row.part_or_none("property"), row.words("unitName").strip()
    status = row.part("status").one_of("type", STATUSES)
    made = row.instant("createdAt")
    return OutsideTicket(
        row.text("id"),
        row.whole("number"),
        row.whole("v"),
        made,
        row.instant("updatedAt"),
        status,
        row.instant_or_none("statusUpdatedAt") or made,
        where.text("id") if where else "",
        (kind_of(row) or UnitKind.FLAT) if label else None,
        label,
        row.words("statusReason"),
        row.instant_or_none("deferredUntil") if status is TicketStatus.ON_HOLD else None,
        row.words("title"),
        row.words("details"),
        priority_of(row.whole("priority", ORDINARY_PRIORITY), is_emergency=row.flag("isEmergency")),
        _category_of(row.part_or_none("classifier")),
        _reporter_of(row),
        person_of(row.part_or_none("executor") or row.part_or_none("assignee")),
        row.instant_or_none("deletedAt") is not None,
    )


def comment_of(row: Fields) -> OutsideComment:
    """A row as ours; one that a resident wrote or sees is a resident's."""
    ticket = row.part_or_none("ticket")
    return OutsideComment(
        row.text("id"),
        ticket.text("id") if ticket else "",
        row.instant("createdAt"),
        row.instant("updatedAt"),
        row.words("content"),
        person_of(row.part_or_none("user")),
        row.words("type") == "resident",
        row.instant_or_none("deletedAt") is not None,
    )


def person_of(user: Fields | None) -> OutsidePerson:
    """Somebody who works there, nobody where there is none."""
    return OutsidePerson(user.text("id"), user.words("name")) if user else OutsidePerson()


def _reporter_of(row: Fields) -> OutsidePerson:
    contact = row.part_or_none("contact")
    return OutsidePerson(contact.text("id") if contact else "", row.words("clientName"), row.words("clientPhone"))


def _category_of(classifier: Fields | None) -> str:
    """Place, category and problem, as far as they are told."""
    if classifier is None:
        return ""
    parts = (classifier.part_or_none(it) for it in ("place", "category", "problem"))
    return " / ".join(it.words("name") for it in parts if it and it.words("name"))
