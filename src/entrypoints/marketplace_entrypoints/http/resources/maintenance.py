"""Maintenance tickets: lists, one with its history, and each step of their lives."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from attrs import evolve

from marketplace_core.domain.access import Action, Target, permits
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PersonId, PropertyId, TicketId, UnitId
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.ticket import Ticket
from marketplace_core.domain.register import TICKETS, TicketEntry
from marketplace_core.errors import InvalidInput
from marketplace_core.services.maintenance.working import ChangeTicket
from marketplace_entrypoints.http.operation import Answer, Call, operation
from marketplace_entrypoints.http.paging import page_answer, page_query
from marketplace_entrypoints.http.problems import Changed
from marketplace_entrypoints.http.shapes.maintenance import (
    AssignBody,
    PriorityBody,
    StatusBody,
    TicketBody,
    TicketCommentBody,
    TicketDetail,
    TicketPage,
    TicketShape,
)

_ALL: Final = "/api/maintenance"
_ONE: Final = "/api/maintenance/{ticket_id}"


@operation("GET", _ALL, Action.READ_MAINTENANCE, answers=TicketPage, query=page_query(TICKETS), further=("text/csv",))
def list_tickets(call: Call[Any, Any]) -> Answer:
    """Maintenance tickets, a page at a time, or all as CSV; a tenant's are those that they reported."""
    return page_answer(call, TICKETS, lambda it: _shape(call, it), TicketPage)


@operation("GET", _ONE, Action.READ_MAINTENANCE, answers=TicketDetail)
def read_ticket(call: Call[Any, Any]) -> Answer:
    """A ticket with its history and comments; its ETag is what If-Match asks for."""
    entry, file = call.parts.container.list_tickets().one(call.reach, TicketId(call.path["ticket_id"]))
    return Answer(_detail(call, entry, file), etag=_etag(entry.ticket))


@operation(
    "POST",
    _ALL,
    Action.REPORT_MAINTENANCE,
    answers=TicketDetail,
    body=TicketBody,
    status=HTTPStatus.CREATED,
    takes_key=True,
    plans=True,
)
def open_ticket(call: Call[Any, TicketBody]) -> Answer:
    """Report what is to be repaired."""
    body, gate, own = call.body, call.parts.gate, call.portfolio_id
    if body.unit_id:
        gate.unit(call.actor, call.action, own, UnitId(body.unit_id))
    if body.property_id:
        gate.property(call.actor, call.action, own, PropertyId(body.property_id))
    if body.reporter_id:
        gate.person(call.actor, call.action, own, PersonId(body.reporter_id))
    reporter_id = PersonId(body.reporter_id) if body.reporter_id else _caller(call)
    if not (call.reach.is_whole or body.unit_id or body.property_id or reporter_id):
        raise InvalidInput("say where it is: name a unit or a property")
    command = call.command("ticket.open")
    file = call.parts.container.open_ticket()(command, body.new(reporter_id), dry_run=call.dry_run)
    return _changed(call, file, HTTPStatus.CREATED)


@operation(
    "POST",
    _ONE + "/comments",
    Action.REPORT_MAINTENANCE,
    answers=TicketDetail,
    body=TicketCommentBody,
    status=HTTPStatus.CREATED,
    takes_key=True,
    plans=True,
)
def comment_ticket(call: Call[Any, TicketCommentBody]) -> Answer:
    """Write to a ticket; whoever has it in another system reads it there too."""
    ticket = _to_change(call)
    comment = call.parts.container.comment_on_ticket()
    done = comment(call.command("ticket.comment"), ticket.ticket_id, call.body.text, dry_run=call.dry_run)
    return _changed(call, done, HTTPStatus.CREATED)


