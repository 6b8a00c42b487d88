"""What the system outside tells of a ticket, merged with what was done here: the later event wins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from attrs import evolve

from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.identifiers import (
    derive_id,
)
from marketplace_core.domain.maintenance.decisions import skipped
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.intents import PushIntent, PushKind, PushState
from marketplace_core.domain.maintenance.merging import archive, merged_texts
from marketplace_core.domain.maintenance.planning import (
    end_intents,
    plan_status,
    replace_intent,
    settle_same,
)
from marketplace_core.domain.maintenance.seen import Seen, waits_until
from marketplace_core.domain.maintenance.ticket import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    ChangeKind,
    OutsideCopy,
    Ticket,
)
from marketplace_core.domain.outside_property.tickets import OutsideTicket

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How far the system's clock may be behind ours: what stands there since a little before we sent is still our echo."""


def ingest(file: TicketFile | None, seen: Seen) -> TicketFile | None:
    """The file with what was told merged; the same one where it is known, None where an unknown one is deleted.

    An older version changes nothing. A step that nobody may do here is taken, for it happened, and told as such.
    """
    outside = seen.outside
    if file is None:
        return None if outside.is_deleted else _first(seen)
    told = file.ticket.outside
    if told is None or outside.version < told.version:
        return file
    if outside.is_deleted:
        return archive(file, seen.at, seen.zone, seen.system)
    file = _returned(file, seen)
    file = merged_texts(file, seen)
    file = _merged_status(file, told, seen)
    return file.with_ticket(evolve(file.ticket, outside=_newest(told, seen)))


def settle_push(file: TicketFile, intent_id: str, seen: Seen, looked_version: int) -> TicketFile:
    """The file after a status was written there: ``seen`` is the answer, ``looked_version`` what stood there before.

    Where the ticket is in another status here by now, that one is told next. A version between the look and the write
    is somebody's edit that was overwritten: it is recorded.
    """
    intent, told = file.intent(intent_id), file.ticket.outside
    if intent is None or told is None:
        return file
    if seen.outside.version >= told.version:
        file = file.with_ticket(evolve(file.ticket, outside=seen.copy()))
    if intent.state is not PushState.DONE:
        file = replace_intent(file, intent.settled(PushState.DONE, seen.at))
    if seen.outside.version > looked_version + 1:
        note = f"{seen.system} was written to between our look and our write: what was changed there may be overwritten"
        line = evolve(seen.line(ChangeKind.PUSH, after=str(intent.status)), note=note, is_conflict=True)
        file = file.noting(line)
    if _is_same(file.ticket, seen.outside):
        return settle_same(file, seen.at, "it stands there")
    return plan_status(file, seen.at)


def _first(seen: Seen) -> TicketFile:
    it = seen.outside
    ticket = Ticket(
        seen.portfolio_id,
        seen.ticket_id,
        0,
        it.created_at,
        day_in_zone(it.created_at, seen.zone),
        it.status,
        it.status_at,
        (it.title.strip() or f"{seen.system} {it.number}")[:LONGEST_TITLE],
        it.details[:LONGEST_TEXT],
        it.category,
        it.priority,
        seen.property_id,
        seen.unit_id,
        status_reason=it.status_reason,
        deferred_until=waits_until(it),
        reporter_id=seen.reporter_id,
        reporter_name=it.reporter.name,
        reporter_phone=it.reporter.phone,
        assignee_name=it.assignee.name,
        outside=seen.copy(),
    )
    return TicketFile(ticket, (seen.line(ChangeKind.OPENED, "", it.status, it.created_at),))


def _returned(file: TicketFile, seen: Seen) -> TicketFile:
    """The file of a ticket that was taken for deleted and is there."""
    if file.ticket.archived_on is None:
        return file
    line = seen.line(ChangeKind.RETURNED)
    line = evolve(line, change_id=derive_id("tch", line.change_id, file.ticket.archived_on.isoformat()))
    return file.with_ticket(evolve(file.ticket, archived_on=None)).noting(line)


