"""Everything of a ticket but its status, merged with what the system outside tells; and tickets that are gone there."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.identifiers import PersonId, derive_id
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.intents import PushKind
from marketplace_core.domain.maintenance.planning import end_intents
from marketplace_core.domain.maintenance.seen import Seen
from marketplace_core.domain.maintenance.ticket import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    ChangeKind,
    OutsideCopy,
    Side,
    Ticket,
    TicketChange,
)
from marketplace_core.domain.outside_property.tickets import OutsideTicket


def merged_texts(file: TicketFile, seen: Seen) -> TicketFile:
    """The file with their texts, place, priority and assignee; of these two, only where they changed there.

    Nothing personal of a ticket whose reporter was erased. Where the place is no longer told, the old one stays.
    """
    told = file.ticket.outside
    if told is None:
        return file
    ticket = _placed(_with_texts(file.ticket, seen.outside, seen.reporter_id), told, seen)
    lines: list[TicketChange] = []
    it = seen.outside
    if it.priority is not told.priority and it.priority is not ticket.priority:
        lines.append(
            evolve(
                seen.line(ChangeKind.PRIORITY, ticket.priority, it.priority),
                is_conflict=ticket.priority is not told.priority,
            )
        )
        ticket = evolve(ticket, priority=it.priority)
    if seen.assignee != told.assignee:
        lines.append(seen.line(ChangeKind.ASSIGNEE, _whose(ticket), "somebody" if seen.assignee else ""))
        ticket = evolve(ticket, assignee_id=None, assignee_name=it.assignee.name[:LONGEST_TITLE])
    return file.with_ticket(ticket).noting(*lines)


def archive(file: TicketFile, at: datetime, zone: str, system: str) -> TicketFile:
    """The file of a ticket that is gone there, with the day in the zone on which that was seen; once."""
    if file.ticket.archived_on is not None:
        return file
    line = TicketChange(
        derive_id("tch", file.ticket.ticket_id, ChangeKind.ARCHIVED, at.isoformat()),
        ChangeKind.ARCHIVED,
        Side.THEIRS,
        system,
        at,
        at,
        file.ticket.status,
        note=f"deleted in {system}, or shown to us no more",
    )
    ended = end_intents(file, at, f"it is gone in {system}", PushKind.STATUS, PushKind.COMMENT)
    return ended.with_ticket(evolve(file.ticket, archived_on=day_in_zone(at, zone))).noting(line)


def _with_texts(ticket: Ticket, it: OutsideTicket, reporter_id: PersonId | None) -> Ticket:
    if ticket.is_erased:
        return evolve(ticket, category=it.category)
    return evolve(
        ticket,
        title=(it.title.strip() or ticket.title)[:LONGEST_TITLE],
        details=it.details[:LONGEST_TEXT],
        category=it.category,
        reporter_id=reporter_id or ticket.reporter_id,
        reporter_name=it.reporter.name,
        reporter_phone=it.reporter.phone,
    )


def _placed(ticket: Ticket, told: OutsideCopy, seen: Seen) -> Ticket:
    """The ticket where it is now; a place that is unknown here is none, and one that is told no more stays."""
    if not seen.place:
        return ticket
    if seen.place == told.place:
        return evolve(
            ticket,
            property_id=seen.property_id or ticket.property_id,
            unit_id=seen.unit_id or ticket.unit_id,
        )
    return evolve(ticket, property_id=seen.property_id, unit_id=seen.unit_id)


def _whose(ticket: Ticket) -> str:
    return ticket.assignee_id or ("somebody" if ticket.assignee_name else "")
