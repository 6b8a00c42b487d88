"""Maintenance tickets in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.identifiers import PortfolioId, TicketId
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.intents import PushIntent
from marketplace_core.domain.maintenance.ticket import Ticket
from marketplace_core.errors import AlreadyExists, NotFound
from marketplace_core.ports.tickets import LinkedTicket, TicketDecision, Tickets
from marketplace_core.services.memory_books.acts import Acting
from marketplace_core.services.memory_books.tables import Book


class Ticketing(Acting, Tickets):
    """Files by portfolio and ticket, beside the chain of the books."""

    @override
    def change_ticket(
        self, portfolio_id: PortfolioId, ticket_id: TicketId, decide: TicketDecision, *, dry_run: bool = False
    ) -> TicketFile:
        with self._lock:
            book = self._book(portfolio_id)
            before = book.tickets.get(ticket_id)
            after = decide(before)
            if after is None:
                raise _unknown(portfolio_id, ticket_id)
            if before is None:
                after = evolve(after, ticket=evolve(after.ticket, number=len(book.tickets) + 1))
            _require_there(book, after.ticket)
            if not dry_run:
                book.tickets[ticket_id] = after
            return after

    @override
    def ticket_file(self, portfolio_id: PortfolioId, ticket_id: TicketId) -> TicketFile:
        with self._lock:
            found = self._tickets(portfolio_id).get(ticket_id)
        if found is None:
            raise _unknown(portfolio_id, ticket_id)
        return found

    @override
    def linked_tickets(
        self, portfolio_id: PortfolioId, system: str, external_ids: Collection[str]
    ) -> tuple[LinkedTicket, ...]:
        wanted = set(external_ids)
        return tuple(it for it in self._linked_tickets(portfolio_id, system) if it.external_id in wanted)

    @override
    def every_linked_ticket(
        self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 1_000
    ) -> tuple[LinkedTicket, ...]:
        return tuple(it for it in self._linked_tickets(portfolio_id, system) if it.external_id > after)[:limit]

    @override
    def open_pushes(self, portfolio_id: PortfolioId, limit: int = 100) -> tuple[PushIntent, ...]:
        with self._lock:
            found = [it for file in self._tickets(portfolio_id).values() for it in file.intents if it.is_open]
        return tuple(sorted(found, key=lambda it: (it.planned_at, it.intent_id))[:limit])

    def _tickets(self, portfolio_id: PortfolioId) -> dict[TicketId, TicketFile]:
        book = self._books.get(portfolio_id)
        return {} if book is None else book.tickets

    def _linked_tickets(self, portfolio_id: PortfolioId, system: str) -> list[LinkedTicket]:
        with self._lock:
            book = self._books.get(portfolio_id)
            return [] if book is None else sorted(_links_of(book, system))


def _links_of(book: Book, system: str) -> Iterator[LinkedTicket]:
    for ticket_id, file in book.tickets.items():
        it = file.ticket.outside
        if it is not None and it.system == system:
            is_archived = file.ticket.archived_on is not None
            linked = {kind for kind, external_id in file.ticket.lacked if (system, kind, external_id) in book.links}
            yield LinkedTicket(it.external_id, ticket_id, it.version, is_archived, bool(linked))


def _require_there(book: Book, ticket: Ticket) -> None:
    """Refuse what a database's foreign and unique keys would refuse."""
    named = (
        (ticket.property_id, book.properties),
        (ticket.unit_id, book.units),
        (ticket.reporter_id, book.people),
        (ticket.assignee_id, book.people),
    )
    for key, table in named:
        if key is not None and key not in table:
            raise NotFound(f"portfolio {book.portfolio_id} has no {key}, which ticket {ticket.ticket_id} names")
    it = ticket.outside
    for other in (it for it in book.tickets.values() if it.ticket.ticket_id != ticket.ticket_id):
        theirs = other.ticket.outside
        if it is not None and theirs is not None and (it.system, it.external_id) == (theirs.system, theirs.external_id):
            raise AlreadyExists(f"the {it.system} ticket {it.external_id} is ticket {other.ticket.number} already")


def _unknown(portfolio_id: PortfolioId, ticket_id: TicketId) -> NotFound:
    return NotFound(f"portfolio {portfolio_id} has no ticket {ticket_id}")
