"""Maintenance tickets: list, show, open, move on, write to and assign them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from attrs import evolve
from cyclopts import Parameter

from marketplace_core.domain.access import Reach
from marketplace_core.domain.identifiers import PersonId, UnitId
from marketplace_core.domain.maintenance.decisions import NewTicket, StatusStep
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.paging import Filter, Operator, PageAsk, Sort
from marketplace_core.domain.register import Archived, TicketEntry
from marketplace_core.errors import NotFound
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Instant, Where
from marketplace_entrypoints.cli.saving import save_text
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.csv_text import csv_text
from marketplace_entrypoints.ticket_words import days_open, follows, outside_name, plain_file, plain_ticket

_WOULD: Final = {
    "Opened": "Would open",
    "Changed": "Would change",
    "Wrote to": "Would write to",
    "Assigned": "Would assign",
}

app = group("maintenance", "Maintenance tickets: list, show, open, move on, write to, assign.")


@app.default
@app.command(name="list")
def list_tickets(
    *,
    status: Annotated[TicketStatus | None, Parameter(help="Only those that stand so.")] = None,
    unit: Annotated[str, Parameter(help="Only those of this unit: its code or id.")] = "",
    archived: Annotated[bool, Parameter(negative=(), help="Also those that were deleted outside.")] = False,
    csv: Annotated[Path | None, Parameter(help="Write the list to a CSV file.")] = None,
    where: Where = HERE,
) -> int:
    """Tickets, the oldest first."""
    with opened(where) as here:
        filters = [Filter("status", Operator.EQUAL, status)] if status else []
        filters += [Filter("unit_id", Operator.EQUAL, str(_unit(here, unit)))] if unit else []
        filters += [] if archived else [Filter("archived", Operator.EQUAL, Archived.NO)]
        now = here.container.clock().now()
        found = list(_entries(here, tuple(filters)))
        header = ("number", "status", "priority", "days", "unit", "property", "what", "assignee", "outside")
        rows = [
            (
                it.ticket.number,
                it.ticket.status.value,
                it.ticket.priority.value,
                days_open(it.ticket, now),
                it.unit_code,
                it.property_name,
                it.ticket.shown_title,
                it.ticket.assignee_name or it.ticket.assignee_id or "",
                outside_name(it.ticket),
            )
            for it in found
        ]
        if csv is not None:
            save_text(csv, csv_text(header, rows))
            here.output.say(f"wrote {len(rows)} rows to {csv}")
        return here.answer({"tickets": [plain_ticket(it, now) for it in found]}, table(header, rows))


@app.command(name="show")
def show(ticket: str, *, where: Where = HERE) -> int:
    """A ticket by its number or id, with its history and comments."""
    with opened(where) as here:
        found = _find(here, ticket)
        return _answer(here, found, here.ports.ticket_file(here.portfolio_id, found.ticket.ticket_id))


@app.command(name="open")
def open_ticket(
    title: str,
    *,
    unit: Annotated[str, Parameter(help="Code or id of the unit.")] = "",
    details: Annotated[str, Parameter(help="More about it.")] = "",
    category: Annotated[str, Parameter(help="What kind of thing it is.")] = "",
    priority: Annotated[TicketPriority, Parameter(help="How much it presses.")] = TicketPriority.NORMAL,
    reporter: Annotated[str, Parameter(help="Id of the person who reports it.")] = "",
    reporter_name: Annotated[str, Parameter(help="Who reports it, where the books do not know them.")] = "",
    reporter_phone: Annotated[str, Parameter(help="Their phone.")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Open a ticket."""
    with opened(where) as here:
        new = NewTicket(
            title,
            details,
            category,
            priority,
            unit_id=_unit(here, unit) if unit else None,
            reporter_id=PersonId(reporter) if reporter else None,
            reporter_name=reporter_name,
            reporter_phone=reporter_phone,
        )
        done = here.container.open_ticket()(here.command("ticket.open", act), new, dry_run=act.dry_run)
        return _done(here, done, act, "Opened")


