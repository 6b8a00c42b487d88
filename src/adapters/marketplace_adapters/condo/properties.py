"""Properties and the units of their maps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import frozen
from typing_extensions import override

from marketplace_adapters.condo.answers import Fields
from marketplace_adapters.condo.enumerations import UNIT_KINDS
from marketplace_adapters.condo.operations import PROPERTIES, PROPERTY_IDS, Stream
from marketplace_adapters.condo.reading import Reading
from marketplace_core.domain.outside_property.pages import SourcePage, Told
from marketplace_core.domain.outside_property.records import OutsideProperty, OutsideUnit
from marketplace_core.domain.party import UnitKind
from marketplace_core.ports.outside_property.property_source import PropertySource


class CondoProperties(PropertySource):
    """Reads properties of our organization. At most 1000 a page."""

    def __init__(self, reading: Reading) -> None:
        """Read by that."""
        self._reading = reading

    @override
    def properties(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideProperty]:
        return self._reading.changes(Stream.PROPERTIES, PROPERTIES, property_of, since, cursor, limit)

    @override
    def property_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        return self._reading.ids(Stream.PROPERTIES, PROPERTY_IDS, cursor, limit)


def property_of(row: Fields) -> OutsideProperty:
    """A row as ours; one without a name is called by its address."""
    address = row.words("address")
    units, findings = _units_of(row.part_or_none("map"))
    return OutsideProperty(
        row.text("id"),
        row.words("name") or address,
        address,
        units,
        row.instant("updatedAt"),
        row.instant_or_none("deletedAt") is not None,
        findings,
    )


@frozen
class _Drawn:
    kind: UnitKind
    label: str
    floor: str
    block: str


def _units_of(drawn: Fields | None) -> tuple[tuple[OutsideUnit, ...], tuple[str, ...]]:
    """The units of a map, one for a kind and label, and what could not be taken."""
    units: dict[tuple[UnitKind, str], OutsideUnit] = {}
    findings: dict[str, None] = {}
    for it in _drawn(drawn) if drawn else ():
        if not it.label:
            findings[f"a unit of kind {it.kind} on floor {it.floor!r} of {it.block!r} has no label: give it one"] = None
        elif (it.kind, it.label) in units:
            findings[f"more than one unit of kind {it.kind} is labelled {it.label!r}: they count as one"] = None
        else:
            units[it.kind, it.label] = OutsideUnit(it.kind, it.label, it.floor, it.block)
    return tuple(units.values()), tuple(findings)


def _drawn(drawn: Fields) -> Iterator[_Drawn]:
    """Each unit of a map, in any list of which Condo's schema lets null stand for a thing that was taken out."""
    for section in (*drawn.told_rows("sections"), *drawn.told_rows("parking")):
        for floor in section.told_rows("floors"):
            for unit in floor.told_rows("units"):
                yield _Drawn(
                    kind_of(unit) or UnitKind.FLAT,
                    unit.words("label").strip(),
                    floor.words("name"),
                    section.words("name"),
                )


def kind_of(row: Fields) -> UnitKind | None:
    """What a unit is for, None where Condo says nothing."""
    return row.one_of("unitType", UNIT_KINDS) if row.words("unitType") else None
