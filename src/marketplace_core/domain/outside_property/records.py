"""Properties, units and occupancies as a property manager's system outside tells them, whatever system that is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import InvalidInput


class OccupantRole(StrEnum):
    """What somebody is to the unit in which they are: only a resident may be its tenant."""

    RESIDENT = "resident"
    OWNER = "owner"
    GUEST = "guest"
    OTHER = "other"


@frozen
class OutsideUnit:
    """A unit in a property's map: its label is unique among those of its kind in the property."""

    kind: UnitKind
    label: str
    floor: str = ""
    block: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a unit that nobody can name."""
        if not self.label.strip():
            raise InvalidInput("a unit in the map has no label: give it one there")


@frozen
class OutsideProperty:
    """A building there, whole: units that its map no longer has are gone.

    ``findings`` say what of its map could not be taken as it stands there, for people to mend: "two units of kind flat
    are labelled '12'".
    """

    external_id: str
    name: str
    address: str
    units: tuple[OutsideUnit, ...]
    updated_at: datetime
    is_deleted: bool = False
    findings: tuple[str, ...] = ()


@frozen
class OutsideOccupancy:
    """Somebody in a unit, without terms; ``property_id`` is empty where the system does not say in which. Personal."""

    external_id: str
    property_id: str
    unit_kind: UnitKind
    unit_label: str
    role: OccupantRole
    updated_at: datetime
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    is_verified: bool = False
    is_deleted: bool = False