@app.command(name="status")
def status(
    ticket: str,
    to: TicketStatus,
    *,
    until: Annotated[Instant | None, Parameter(help="On hold until then, at most 365 days away.")] = None,
    happened: Annotated[Instant | None, Parameter(help="When it happened (default: now).")] = None,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Give a ticket another status; another system that has it is told. To cancel, say why with --reason."""
    with opened(where) as here:
        found = _find(here, ticket)
        step = StatusStep(to, act.reason, here.instant(until), here.instant(happened))
        command = here.command("ticket.status", act)
        change = here.container.change_ticket()
        done = change.status(command, found.ticket.ticket_id, step, dry_run=act.dry_run)
        return _done(here, done, act, "Changed")


@app.command(name="comment")
def comment(ticket: str, text: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Write to a ticket; whoever has it in another system reads it there too."""
    with opened(where) as here:
        found = _find(here, ticket)
        command = here.command("ticket.comment", act)
        write = here.container.comment_on_ticket()
        return _done(here, write(command, found.ticket.ticket_id, text, dry_run=act.dry_run), act, "Wrote to")


@app.command(name="assign")
def assign(
    ticket: str,
    person: Annotated[str, Parameter(help="Id of a person of the portfolio; nobody where it is left out.")] = "",
    *,
    name: Annotated[str, Parameter(help="Who does it, where the books do not know them.")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Give a ticket to somebody, or to nobody."""
    with opened(where) as here:
        found = _find(here, ticket)
        command = here.command("ticket.assign", act)
        whom = PersonId(person) if person else None
        change = here.container.change_ticket()
        done = change.assign(command, found.ticket.ticket_id, whom, name, dry_run=act.dry_run)
        return _done(here, done, act, "Assigned")


@app.command(name="priority")
def prioritise(ticket: str, to: TicketPriority, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Say how much a ticket presses."""
    with opened(where) as here:
        found = _find(here, ticket)
        command = here.command("ticket.priority", act)
        change = here.container.change_ticket()
        return _done(here, change.prioritise(command, found.ticket.ticket_id, to, dry_run=act.dry_run), act, "Changed")


def _whole(here: Session) -> Reach:
    return Reach(here.portfolio_id, is_whole=True)


def _entries(here: Session, filters: tuple[Filter, ...] = ()) -> Iterator[TicketEntry]:
    ask = PageAsk(500, sort=Sort("opened_on"), filters=filters)
    while True:
        page = here.container.list_tickets().page(_whole(here), ask)
        yield from page.entries
        if page.next is None:
            return
        ask = evolve(ask, after=page.next)


def _find(here: Session, text: str) -> TicketEntry:
    """The ticket of a number or an id."""
    for it in _entries(here):
        if text in (str(it.ticket.number), it.ticket.ticket_id):
            return it
    raise NotFound(f"no ticket {text!r} in {here.portfolio_id}; see marketplace maintenance list")


def _unit(here: Session, text: str) -> UnitId:
    for unit in here.ports.units(here.portfolio_id):
        if text in (unit.unit_id, unit.code):
            return unit.unit_id
    raise NotFound(f"no unit {text!r} in {here.portfolio_id}; see marketplace leases list")


def _done(here: Session, file: TicketFile, act: Act, verb: str) -> int:
    it = file.ticket
    names = {one.property_id: one.name for one in here.ports.properties(here.portfolio_id)}
    code = here.ports.unit(here.portfolio_id, it.unit_id).code if it.unit_id else ""
    entry = TicketEntry(it, names.get(it.property_id, "") if it.property_id else "", code)
    words = f"{_WOULD[verb] if act.dry_run else verb} ticket {it.number}: {it.shown_title} ({it.status})"
    waiting = [one for one in file.intents if one.is_open]
    told = [f"{it.outside.system} is to be told {len(waiting)} things of it"] if it.outside and waiting else []
    now = here.container.clock().now()
    return here.answer({**plain_file(entry, file, now), "dry_run": act.dry_run}, words, *told)


def _answer(here: Session, entry: TicketEntry, file: TicketFile) -> int:
    it, now = file.ticket, here.container.clock().now()
    place = ", ".join(filter(None, (entry.unit_code, entry.property_name))) or "nowhere that is known"
    lines = [
        f"Ticket {it.number}: {it.shown_title}",
        f"{it.status} since {it.status_at:%Y-%m-%d %H:%M} UTC, {days_open(it, now)} days old, {it.priority}; {place}",
        f"may become {', '.join(follows(it)) or 'nothing: it was deleted outside'}",
    ]
    if it.details:
        lines.append(it.details)
    parts: list[str | Table] = [*lines, _history(file)]
    if file.comments:
        parts.append(_comments(file))
    return here.answer(plain_file(entry, file, now), *parts)


def _history(file: TicketFile) -> Table:
    rows = [
        (
            f"{it.happened_at:%Y-%m-%d %H:%M}",
            it.by,
            it.kind.value,
            it.before,
            it.after,
            "; ".join(filter(None, (it.reason, it.note))),
        )
        for it in file.changes
    ]
    return table(("when", "who", "what", "from", "to", "why"), rows, "History")


def _comments(file: TicketFile) -> Table:
    rows = [
        (f"{it.created_at:%Y-%m-%d %H:%M}", it.author_name or it.author, "(deleted)" if it.is_deleted else it.text)
        for it in file.comments
    ]
    return table(("when", "who", "text"), rows, "Comments")
