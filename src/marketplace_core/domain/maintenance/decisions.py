"""What may be done to a ticket here: open, change its status, write to it, give it to somebody, say how it presses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from attrs import evolve, field, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.identifiers import (
    PersonId,
    PropertyId,
    TicketCommentId,
    TicketId,
    UnitId,
    derive_id,
)
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.planning import plan_comment, plan_status
from marketplace_core.domain.maintenance.status import FOLLOWS, TicketPriority, TicketStatus
from marketplace_core.domain.maintenance.ticket import (
    LONGEST_TEXT,
    ChangeKind,
    Side,
    Ticket,
    TicketChange,
    TicketComment,
    require_length,
)
from marketplace_core.errors import IllegalTransition, InvalidInput, RuleViolation

LONGEST_HOLD: Final = timedelta(days=365)
"""A ticket waits no longer at once: so it is in Condo, and what waits longer is forgotten."""


@frozen
class NewTicket:
    """What somebody reports; the reporter is a person of the portfolio, or a name and a phone. Personal."""

    title: str = field(repr=False)
    details: str = field(default="", repr=False)
    category: str = ""
    priority: TicketPriority = TicketPriority.NORMAL
    property_id: PropertyId | None = None
    unit_id: UnitId | None = None
    reporter_id: PersonId | None = None
    reporter_name: str = field(default="", repr=False)
    reporter_phone: str = field(default="", repr=False)


@frozen
class StatusStep:
    """A status to come to, why, and until when where it is on hold; ``happened_at`` None is now."""

    status: TicketStatus
    reason: str = field(default="", repr=False)
    deferred_until: datetime | None = None
    happened_at: datetime | None = None


def ticket_id_of(command: Command) -> TicketId:
    """The id of the ticket that a command opens: the same command opens it once."""
    return TicketId(derive_id("tkt", command.portfolio_id, command.command_id))


def open_ticket(command: Command, new: NewTicket, zone: str) -> TicketFile:
    """The file of a new ticket, without a number."""
    at = command.recorded_at
    ticket = Ticket(
        command.portfolio_id,
        ticket_id_of(command),
        0,
        at,
        day_in_zone(at, zone),
        TicketStatus.OPEN,
        at,
        new.title.strip(),
        new.details,
        new.category,
        new.priority,
        new.property_id,
        new.unit_id,
        reporter_id=new.reporter_id,
        reporter_name=new.reporter_name,
        reporter_phone=new.reporter_phone,
    )
    return TicketFile(ticket, (_line(command, ChangeKind.OPENED, "", TicketStatus.OPEN),))


def change_status(file: TicketFile, command: Command, step: StatusStep) -> TicketFile:
    """The file with the ticket in another status, to be told outside where it is linked; holds end at whole seconds.

    ``IllegalTransition`` where the status does not follow; the message says which may.
    """
    if file.has_change(command.command_id):
        return file
    ticket = _changing(file)
    _require_follows(ticket, step)
    _require_whole(step, command.recorded_at)
    happened_at = _happened_at(ticket, step, command.recorded_at)
    changed = evolve(
        ticket,
        status=step.status,
        status_at=happened_at,
        status_reason=step.reason,
        deferred_until=step.deferred_until and step.deferred_until.replace(microsecond=0),
    )
    line = evolve(
        _line(command, ChangeKind.STATUS, ticket.status, step.status), happened_at=happened_at, reason=step.reason
    )
    return plan_status(file.with_ticket(changed).noting(line), command.recorded_at)


def comment_on(file: TicketFile, command: Command, text: str, author_name: str = "") -> TicketFile:
    """The file with what somebody wrote, to be told outside where the ticket is linked."""
    if file.has_change(command.command_id):
        return file
    if not text.strip():
        raise InvalidInput("a comment needs words")
    ticket, at = _changing(file), command.recorded_at
    comment_id = TicketCommentId(derive_id("tcm", ticket.ticket_id, command.command_id))
    comment = TicketComment(
        ticket.portfolio_id, comment_id, ticket.ticket_id, at, at, Side.OURS, command.actor, text, author_name
    )
    line = _line(command, ChangeKind.COMMENT, "", comment_id)
    return plan_comment(file.with_comment(comment).noting(line), comment, at)


def assign(file: TicketFile, command: Command, assignee_id: PersonId | None, assignee_name: str = "") -> TicketFile:
    """The file with the ticket given to a person of the portfolio, to somebody else by name, or to nobody."""
    if file.has_change(command.command_id):
        return file
    ticket = _changing(file)
    require_length("assignee's name", assignee_name, LONGEST_TEXT)
    line = _line(command, ChangeKind.ASSIGNEE, _whose(ticket), assignee_id or ("somebody" if assignee_name else ""))
    return file.with_ticket(evolve(ticket, assignee_id=assignee_id, assignee_name=assignee_name)).noting(line)


def prioritise(file: TicketFile, command: Command, priority: TicketPriority) -> TicketFile:
    """The file with the ticket pressing so much."""
    if file.has_change(command.command_id):
        return file
    ticket = _changing(file)
    line = _line(command, ChangeKind.PRIORITY, ticket.priority, priority)
    return file.with_ticket(evolve(ticket, priority=priority)).noting(line)


def skipped(before: TicketStatus, after: TicketStatus) -> str:
    """What to say of a step that nobody may do here; empty for one that follows."""
    if after in FOLLOWS[before] or after is before:
        return ""
    return f"skips a step: {before} is followed by {_listed(before)}"


def _whose(ticket: Ticket) -> str:
    return ticket.assignee_id or ("somebody" if ticket.assignee_name else "")


def _changing(file: TicketFile) -> Ticket:
    if file.ticket.archived_on is not None:
        raise IllegalTransition(
            f"ticket {file.ticket.number} was deleted in {_system(file.ticket)}, as seen on"
            f" {file.ticket.archived_on}: open a new one"
        )
    return file.ticket


def _system(ticket: Ticket) -> str:
    return ticket.outside.system if ticket.outside else "the system outside"


def _require_follows(ticket: Ticket, step: StatusStep) -> None:
    waits_otherwise = step.status is TicketStatus.ON_HOLD and step.deferred_until != ticket.deferred_until
    if step.status is ticket.status and waits_otherwise:
        return
    if step.status not in FOLLOWS[ticket.status]:
        raise IllegalTransition(
            f"ticket {ticket.number} is {ticket.status}, which {step.status} does not follow: it may become"
            f" {_listed(ticket.status)}"
        )


def _require_whole(step: StatusStep, now: datetime) -> None:
    require_length("reason", step.reason, LONGEST_TEXT)
    if step.status is TicketStatus.CANCELLED and not step.reason.strip():
        raise InvalidInput("say why the ticket is cancelled: whoever reported it will ask")
    if step.status is not TicketStatus.ON_HOLD:
        if step.deferred_until is not None:
            raise InvalidInput(f"only a ticket on hold waits until a day, not one that is {step.status}")
        return
    if step.deferred_until is None:
        raise InvalidInput("a ticket on hold needs an instant until which it waits")
    if not now < step.deferred_until <= now + LONGEST_HOLD:
        raise RuleViolation(
            f"a ticket waits until an instant to come, at most {LONGEST_HOLD.days} days away, not until"
            f" {step.deferred_until.isoformat()}"
        )


def _happened_at(ticket: Ticket, step: StatusStep, now: datetime) -> datetime:
    """When it happened; what is decided now comes after what it was decided on, whatever the clocks say."""
    if step.happened_at is None:
        return max(now, ticket.status_at)
    if not ticket.status_at <= step.happened_at <= now:
        raise RuleViolation(
            f"ticket {ticket.number} is {ticket.status} since {ticket.status_at.isoformat()}: a change happened after"
            f" that and not in the future, not at {step.happened_at.isoformat()}"
        )
    return step.happened_at


def _line(command: Command, kind: ChangeKind, before: str, after: str) -> TicketChange:
    return TicketChange(
        command.command_id,
        kind,
        Side.OURS,
        command.actor,
        command.recorded_at,
        command.recorded_at,
        str(before),
        str(after),
        command.reason,
    )


def _listed(status: TicketStatus) -> str:
    return " or ".join(it for it in TicketStatus if it in FOLLOWS[status])