def _step(
    path: str,
    kind: str,
    words: str,
    body: type,
    change: Callable[[ChangeTicket, Call[Any, Any], Command, TicketId], TicketFile],
) -> Any:  # noqa: ANN401 - an operation
    def step(call: Call[Any, Any]) -> Answer:
        ticket = _to_change(call)
        service = call.parts.container.change_ticket()
        if call.if_match:
            service = evolve(service, expected_version=ticket.version)
        return _changed(call, change(service, call, call.command(kind), ticket.ticket_id))

    step.__name__ = kind.replace(".", "_")
    step.__doc__ = words
    declare = operation(
        "POST",
        f"{_ONE}/{path}",
        Action.WRITE_MAINTENANCE,
        answers=TicketDetail,
        body=body,
        takes_key=True,
        plans=True,
        matches=True,
    )
    return declare(step)


change_ticket_status = _step(
    "status",
    "ticket.status",
    "Give a ticket another status, as `follows` allows; another system that has it is told.",
    StatusBody,
    lambda change, call, command, it: change.status(command, it, call.body.step, dry_run=call.dry_run),
)
prioritise_ticket = _step(
    "priority",
    "ticket.priority",
    "Say how much a ticket presses.",
    PriorityBody,
    lambda change, call, command, it: change.prioritise(command, it, call.body.priority, dry_run=call.dry_run),
)


def _assign(change: ChangeTicket, call: Call[Any, Any], command: Command, ticket_id: TicketId) -> TicketFile:
    body: AssignBody = call.body
    whom = PersonId(body.assignee_id) if body.assignee_id else None
    if whom is not None:
        call.parts.gate.person(call.actor, call.action, call.portfolio_id, whom)
    return change.assign(command, ticket_id, whom, body.assignee_name, dry_run=call.dry_run)


assign_ticket = _step("assign", "ticket.assign", "Give a ticket to somebody, or to nobody.", AssignBody, _assign)


def _caller(call: Call[Any, Any]) -> PersonId | None:
    """Who asks, where they are one person of the portfolio whose role reaches a part of it."""
    people = call.reach.person_ids
    return next(iter(people)) if len(people) == 1 and not call.reach.is_whole and not call.body.reporter_name else None


def _to_change(call: Call[Any, Any]) -> Ticket:
    """The ticket in reach, as If-Match names it where it does."""
    ticket = call.parts.gate.ticket(call.actor, call.action, call.portfolio_id, TicketId(call.path["ticket_id"]))
    if call.if_match and call.if_match != _etag(ticket):
        raise Changed(f"the ticket has changed: it is {_etag(ticket)} now, not {call.if_match[:80]}")
    return ticket


def _changed(call: Call[Any, Any], file: TicketFile, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    ticket, ports = file.ticket, call.parts.ports
    unit = ports.unit(ticket.portfolio_id, ticket.unit_id) if ticket.unit_id else None
    names = {it.property_id: it.name for it in ports.properties(ticket.portfolio_id)} if ticket.property_id else {}
    place = names[ticket.property_id] if ticket.property_id else ""
    entry = TicketEntry(ticket, place, unit.code if unit else "")
    return Answer(_detail(call, entry, file), status, etag="" if call.dry_run else _etag(ticket))


def _shape(call: Call[Any, Any], entry: TicketEntry) -> TicketShape:
    return TicketShape.of(entry, call.now, shows_people=_permits(call, Action.READ_PERSON, entry))


def _detail(call: Call[Any, Any], entry: TicketEntry, file: TicketFile) -> TicketDetail:
    """The file: who may change it sees how both systems agree on it, who reported it what concerns them."""
    return TicketDetail.of(
        _shape(call, entry),
        file,
        may_work=_permits(call, Action.WRITE_MAINTENANCE, entry),
        shows_people=_permits(call, Action.READ_PERSON, entry),
        dry_run=call.dry_run,
    )


def _permits(call: Call[Any, Any], action: Action, entry: TicketEntry) -> bool:
    it = entry.ticket
    return permits(call.actor, action, Target(it.portfolio_id, it.property_id, person_id=it.reporter_id))


def _etag(ticket: Ticket) -> str:
    return f'"{ticket.ticket_id}.{ticket.version}"'
