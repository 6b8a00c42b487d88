"""Take what a system outside tells of one ticket or comment into the file of ours."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import PersonId, PortfolioId, PropertyId, TicketId, UnitId
from marketplace_core.domain.maintenance.comments import ingest_comment
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.ingestion import ingest
from marketplace_core.domain.maintenance.seen import Seen, outside_ticket_id
from marketplace_core.domain.outside_property.identity import PROPERTY, UNIT
from marketplace_core.domain.outside_property.tickets import OutsideComment, OutsideTicket
from marketplace_core.errors import NotFound
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.tickets import Tickets

CONTACT: Final = "contact"
"""The kind of links by which somebody whom the system knows stands for a person of ours."""


class Took(StrEnum):
    """What came of taking something; the words of a run's counts."""

    NEW = "new"
    CHANGED = "changed"
    CONFLICT = "conflicts"
    UNCHANGED = "unchanged"
    ARCHIVED = "archived"
    UNKNOWN = "unknown"
    """A deleted ticket that we never had, or a comment to one."""


@frozen
class Taken:
    """What came of it, and the file as it then stands; None where there is none."""

    took: Took
    file: TicketFile | None


@frozen
class TakeTicket:
    """Merges one ticket, or one comment, as a transaction of its own: done twice it has one effect.

    A unit or property is ours where a link says so; a reporter where a person is linked to the contact.
    """

    tickets: Tickets
    directory: Directory
    clock: Clock
    system: str

    def __call__(self, portfolio_id: PortfolioId, outside: OutsideTicket, *, dry_run: bool = False) -> Taken:
        """What came of a ticket as it is told."""
        seen = self.seen(portfolio_id, outside)
        known = self.tickets.linked_tickets(portfolio_id, self.system, [outside.external_id])
        ticket_id = known[0].ticket_id if known else outside_ticket_id(portfolio_id, self.system, outside.external_id)
        return self._taken(portfolio_id, ticket_id, seen, dry_run=dry_run)

    def comment(self, portfolio_id: PortfolioId, outside: OutsideComment, *, dry_run: bool = False) -> Taken:
        """What came of a comment as it is told."""
        known = self.tickets.linked_tickets(portfolio_id, self.system, [outside.ticket_id])
        if not known:
            return Taken(Took.UNKNOWN, None)
        before: list[TicketFile] = []

        def change(file: TicketFile | None) -> TicketFile | None:
            before[:] = [file] if file else []
            return file and ingest_comment(file, outside, self.system, self.clock.now())

        after = self.tickets.change_ticket(portfolio_id, known[0].ticket_id, change, dry_run=dry_run)
        if before and before[0] == after:
            return Taken(Took.UNCHANGED, after)
        is_new = not before or len(before[0].comments) < len(after.comments)
        return Taken(Took.NEW if is_new else Took.CHANGED, after)

    def seen(self, portfolio_id: PortfolioId, outside: OutsideTicket) -> Seen:
        """The ticket as told, with what it names of ours."""
        zone = self.directory.portfolio(portfolio_id).zone
        seen = Seen(portfolio_id, self.system, zone, outside, self.clock.now())
        property_id = self._ours(portfolio_id, PROPERTY, outside.property_id)
        unit_id = self._ours(portfolio_id, UNIT, seen.place) if outside.unit_label else None
        if unit_id is not None:
            property_id = self.directory.unit(portfolio_id, UnitId(unit_id)).property_id
        reporter_id = self._ours(portfolio_id, CONTACT, outside.reporter.external_id)
        return evolve(
            seen,
            property_id=PropertyId(property_id) if property_id else None,
            unit_id=UnitId(unit_id) if unit_id else None,
            reporter_id=PersonId(reporter_id) if reporter_id else None,
        )

    def _taken(self, portfolio_id: PortfolioId, ticket_id: TicketId, seen: Seen, *, dry_run: bool) -> Taken:
        before: list[TicketFile] = []

        def change(file: TicketFile | None) -> TicketFile | None:
            before[:] = [file] if file else []
            return ingest(file, seen)

        try:
            after = self.tickets.change_ticket(portfolio_id, ticket_id, change, dry_run=dry_run)
        except NotFound:
            if seen.outside.is_deleted and not before:
                return Taken(Took.UNKNOWN, None)
            raise
        return Taken(_took(before[0] if before else None, after), after)

    def _ours(self, portfolio_id: PortfolioId, kind: str, external_id: str) -> str | None:
        return self.directory.our_id(portfolio_id, self.system, kind, external_id) if external_id else None


def _took(before: TicketFile | None, after: TicketFile) -> Took:
    if before is None:
        return Took.NEW
    if before == after:
        return Took.UNCHANGED
    if any(it.is_conflict for it in after.changes[len(before.changes) :]):
        return Took.CONFLICT
    return Took.ARCHIVED if after.ticket.archived_on and not before.ticket.archived_on else Took.CHANGED
