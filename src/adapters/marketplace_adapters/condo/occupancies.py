"""Contacts, which are who lives where; Condo's residents are not shown to service users."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from typing_extensions import override

from marketplace_adapters.condo.answers import Fields
from marketplace_adapters.condo.enumerations import ROLES
from marketplace_adapters.condo.operations import CONTACT_IDS, CONTACTS, Stream
from marketplace_adapters.condo.properties import kind_of
from marketplace_adapters.condo.reading import Reading
from marketplace_core.domain.outside_property.pages import SourcePage, Told
from marketplace_core.domain.outside_property.records import OccupantRole, OutsideOccupancy
from marketplace_core.domain.party import UnitKind
from marketplace_core.ports.outside_property.occupancy_source import OccupancySource


class CondoOccupancies(OccupancySource):
    """Reads contacts of our organization. At most 1000 a page."""

    def __init__(self, reading: Reading) -> None:
        """Read by that."""
        self._reading = reading
        self._roles = {it.casefold(): role for it, role in reading.server.roles.items()}

    @override
    def occupancies(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideOccupancy]:
        return self._reading.changes(Stream.OCCUPANCIES, CONTACTS, self._occupancy_of, since, cursor, limit)

    @override
    def occupancy_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        return self._reading.ids(Stream.OCCUPANCIES, CONTACT_IDS, cursor, limit)

    def _occupancy_of(self, row: Fields) -> OutsideOccupancy:
        return occupancy_of(row, self._roles)


def occupancy_of(row: Fields, roles: Mapping[str, OccupantRole]) -> OutsideOccupancy:
    """A row as ours; ``roles`` by lower-case ids and names go before Condo's own names."""
    where, role = row.part_or_none("property"), row.part_or_none("role")
    label = row.words("unitName").strip()
    return OutsideOccupancy(
        row.text("id"),
        where.text("id") if where else "",
        kind_of(row) or UnitKind.FLAT,
        label,
        _role_of(role, roles) if role else OccupantRole.OTHER,
        row.instant("updatedAt"),
        row.words("name"),
        row.words("phone"),
        row.words("email"),
        row.flag("isVerified"),
        row.instant_or_none("deletedAt") is not None,
    )


def _role_of(role: Fields, roles: Mapping[str, OccupantRole]) -> OccupantRole:
    """By its id or name as configured, else by Condo's English name; names are localised, so others are no tenant's."""
    name = role.words("name").strip().casefold()
    configured = roles.get(role.text("id").casefold(), roles.get(name))
    return configured or ROLES.get(name, OccupantRole.OTHER)
