"""Open a ticket, change it, write to it, list tickets: what people do here."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve, frozen

from marketplace_core.domain.access import Reach
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PersonId, TicketId
from marketplace_core.domain.maintenance import decisions
from marketplace_core.domain.maintenance.decisions import NewTicket, StatusStep
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.status import TicketPriority
from marketplace_core.domain.paging import Page, PageAsk
from marketplace_core.domain.register import TICKETS, TicketEntry
from marketplace_core.errors import ConcurrentChange
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.register import Register
from marketplace_core.ports.tickets import Tickets


@frozen
class OpenTicket:
    """Opens a ticket; the same command again opens it once."""

    tickets: Tickets
    directory: Directory

    def __call__(self, command: Command, new: NewTicket, *, dry_run: bool = False) -> TicketFile:
        """The new ticket's file; a unit that is named alone says the property. ``NotFound`` for an unknown place."""
        own = command.portfolio_id
        zone = self.directory.portfolio(own).zone
        if new.unit_id is not None and new.property_id is None:
            new = evolve(new, property_id=self.directory.unit(own, new.unit_id).property_id)
        ticket_id = decisions.ticket_id_of(command)
        return self.tickets.change_ticket(
            own, ticket_id, lambda known: known or decisions.open_ticket(command, new, zone), dry_run=dry_run
        )


@frozen
class ChangeTicket:
    """Changes a ticket; with ``expected_version`` only where nobody changed it since (``ConcurrentChange``).

    What changes the status of a ticket that a system outside has too leaves an intent to tell it there.
    """

    tickets: Tickets
    expected_version: int | None = None

    def status(self, command: Command, ticket_id: TicketId, step: StatusStep, *, dry_run: bool = False) -> TicketFile:
        """Give it another status, as ``status.FOLLOWS`` allows: ``IllegalTransition`` says which follow."""
        return self._change(
            command, ticket_id, lambda file: decisions.change_status(file, command, step), dry_run=dry_run
        )

    def assign(
        self,
        command: Command,
        ticket_id: TicketId,
        assignee_id: PersonId | None,
        assignee_name: str = "",
        *,
        dry_run: bool = False,
    ) -> TicketFile:
        """Give it to a person of the portfolio, to somebody else by name, or to nobody."""
        return self._change(
            command,
            ticket_id,
            lambda file: decisions.assign(file, command, assignee_id, assignee_name),
            dry_run=dry_run,
        )

    def prioritise(
        self, command: Command, ticket_id: TicketId, priority: TicketPriority, *, dry_run: bool = False
    ) -> TicketFile:
        """Say how much it presses."""
        return self._change(
            command, ticket_id, lambda file: decisions.prioritise(file, command, priority), dry_run=dry_run
        )

    def _change(
        self, command: Command, ticket_id: TicketId, decide: Callable[[TicketFile], TicketFile], *, dry_run: bool
    ) -> TicketFile:
        def change(file: TicketFile | None) -> TicketFile | None:
            if file is None or file.has_change(command.command_id):
                return file
            self._require_unchanged(file)
            return decide(file)

        return self.tickets.change_ticket(command.portfolio_id, ticket_id, change, dry_run=dry_run)

    def _require_unchanged(self, file: TicketFile) -> None:
        if self.expected_version not in (None, file.ticket.version):
            raise ConcurrentChange(
                f"ticket {file.ticket.number} is at version {file.ticket.version}, not {self.expected_version}: look"
                " at it again"
            )


@frozen
class CommentOnTicket:
    """Writes to a ticket; one that a system outside has too leaves an intent to write it there."""

    tickets: Tickets

    def __call__(
        self, command: Command, ticket_id: TicketId, text: str, author_name: str = "", *, dry_run: bool = False
    ) -> TicketFile:
        """The file with the comment; the same command again writes it once."""

        def change(file: TicketFile | None) -> TicketFile | None:
            return file and decisions.comment_on(file, command, text, author_name)

        return self.tickets.change_ticket(command.portfolio_id, ticket_id, change, dry_run=dry_run)


@frozen
class ListTickets:
    """Shows tickets, never further than the asker's reach: a tenant's are those that they reported."""

    register: Register
    tickets: Tickets

    def page(self, reach: Reach, ask: PageAsk | None = None) -> Page[TicketEntry]:
        """A page of tickets."""
        return self.register.page(reach, TICKETS, ask)

    def one(self, reach: Reach, ticket_id: TicketId) -> tuple[TicketEntry, TicketFile]:
        """A ticket with its history and comments; ``NotFound`` where there is none or it is out of reach."""
        entry = self.register.one(reach, TICKETS, ticket_id)
        return entry, self.tickets.ticket_file(reach.portfolio_id, ticket_id)
