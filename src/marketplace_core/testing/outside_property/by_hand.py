"""What a person does in the fake system by hand: buildings, residents, tickets and comments, in a test's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import evolve

from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.outside_property.records import (
    OccupantRole,
    OutsideOccupancy,
    OutsideProperty,
    OutsideUnit,
)
from marketplace_core.domain.outside_property.tickets import OutsidePerson, OutsideTicket
from marketplace_core.domain.party import UnitKind

if TYPE_CHECKING:
    from marketplace_core.testing.outside_property.system import MemoryOutsideProperties


class ByHand:
    """Edits the system; what is not there, or was deleted, is NotFound. Each edit stamps the clock's instant."""

    def __init__(self, system: MemoryOutsideProperties) -> None:
        """Work in that system."""
        self._system = system

    def move_to(self, instant: datetime) -> None:
        """Let the clock stand there from now on."""
        self._system.now = instant

    def add_property(self, name: str, address: str, units: Sequence[OutsideUnit] = ()) -> str:
        """A building with its map; its id."""
        now = self._system.now
        with self._system.lock:
            return self._system.property_rows.add(
                now, lambda it: OutsideProperty(it, name, address, tuple(units), now)
            ).external_id

    def rename_property(self, property_id: str, name: str, address: str | None = None) -> None:
        """Give a building another name, and another address where one is given."""
        with self._system.lock:
            record = self._system.property_rows.row(property_id).record
            self._change_property(evolve(record, name=name, address=record.address if address is None else address))

    def draw(self, property_id: str, units: Sequence[OutsideUnit]) -> None:
        """Draw the map of a building anew: units that are not given are gone."""
        with self._system.lock:
            record = self._system.property_rows.row(property_id).record
            self._change_property(evolve(record, units=tuple(units)))

    def renumber(self, property_id: str, old_label: str, new_label: str) -> None:
        """Give units of one label another."""
        with self._system.lock:
            units = self._system.property_rows.row(property_id).record.units
            drawn = [evolve(it, label=new_label) if it.label == old_label else it for it in units]
            self.draw(property_id, drawn)

    def delete_property(self, property_id: str) -> None:
        """Delete a building; its tickets and residents stay."""
        with self._system.lock:
            self._system.property_rows.delete(property_id, self._system.now)

    def add_occupancy(
        self,
        property_id: str,
        kind: UnitKind,
        label: str,
        name: str = "Amina",
        phone: str = "+254712345678",
        role: OccupantRole = OccupantRole.RESIDENT,
    ) -> str:
        """Somebody in a unit; the occupancy's id."""
        now = self._system.now
        with self._system.lock:
            return self._system.occupancy_rows.add(
                now, lambda it: OutsideOccupancy(it, property_id, kind, label, role, now, name, phone)
            ).external_id

    def move_occupancy(self, occupancy_id: str, property_id: str, kind: UnitKind, label: str) -> None:
        """Put somebody into another unit."""
        with self._system.lock:
            record = self._system.occupancy_rows.row(occupancy_id).record
            moved = evolve(record, property_id=property_id, unit_kind=kind, unit_label=label)
            self._system.occupancy_rows.change(occupancy_id, self._system.now, moved)

    def rename_occupancy(self, occupancy_id: str, name: str, phone: str | None = None) -> None:
        """Give somebody another name, and another phone where one is given."""
        with self._system.lock:
            record = self._system.occupancy_rows.row(occupancy_id).record
            renamed = evolve(record, name=name, phone=record.phone if phone is None else phone)
            self._system.occupancy_rows.change(occupancy_id, self._system.now, renamed)

    def delete_occupancy(self, occupancy_id: str) -> None:
        """Somebody is there no more."""
        with self._system.lock:
            self._system.occupancy_rows.delete(occupancy_id, self._system.now)

    def add_ticket(
        self,
        property_id: str = "",
        kind: UnitKind | None = None,
        label: str = "",
        details: str = "The tap leaks",
        priority: TicketPriority = TicketPriority.NORMAL,
    ) -> str:
        """A new ticket, of a unit or of a whole building; its id."""
        now = self._system.now

        def made(external_id: str) -> OutsideTicket:
            number = int(external_id.rpartition("-")[2])
            return OutsideTicket(
                external_id, number, 1, now, now, TicketStatus.OPEN, now, property_id, kind, label,
                details=details, priority=priority,
            )  # fmt: skip

        with self._system.lock:
            return self._system.ticket_rows.add(now, made).external_id

    def change_status(
        self, ticket_id: str, status: TicketStatus, reason: str = "", deferred_until: datetime | None = None
    ) -> None:
        """Somebody there gives a ticket a status, from any to any."""
        with self._system.lock:
            self._system.write_status(ticket_id, status, reason, deferred_until)

    def rewrite_ticket(self, ticket_id: str, details: str) -> None:
        """Somebody there writes other details: the status stays."""
        with self._system.lock:
            record = self._system.ticket_rows.row(ticket_id).record
            self._system.ticket_rows.change(ticket_id, self._system.now, evolve(record, details=details))

    def move_ticket(self, ticket_id: str, property_id: str, kind: UnitKind | None = None, label: str = "") -> None:
        """Somebody there puts a ticket to another unit."""
        with self._system.lock:
            record = self._system.ticket_rows.row(ticket_id).record
            moved = evolve(record, property_id=property_id, unit_kind=kind, unit_label=label)
            self._system.ticket_rows.change(ticket_id, self._system.now, moved)

    def assign(self, ticket_id: str, person: OutsidePerson) -> None:
        """Somebody there is to do it."""
        with self._system.lock:
            record = self._system.ticket_rows.row(ticket_id).record
            self._system.ticket_rows.change(ticket_id, self._system.now, evolve(record, assignee=person))

    def delete_ticket(self, ticket_id: str) -> None:
        """Delete a ticket."""
        with self._system.lock:
            self._system.ticket_rows.delete(ticket_id, self._system.now)

    def add_comment(self, ticket_id: str, text: str, *, is_resident: bool = False) -> str:
        """Somebody there writes to a ticket; the comment's id."""
        with self._system.lock:
            self._system.ticket_rows.row(ticket_id)
            return self._system.write_comment(
                ticket_id, text, OutsidePerson("person-1", "Baraka"), is_resident=is_resident
            )

    def rewrite_comment(self, comment_id: str, text: str) -> None:
        """Somebody there writes a comment anew."""
        with self._system.lock:
            record = self._system.comment_rows.row(comment_id).record
            self._system.comment_rows.change(comment_id, self._system.now, evolve(record, text=text))

    def delete_comment(self, comment_id: str) -> None:
        """Delete a comment."""
        with self._system.lock:
            self._system.comment_rows.delete(comment_id, self._system.now)

    def _change_property(self, record: OutsideProperty) -> None:
        self._system.property_rows.change(record.external_id, self._system.now, record)
