"""A landlord's houses, residents and tickets: the same ones each time."""

from __future__ import annotations

from typing import Final

from marketplace_adapters.condo.testing.hand import CondoHand
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.outside_property.records import OccupantRole, OutsideUnit
from marketplace_core.domain.party import UnitKind

_PER_FLOOR: Final = 10
_COMMENTED: Final = 5
_KINDS: Final = (*[UnitKind.FLAT] * 8, UnitKind.COMMERCIAL, UnitKind.PARKING)
_ROLES: Final = (*[OccupantRole.RESIDENT] * 7, OccupantRole.OWNER, OccupantRole.GUEST, OccupantRole.OTHER)
_STATUSES: Final = (TicketStatus.OPEN, TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED, TicketStatus.CLOSED)
_NAMES: Final = ("Amina Otieno", "Baraka Mwangi", "Chebet Koech", "Dalmas Ouma", "Esther Wanjiku")


def furnish(
    hand: CondoHand, *, properties: int = 3, units: int = 300, residents: int = 400, tickets: int = 500
) -> None:
    """Draw so many houses with so many units in all, and put residents and tickets into them."""
    houses = list[tuple[str, tuple[OutsideUnit, ...]]]()
    for number in range(properties):
        drawn = tuple(_unit(it) for it in range(units * number // properties, units * (number + 1) // properties))
        houses.append((hand.add_property(f"House {number + 1}", f"Ngong Road {number + 1}, Nairobi", drawn), drawn))
    homes = [(house, unit) for house, drawn in houses for unit in drawn]
    for number in range(residents if homes else 0):
        house, unit = homes[number % len(homes)]
        name, phone = _NAMES[number % len(_NAMES)], f"+2547{number:08d}"
        hand.add_occupancy(house, unit.kind, unit.label, name, phone, _ROLES[number % len(_ROLES)])
    priorities = tuple(TicketPriority)
    for number in range(tickets if homes else 0):
        house, unit = homes[number * 7 % len(homes)]
        priority = priorities[number % len(priorities)]
        made = hand.add_ticket(house, unit.kind, unit.label, f"Leak {number + 1}", priority)
        if status := number % len(_STATUSES):
            hand.change_status(made, _STATUSES[status], "as usual")
        if number % _COMMENTED == 0:
            hand.add_comment(made, "We come tomorrow", is_resident=number % 2 == 1)


def _unit(number: int) -> OutsideUnit:
    kind = _KINDS[number % len(_KINDS)]
    floor = number // _PER_FLOOR % _PER_FLOOR
    return OutsideUnit(kind, f"{number + 1}", "-1" if kind is UnitKind.PARKING else str(floor), "A")
