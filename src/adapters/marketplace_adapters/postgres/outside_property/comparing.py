"""Stages a page of units by COPY and compares it with the books in SQL: what is as it is told costs no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import psycopg
from attrs import frozen

from marketplace_adapters.postgres.bulk.copying import copy_into, escaped, is_clean
from marketplace_core.domain.identifiers import PortfolioId, PropertyId, UnitId
from marketplace_core.domain.outside_property.bringing import KnownProperty, Page, units_of
from marketplace_core.domain.outside_property.identity import clean_label, derived_property_id
from marketplace_core.domain.outside_property.records import OutsideProperty, OutsideUnit
from marketplace_core.domain.party import Property, Unit, UnitKind

STAGED: Final = ("place", "external_id", "property_id", "kind", "number", "floor", "block")
_STAGE: Final = """
CREATE TEMP TABLE staged_units (
    place integer, external_id text COLLATE "C", property_id text COLLATE "C", kind text COLLATE "C",
    number text COLLATE "C", floor text COLLATE "C", block text COLLATE "C"
) ON COMMIT DROP
"""
DIFFERS: Final = """
u.property_id <> s.property_id OR u.kind <> s.kind OR u.number <> s.number OR u.floor <> s.floor
    OR u.block <> s.block OR u.archived_on IS NOT NULL
"""
LINKED: Final = "x.portfolio_id = %(portfolio)s AND x.system = %(system)s AND x.kind = 'unit'"
_COLUMNS: Final = "u.unit_id, u.property_id, u.code, u.kind, u.number, u.floor, u.block, u.archived_on"

_PROPERTIES: Final = """
SELECT x.external_id, p.property_id, p.name, p.landlord_id, p.address, p.archived_on
FROM external_links x JOIN properties p ON p.portfolio_id = x.portfolio_id AND p.property_id = x.our_id
WHERE x.portfolio_id = %(portfolio)s AND x.system = %(system)s AND x.kind = 'property' AND x.external_id = ANY(%(ids)s)
"""
_DIFFERENT: Final = f"""
SELECT s.place, {_COLUMNS} FROM staged_units s
LEFT JOIN external_links x ON {LINKED} AND x.external_id = s.external_id
LEFT JOIN units u ON u.portfolio_id = %(portfolio)s AND u.unit_id = x.our_id
WHERE u.unit_id IS NULL OR {DIFFERS}
"""  # noqa: S608 - words of ours
_GONE: Final = f"""
WITH left_over AS MATERIALIZED (
    SELECT x.external_id, x.our_id, house.external_id AS house
    FROM unnest(CAST(%(ids)s AS text[])) AS house (external_id)
    JOIN external_links x ON {LINKED} AND x.external_id > (house.external_id || ':') COLLATE "C"
        AND x.external_id < (house.external_id || ';') COLLATE "C"
    WHERE NOT EXISTS (SELECT FROM staged_units s WHERE s.external_id = x.external_id)
)
SELECT l.house, l.external_id, {_COLUMNS} FROM left_over l
JOIN units u ON u.portfolio_id = %(portfolio)s AND u.unit_id = l.our_id
WHERE u.archived_on IS NULL AND NOT EXISTS (
    SELECT FROM external_links x JOIN staged_units s ON s.external_id = x.external_id
    WHERE {LINKED} AND x.our_id = u.unit_id
)
ORDER BY l.external_id
"""  # noqa: S608 - words of ours
"""Links whose outside id begins with the property's and that are not told: their units, if none other stands there."""
_UNLINKED: Final = f"""
SELECT {_COLUMNS} FROM units u
WHERE u.portfolio_id = %(portfolio)s AND u.property_id = ANY(%(houses)s)
    AND NOT EXISTS (SELECT FROM external_links x WHERE {LINKED} AND x.our_id = u.unit_id)
ORDER BY u.unit_id
"""  # noqa: S608 - words of ours

Driver = psycopg.Connection[Any]
Told = tuple[OutsideProperty, Mapping[str, OutsideUnit], KnownProperty]


@frozen
class Compared:
    """A page as the planner wants it: of each property only the units that are not as they are told."""

    told: Sequence[Told]


