"""What is said of a maintenance ticket to people and to machines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.status import FOLLOWS, TicketStatus
from marketplace_core.domain.maintenance.ticket import Ticket, TicketChange, TicketComment
from marketplace_core.domain.register import TicketEntry


def days_open(ticket: Ticket, now: datetime) -> int:
    """How many whole days ago it was reported."""
    return max((now - ticket.created_at).days, 0)


def outside_name(ticket: Ticket) -> str:
    """What another system calls it; empty where none has it."""
    return f"{ticket.outside.system} {ticket.outside.number}" if ticket.outside else ""


def follows(ticket: Ticket) -> tuple[str, ...]:
    """What it may become from here."""
    return () if ticket.archived_on else tuple(it.value for it in TicketStatus if it in FOLLOWS[ticket.status])


def plain_ticket(entry: TicketEntry, now: datetime) -> dict[str, Any]:
    """A ticket for machines."""
    it = entry.ticket
    return {
        "ticket": it.ticket_id,
        "number": it.number,
        "title": it.title,
        "status": it.status.value,
        "status_at": it.status_at.isoformat(),
        "follows": list(follows(it)),
        "priority": it.priority.value,
        "category": it.category,
        "property": it.property_id,
        "unit": it.unit_id,
        "unit_code": entry.unit_code,
        "opened_on": it.opened_on.isoformat(),
        "days_open": days_open(it, now),
        "deferred_until": it.deferred_until.isoformat() if it.deferred_until else None,
        "reporter": it.reporter_id,
        "reporter_name": it.reporter_name,
        "reporter_phone": it.reporter_phone,
        "assignee": it.assignee_id,
        "assignee_name": it.assignee_name,
        "outside": outside_name(it),
        "archived_on": it.archived_on.isoformat() if it.archived_on else None,
    }


def plain_file(entry: TicketEntry, file: TicketFile, now: datetime) -> dict[str, Any]:
    """A ticket with its history, comments and intents for machines."""
    return {
        **plain_ticket(entry, now),
        "details": file.ticket.details,
        "status_reason": file.ticket.status_reason,
        "history": [_plain_change(it) for it in file.changes],
        "comments": [_plain_comment(it) for it in file.comments],
        "pushes": [
            {
                "kind": it.kind.value,
                "status": it.status.value if it.status else None,
                "state": it.state.value,
                "attempts": it.attempts,
                "words": it.words,
            }
            for it in file.intents
        ],
    }


def _plain_change(it: TicketChange) -> dict[str, Any]:
    return {
        "kind": it.kind.value,
        "side": it.side.value,
        "by": it.by,
        "happened_at": it.happened_at.isoformat(),
        "recorded_at": it.recorded_at.isoformat(),
        "before": it.before,
        "after": it.after,
        "reason": it.reason,
        "note": it.note,
        "taken": it.is_taken,
        "conflict": it.is_conflict,
    }


def _plain_comment(it: TicketComment) -> dict[str, Any]:
    return {
        "comment": it.comment_id,
        "side": it.side.value,
        "author": it.author_name or it.author,
        "created_at": it.created_at.isoformat(),
        "text": "" if it.is_deleted else it.text,
        "deleted": it.is_deleted,
    }
