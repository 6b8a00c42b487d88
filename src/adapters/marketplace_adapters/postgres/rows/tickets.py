"""Tickets with their history, comments and intents as rows."""

from __future__ import annotations

from typing import Any, Final

from attrs import evolve, fields

from marketplace_adapters.postgres.rows.values import Columns, Row
from marketplace_core.domain.codec import from_plain, to_plain
from marketplace_core.domain.maintenance.intents import PushIntent
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.maintenance.ticket import OutsideCopy, Ticket, TicketChange, TicketComment

_ENUMS: Final = {"status": TicketStatus, "priority": TicketPriority}
_NAMES: Final = tuple(it.name for it in fields(Ticket))


def ticket_row(it: Ticket) -> Row:
    """The columns of a ticket."""
    row: Row = {name: getattr(it, name) for name in _NAMES}
    row["outside"] = None if it.outside is None else to_plain(it.outside)
    row["system"] = it.outside.system if it.outside else ""
    row["external_id"] = it.outside.external_id if it.outside else ""
    return row


def ticket_of(row: Columns) -> Ticket:
    """The ticket of a row."""
    values: dict[str, Any] = {name: row[name] for name in _NAMES}
    values.update({name: kind(row[name]) for name, kind in _ENUMS.items()})
    values["outside"] = None if row["outside"] is None else from_plain(row["outside"], OutsideCopy)
    return Ticket(**values)


def change_row(it: TicketChange) -> Row:
    """The columns of a line of history."""
    return {"change_id": it.change_id, "reason": it.reason, "body": to_plain(evolve(it, reason=""))}


def change_of(row: Columns) -> TicketChange:
    """The line of history of a row."""
    return evolve(from_plain(row["body"], TicketChange), reason=row["reason"])


def comment_row(it: TicketComment) -> Row:
    """The columns of a comment."""
    return {
        "comment_id": it.comment_id,
        "external_id": it.external_id,
        "text": it.text,
        "author_name": it.author_name,
        "body": to_plain(evolve(it, text="", author_name="")),
    }


def comment_of(row: Columns) -> TicketComment:
    """The comment of a row."""
    return evolve(from_plain(row["body"], TicketComment), text=row["text"], author_name=row["author_name"])


def intent_row(it: PushIntent) -> Row:
    """The columns of an intent."""
    return {
        "intent_id": it.intent_id,
        "state": it.state,
        "planned_at": it.planned_at,
        "body": to_plain(it),
    }


def intent_of(row: Columns) -> PushIntent:
    """The intent of a row."""
    return from_plain(row["body"], PushIntent)
