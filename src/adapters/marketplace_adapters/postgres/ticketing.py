"""Maintenance tickets on PostgreSQL: the ticket's row is the lock of its file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from attrs import evolve
from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import single_look, snapshot
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.rows import tickets as rows
from marketplace_adapters.postgres.rows.values import Row
from marketplace_adapters.postgres.schema.tickets import OPEN
from marketplace_core.domain.identifiers import PortfolioId, TicketId
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.intents import PushIntent
from marketplace_core.domain.outside_property.identity import PROPERTY, UNIT
from marketplace_core.errors import NotFound
from marketplace_core.ports.tickets import LinkedTicket, TicketDecision, Tickets

_TICKETS, _COUNTS = schema.tickets, schema.ticket_counts
_IS_OPEN: Final = text(OPEN)
"""The words of the partial index, so that it is used."""
_PARTS: Final[tuple[tuple[Table, str, Callable[[Any], Row], Callable[[Any], Any]], ...]] = (
    (schema.ticket_changes, "changes", rows.change_row, rows.change_of),
    (schema.ticket_comments, "comments", rows.comment_row, rows.comment_of),
    (schema.ticket_intents, "intents", rows.intent_row, rows.intent_of),
)
"""What a file has beside its ticket: a table each, whose rows are counted and never leave."""


class PostgresTickets(Reader, Tickets):
    """Who changes a file holds the ticket's row; who opens one holds the portfolio's count."""

    @override
    def change_ticket(
        self, portfolio_id: PortfolioId, ticket_id: TicketId, decide: TicketDecision, *, dry_run: bool = False
    ) -> TicketFile:
        def work(connection: Connection) -> TicketFile:
            before = locked_file(connection, portfolio_id, ticket_id)
            number = 0
            if before is None:
                number = _next_number(connection, portfolio_id)
                before = locked_file(connection, portfolio_id, ticket_id)
            after = decide(before)
            if after is None:
                raise _unknown(portfolio_id, ticket_id)
            if before is None:
                after = evolve(after, ticket=evolve(after.ticket, number=number))
                _count(connection, portfolio_id, number)
            write_file(connection, before, after)
            return after

        return in_transaction(self._engine, work, dry_run=dry_run)

    @override
    def ticket_file(self, portfolio_id: PortfolioId, ticket_id: TicketId) -> TicketFile:
        with snapshot(self._engine) as connection:
            found = _file(connection, portfolio_id, ticket_id)
        if found is None:
            raise _unknown(portfolio_id, ticket_id)
        return found

    @override
    def linked_tickets(
        self, portfolio_id: PortfolioId, system: str, external_ids: Collection[str]
    ) -> tuple[LinkedTicket, ...]:
        wanted = _TICKETS.c.external_id == func.any(sorted(external_ids))
        return self._links(_links_of(portfolio_id, system).where(wanted))

    @override
    def every_linked_ticket(
        self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 1_000
    ) -> tuple[LinkedTicket, ...]:
        return self._links(_links_of(portfolio_id, system).where(_TICKETS.c.external_id > after).limit(limit))

    @override
    def open_pushes(self, portfolio_id: PortfolioId, limit: int = 100) -> tuple[PushIntent, ...]:
        table = schema.ticket_intents
        statement = select(table).where(table.c.portfolio_id == portfolio_id, _IS_OPEN)
        statement = statement.order_by(table.c.planned_at, table.c.intent_id).limit(limit)
        with single_look(self._engine) as connection:
            return tuple(rows.intent_of(row) for row in connection.execute(statement).mappings())

    def _links(self, statement: Select[Any]) -> tuple[LinkedTicket, ...]:
        with single_look(self._engine) as connection:
            return tuple(
                LinkedTicket(
                    row["external_id"], TicketId(row["ticket_id"]), row["told"], row["is_gone"], row["finds_place"]
                )
                for row in connection.execute(statement).mappings()
            )


def locked_file(connection: Connection, portfolio_id: PortfolioId, ticket_id: TicketId) -> TicketFile | None:
    """A file that nobody else changes until the transaction ends; None where there is none."""
    return _file(connection, portfolio_id, ticket_id, lock=True)


def write_file(connection: Connection, before: TicketFile | None, after: TicketFile) -> None:
    """Write what differs from what is there."""
    ticket = after.ticket
    own = {"portfolio_id": ticket.portfolio_id, "ticket_id": ticket.ticket_id}
    if before is None:
        connection.execute(insert(_TICKETS).values(rows.ticket_row(ticket)))
    elif before.ticket != ticket:
        connection.execute(update(_TICKETS).where(*_own(_TICKETS, own)).values(rows.ticket_row(ticket)))
    for table, name, row_of, _ in _PARTS:
        old: Sequence[Any] = getattr(before, name) if before is not None else ()
        new: Sequence[Any] = getattr(after, name)
        _write_part(connection, table, own, [row_of(it) for it in old], [row_of(it) for it in new])


def _write_part(connection: Connection, table: Table, own: Row, old: Sequence[Row], new: Sequence[Row]) -> None:
    for position, (was, row) in enumerate(zip(old, new, strict=False)):
        if was != row:
            here = (*_own(table, own), table.c.position == position)
            changed = {name: value for name, value in row.items() if was[name] != value}
            connection.execute(update(table).where(*here).values(changed))
    added = [{**own, "position": position, **row} for position, row in enumerate(new) if position >= len(old)]
    if added:
        connection.execute(insert(table), added)


def _own(table: Table, own: Row) -> list[Any]:
    return [table.c[name] == value for name, value in own.items()]


def _file(
    connection: Connection, portfolio_id: PortfolioId, ticket_id: TicketId, *, lock: bool = False
) -> TicketFile | None:
    own = {"portfolio_id": portfolio_id, "ticket_id": ticket_id}
    found = select(_TICKETS).where(*_own(_TICKETS, own))
    row = connection.execute(found.with_for_update() if lock else found).mappings().first()
    if row is None:
        return None
    parts: dict[str, Any] = {}
    for table, name, _, value_of in _PARTS:
        statement = select(table).where(*_own(table, own)).order_by(table.c.position)
        parts[name] = tuple(value_of(it) for it in connection.execute(statement).mappings())
    return TicketFile(rows.ticket_of(row), **parts)


def _next_number(connection: Connection, portfolio_id: PortfolioId) -> int:
    """The number that a new ticket gets; until the transaction ends nobody else opens one."""
    statement = upsert(_COUNTS).values(portfolio_id=portfolio_id, last_number=0)
    statement = statement.on_conflict_do_update(
        index_elements=["portfolio_id"], set_={"last_number": _COUNTS.c.last_number}
    )
    last: int = connection.execute(statement.returning(_COUNTS.c.last_number)).scalar_one()
    return last + 1


def _count(connection: Connection, portfolio_id: PortfolioId, number: int) -> None:
    connection.execute(update(_COUNTS).where(_COUNTS.c.portfolio_id == portfolio_id).values(last_number=number))


def _links_of(portfolio_id: PortfolioId, system: str) -> Select[Any]:
    table = _TICKETS.c
    place = func.coalesce(table.outside["place"].as_string(), "")
    columns: list[ColumnElement[Any]] = [
        table.external_id,
        table.ticket_id,
        table.outside["version"].as_integer().label("told"),
        table.archived_on.is_not(None).label("is_gone"),
        or_(
            and_(place != "", table.property_id.is_(None), _is_linked(PROPERTY, func.split_part(place, ":", 1))),
            and_(place.contains(":"), table.unit_id.is_(None), _is_linked(UNIT, place)),
        ).label("finds_place"),
    ]
    found: Select[Any] = select(*columns)
    own = (table.portfolio_id == portfolio_id, table.system == system, text("external_id <> ''"))
    return found.where(*own).order_by(table.external_id)


def _is_linked(kind: str, external_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether one of ours is linked to that of the ticket's system by now."""
    links = schema.external_links.c
    own = (links.portfolio_id == _TICKETS.c.portfolio_id, links.system == _TICKETS.c.system)
    return exists().where(*own, links.kind == kind, links.external_id == external_id).correlate(_TICKETS)


def _unknown(portfolio_id: PortfolioId, ticket_id: TicketId) -> NotFound:
    return NotFound(f"portfolio {portfolio_id} has no ticket {ticket_id}")