def compare(driver: Driver, page: Page, told: Sequence[OutsideProperty]) -> Compared:
    """Stage the page and read what of it is not in the books as it is told; the stage stays until the commit."""
    names = {"portfolio": page.portfolio_id, "system": page.system, "ids": [it.external_id for it in told]}
    records = {row[0]: _property(page.portfolio_id, row[1:]) for row in driver.execute(_PROPERTIES, names)}
    units = {it.external_id: units_of(it) for it in told}
    keys = _stage(driver, page, records, units)
    linked: defaultdict[str, dict[str, Unit]] = defaultdict(dict)
    looked_at: defaultdict[str, dict[str, OutsideUnit]] = defaultdict(dict)
    for place, *columns in sorted(_rows(driver, _DIFFERENT, names), key=lambda row: row[0]):
        house, key = keys[place]
        looked_at[house][key] = units[house][key]
        if columns[0] is not None:
            linked[house][key] = _unit(page.portfolio_id, columns)
    if records:
        for house, key, *columns in _rows(driver, _GONE, names):
            linked[house][key] = _unit(page.portfolio_id, columns)
    unlinked = _unlinked(driver, page, _with_own(told, records, looked_at, linked))
    return Compared(
        [
            (
                it,
                looked_at[it.external_id],
                KnownProperty(
                    record := records.get(it.external_id),
                    linked[it.external_id],
                    unlinked[record.property_id] if record else (),
                    len(units[it.external_id]) - len(looked_at[it.external_id]),
                ),
            )
            for it in told
        ]
    )


def _stage(
    driver: Driver, page: Page, records: Mapping[str, Property], units: Mapping[str, Mapping[str, OutsideUnit]]
) -> list[tuple[str, str]]:
    """The property and outside id of each staged unit, by its place."""
    driver.execute(_STAGE)
    keys: list[tuple[str, str]] = []
    rows: list[tuple[str, ...]] = []
    for house, of_house in units.items():
        known = records.get(house)
        own = known.property_id if known else derived_property_id(page.portfolio_id, page.system, house)
        for key, it in of_house.items():
            rows.append((str(len(keys)), key, own, it.kind.value, clean_label(it.label), it.floor, it.block))
            keys.append((house, key))
    if rows:
        block = "\n".join(["\t".join(row) for row in rows])
        if not is_clean(block, len(rows), len(STAGED)):
            block = "\n".join(["\t".join(map(escaped, row)) for row in rows])
        with driver.cursor() as cursor:
            copy_into(cursor, "staged_units", STAGED, block)
    return keys


def _with_own(
    told: Sequence[OutsideProperty],
    records: Mapping[str, Property],
    looked_at: Mapping[str, Mapping[str, OutsideUnit]],
    linked: Mapping[str, Mapping[str, Unit]],
) -> list[str]:
    """The properties of ours whose units without a link matter: something new may be one of them, or all go or come."""
    found: list[str] = []
    for it in told:
        record = records.get(it.external_id)
        if record is None:
            continue
        has_new = any(key not in linked.get(it.external_id, {}) for key in looked_at.get(it.external_id, {}))
        if has_new or it.is_deleted or record.archived_on is not None:
            found.append(record.property_id)
    return found


def _unlinked(driver: Driver, page: Page, houses: Collection[str]) -> Mapping[str, Sequence[Unit]]:
    found: defaultdict[str, list[Unit]] = defaultdict(list)
    if houses:
        names = {"portfolio": page.portfolio_id, "system": page.system, "houses": sorted(houses)}
        for columns in _rows(driver, _UNLINKED, names):
            unit = _unit(page.portfolio_id, columns)
            found[unit.property_id].append(unit)
    return found


def _rows(driver: Driver, statement: str, names: Mapping[str, Any]) -> list[Any]:
    # Never prepared: a plan for any page would be one for none; this one sees how long the page is.
    return driver.execute(statement.encode(), names, prepare=False).fetchall()


def _property(portfolio_id: PortfolioId, row: Sequence[Any]) -> Property:
    property_id, name, landlord_id, address, archived_on = row
    return Property(portfolio_id, PropertyId(property_id), name, landlord_id, address, archived_on)


def _unit(portfolio_id: PortfolioId, row: Sequence[Any]) -> Unit:
    unit_id, property_id, code, kind, number, floor, block, archived_on = row
    return Unit(
        portfolio_id, UnitId(unit_id), PropertyId(property_id), code, UnitKind(kind), number, floor, block, archived_on
    )