def _merged_status(file: TicketFile, told: OutsideCopy, seen: Seen) -> TicketFile:
    """The file with the status that wins, and what became of what we meant to tell."""
    outside, ticket = seen.outside, file.ticket
    if _is_same(ticket, outside):
        return settle_same(file, seen.at, "it stands there")
    changed_at = _changed_at(told, outside)
    echo = _echo(file, outside, changed_at)
    if echo is not None:
        echoed = replace_intent(file, echo.settled(PushState.DONE, seen.at, "it stood there, though no answer came"))
        return plan_status(echoed, seen.at)
    has_news = (outside.status, waits_until(outside)) != (told.status, told.deferred_until) or (
        outside.status_at > told.status_at
    )
    if not has_news:
        return file
    edited_here = bool(file.open_intents(PushKind.STATUS)) or not _is_as_told(ticket, told)
    if edited_here and changed_at < ticket.status_at:
        return _kept(file, seen, changed_at)
    return _taken(file, seen, changed_at, is_conflict=edited_here)


def _taken(file: TicketFile, seen: Seen, changed_at: datetime, *, is_conflict: bool) -> TicketFile:
    """The file with their status; what was done here before that is told as outweighed where there was such a thing."""
    ticket, it = file.ticket, seen.outside
    notes = [skipped(ticket.status, it.status)]
    if is_conflict:
        since = ticket.status_at.isoformat()
        notes.append(f"both sides edited: {ticket.status} here, at {since}, was earlier and is outweighed")
    line = seen.line(ChangeKind.STATUS, ticket.status, it.status, changed_at)
    line = evolve(
        line,
        reason="" if ticket.is_erased else it.status_reason,
        note="; ".join(filter(None, notes)),
        is_conflict=is_conflict,
    )
    changed = evolve(
        ticket,
        status=it.status,
        status_at=changed_at,
        status_reason="" if ticket.is_erased else it.status_reason,
        deferred_until=waits_until(it),
    )
    ended = end_intents(file, seen.at, f"what was changed in {seen.system} later stands", PushKind.STATUS)
    return ended.with_ticket(changed).noting(line)


def _kept(file: TicketFile, seen: Seen, changed_at: datetime) -> TicketFile:
    """The file with our status, which is told there again; theirs is told as outweighed."""
    ticket, it = file.ticket, seen.outside
    since = ticket.status_at.isoformat()
    line = seen.line(ChangeKind.STATUS, ticket.status, it.status, changed_at)
    line = evolve(
        line,
        reason="" if ticket.is_erased else it.status_reason,
        note=f"both sides edited: {it.status} in {seen.system} was earlier than {ticket.status} here, at {since},"
        " and is outweighed",
        is_taken=False,
        is_conflict=True,
    )
    return plan_status(file.noting(line), seen.at)


def _changed_at(told: OutsideCopy, outside: OutsideTicket) -> datetime:
    """When the status came to be so: who lets a ticket wait longer leaves the instant of its status as it was."""
    is_same = outside.status is told.status and outside.status_at <= told.status_at
    return outside.updated_at if is_same and waits_until(outside) != told.deferred_until else outside.status_at


def _echo(file: TicketFile, outside: OutsideTicket, changed_at: datetime) -> PushIntent | None:
    """The intent whose request arrived though its answer did not."""
    for it in reversed(file.open_intents(PushKind.STATUS)):
        is_same = (it.status, it.deferred_until) == (outside.status, waits_until(outside))
        if it.sent_at is not None and is_same and changed_at >= it.sent_at - CLOCKS_DIFFER:
            return it
    return None


def _newest(told: OutsideCopy, seen: Seen) -> OutsideCopy:
    """What was told last; where it no longer says the place, that it said before."""
    copy = seen.copy()
    return copy if copy.place else evolve(copy, place=told.place)


def _is_same(ticket: Ticket, outside: OutsideTicket) -> bool:
    return (ticket.status, ticket.deferred_until) == (outside.status, waits_until(outside))


def _is_as_told(ticket: Ticket, told: OutsideCopy) -> bool:
    return (ticket.status, ticket.deferred_until) == (told.status, told.deferred_until)
