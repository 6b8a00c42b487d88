"""What a person does in the stand-in, in the words that the contract suites use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from marketplace_adapters.condo.enumerations import STATUS_TYPES
from marketplace_adapters.condo.testing.books import Books, written
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.outside_property.records import OccupantRole, OutsideUnit
from marketplace_core.domain.party import UnitKind

_PRIORITIES: Final = {TicketPriority.LOW: 100, TicketPriority.HIGH: 500}
_ROLES: Final = {
    OccupantRole.RESIDENT: "Resident",
    OccupantRole.OWNER: "Owner",
    OccupantRole.GUEST: "Guest",
    OccupantRole.OTHER: "Caretaker",
}


class CondoHand:
    """Edits rows of the first organization as a person of it does."""

    def __init__(self, books: Books) -> None:
        """Work in those books."""
        self.books = books

    def move_to(self, instant: datetime) -> None:
        """Let the clock stand there from now on."""
        self.books.now = instant

    def write(self, kind: str, external_id: str, **values: object) -> None:
        """Write fields as they stand in Condo, whatever they are."""
        self.books.change(kind, external_id, values)

    def add_property(self, name: str, address: str, units: Sequence[OutsideUnit] = ()) -> str:
        """A building with its map; its id."""
        values = {"name": name, "address": address, "type": "building", "map": map_of(units) if units else None}
        return self.books.add("Property", values | self._owned)

    def rename_property(self, property_id: str, name: str, address: str | None = None) -> None:
        """Give a building another name, and another address where one is given."""
        self.write("Property", property_id, name=name, **({} if address is None else {"address": address}))

    def draw(self, property_id: str, units: Sequence[OutsideUnit]) -> None:
        """Draw the map of a building anew; all ids in it are others."""
        self.write("Property", property_id, map=map_of(units))

    def delete_property(self, property_id: str) -> None:
        """Delete a building; its tickets and contacts stay."""
        self.books.delete("Property", property_id)

    def add_occupancy(
        self,
        property_id: str,
        kind: UnitKind,
        label: str,
        name: str = "Amina",
        phone: str = "+254712345678",
        role: OccupantRole = OccupantRole.RESIDENT,
    ) -> str:
        """A contact; its id."""
        values = {"property": property_id, "unitType": kind.value, "unitName": label, "name": name, "phone": phone}
        more = {"email": None, "isVerified": False, "hasResident": False, "note": None}
        role_id = self.books.named("ContactRole", "name", _ROLES[role])
        return self.books.add("Contact", values | more | self._owned | {"role": role_id})

    def move_occupancy(self, occupancy_id: str, property_id: str, kind: UnitKind, label: str) -> None:
        """Put a contact into another unit."""
        self.write("Contact", occupancy_id, property=property_id, unitType=kind.value, unitName=label)

    def rename_occupancy(self, occupancy_id: str, name: str, phone: str | None = None) -> None:
        """Give a contact another name, and another phone where one is given."""
        self.write("Contact", occupancy_id, name=name, **({} if phone is None else {"phone": phone}))

    def delete_occupancy(self, occupancy_id: str) -> None:
        """Delete a contact."""
        self.books.delete("Contact", occupancy_id)

    def add_ticket(
        self,
        property_id: str = "",
        kind: UnitKind | None = None,
        label: str = "",
        details: str = "The tap leaks",
        priority: TicketPriority = TicketPriority.NORMAL,
    ) -> str:
        """A new ticket, of a unit or of a whole building; its id."""
        values: dict[str, object] = {
            "number": len(self.books.kind("Ticket")) + 1,
            "property": property_id or None,
            "unitName": label or None,
            "unitType": kind.value if kind else None,
            "status": self._status("new_or_reopened"),
            "details": details,
            "priority": _PRIORITIES.get(priority, 300),
            "isEmergency": priority is TicketPriority.EMERGENCY,
            "statusReopenedCounter": 0,
        }
        return self.books.add("Ticket", values | self._owned)

    def change_status(
        self, ticket_id: str, status: TicketStatus, reason: str = "", deferred_until: datetime | None = None
    ) -> None:
        """Somebody there gives a ticket a status, from any to any."""
        status_id = self._status(STATUS_TYPES[status])
        stands = self.books.kind("Ticket")[ticket_id].values["status"]
        changed = {} if status_id == stands else {"statusUpdatedAt": written(self.books.instant())}
        until = written(deferred_until) if deferred_until else None
        self.write("Ticket", ticket_id, status=status_id, statusReason=reason or None, deferredUntil=until, **changed)

    def rewrite_ticket(self, ticket_id: str, details: str) -> None:
        """Somebody there writes other details."""
        self.write("Ticket", ticket_id, details=details)

    def delete_ticket(self, ticket_id: str) -> None:
        """Delete a ticket."""
        self.books.delete("Ticket", ticket_id)

    def add_comment(self, ticket_id: str, text: str, *, is_resident: bool = False) -> str:
        """Somebody there writes to a ticket; the comment's id."""
        user = next(it.external_id for it in self.books.users.values() if it.kind == "staff")
        kind = "resident" if is_resident else "organization"
        return self.books.add("TicketComment", {"ticket": ticket_id, "type": kind, "content": text, "user": user})

    def rewrite_comment(self, comment_id: str, text: str) -> None:
        """Somebody there writes a comment anew."""
        self.write("TicketComment", comment_id, content=text)

    def delete_comment(self, comment_id: str) -> None:
        """Delete a comment."""
        self.books.delete("TicketComment", comment_id)

    @property
    def _owned(self) -> dict[str, object]:
        return {"organization": self.books.organization_id}

    def _status(self, kind: str) -> str:
        return self.books.named("TicketStatus", "type", kind)


def map_of(units: Sequence[OutsideUnit]) -> dict[str, object]:
    """A map with those units: one section a block, parking apart; ids are given anew, as the editor does."""
    ids = iter(range(1, 4 * len(units) + 10))
    blocks: dict[tuple[bool, str], dict[str, list[OutsideUnit]]] = {}
    for it in units:
        floors = blocks.setdefault((it.kind is UnitKind.PARKING, it.block), {})
        floors.setdefault(it.floor, []).append(it)

    def section(block: str, floors: dict[str, list[OutsideUnit]]) -> dict[str, object]:
        return _part(next(ids), "section", block) | {"floors": [floor(name, its) for name, its in floors.items()]}

    def floor(name: str, its: list[OutsideUnit]) -> dict[str, object]:
        return _part(next(ids), "floor", name) | {"units": [unit(it) for it in its]}

    def unit(it: OutsideUnit) -> dict[str, object]:
        return {
            "id": str(next(ids)), "type": "unit", "unitType": it.kind.value, "name": None, "label": it.label,
        }  # fmt: skip

    drawn = {
        is_parking: [section(block, floors) for (parks, block), floors in blocks.items() if parks is is_parking]
        for is_parking in (False, True)
    }
    return {"dv": 1, "type": "building", "sections": drawn[False], "parking": drawn[True]}


def _part(number: int, kind: str, name: str) -> dict[str, object]:
    return {"id": str(number), "type": kind, "index": number, "name": name}
