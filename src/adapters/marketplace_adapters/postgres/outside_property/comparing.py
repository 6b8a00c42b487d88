"""Stages a page of units by COPY and compares it with the books in SQL: what is as it is told costs no more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import psycopg
from attrs import frozen

from marketplace_adapters.postgres.bulk.copying import block_of, copy_into
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
LINKED: Final = "x.portfolio_id = %(portfolio)s AND x.system = %(system)s AND x.kind = 'unit'"
_NAMES: Final = ("unit_id", "code", "property_id", "kind", "number", "floor", "block", "archived_on")
_KINDS: Final = {it.value: it for it in UnitKind}
_COLUMNS: Final = ", ".join(f"u.{name}" for name in _NAMES)

_PROPERTIES: Final = """
SELECT house.external_id, p.property_id, p.name, p.landlord_id, p.address, p.archived_on
FROM unnest(CAST(%(ids)s AS text[])) AS house (external_id) CROSS JOIN LATERAL (
    SELECT x.our_id FROM external_links x
    WHERE x.portfolio_id = %(portfolio)s AND x.system = %(system)s AND x.kind = 'property'
        AND x.external_id = house.external_id COLLATE "C"
    OFFSET 0
) x CROSS JOIN LATERAL (
    SELECT p.* FROM properties p WHERE p.portfolio_id = %(portfolio)s AND p.property_id = x.our_id OFFSET 0
) p
"""
_OF_HOUSE: Final = f"""
    SELECT u.* FROM unnest(CAST(%(houses)s AS text[])) AS house (property_id) CROSS JOIN LATERAL (
        SELECT u.ctid AS row, {_COLUMNS} FROM units u
        WHERE u.portfolio_id = %(portfolio)s AND u.property_id = house.property_id COLLATE "C"
        OFFSET 0
    ) u
"""  # noqa: S608 - words of ours
_IS_TOLD: Final = "s.property_id = u.property_id"
"""Where a staged unit that is linked to one of ours needs no more than what is told of it."""
_BEFORE: Final = ", ".join(f"CASE WHEN %(named)s OR {_IS_TOLD} IS NOT TRUE THEN u.{name} END" for name in _NAMES[2:-1])
_COMPARED: Final = f"""
WITH links AS MATERIALIZED (
    SELECT house.external_id AS house, x.external_id, x.our_id
    FROM unnest(CAST(%(ids)s AS text[])) AS house (external_id) CROSS JOIN LATERAL (
        SELECT x.external_id, x.our_id FROM external_links x
        WHERE {LINKED} AND x.external_id > (house.external_id || ':') COLLATE "C"
            AND x.external_id < (house.external_id || ';') COLLATE "C"
        OFFSET 0
    ) x
), own AS MATERIALIZED ({_OF_HOUSE})
SELECT s.place, CASE WHEN s.place IS NULL THEN l.house END, CASE WHEN s.place IS NULL THEN l.external_id END,
    CASE WHEN u.unit_id IS NULL OR s.place IS NULL THEN l.our_id END, CASE WHEN {_IS_TOLD} THEN u.row END,
    u.unit_id, u.code, {_BEFORE}, u.archived_on
FROM staged_units s FULL JOIN links l ON l.external_id = s.external_id LEFT JOIN own u ON u.unit_id = l.our_id
WHERE u.unit_id IS NULL OR CASE WHEN s.place IS NULL THEN u.archived_on IS NULL
    ELSE u.property_id <> s.property_id OR u.kind <> s.kind OR u.number <> s.number OR u.floor <> s.floor
        OR u.block <> s.block OR u.archived_on IS NOT NULL END
ORDER BY s.place
"""  # noqa: S608 - words of ours
"""Each staged unit that is not linked or not as it is told, and each link of the properties that is not told.

Links and units are read as one stretch of an index a property, whatever the planner knows of the tables: told the
statistics of an empty table, it would go through all links for each unit, and told those of a large one, through all
links for each page. What was before is read where somebody wants to know.
"""
_BY_ID: Final = f"SELECT {_COLUMNS} FROM units u WHERE u.portfolio_id = %(portfolio)s AND u.unit_id = ANY(%(units)s)"  # noqa: S608 - words of ours
_STILL_TOLD: Final = f"""
SELECT x.our_id FROM external_links x JOIN staged_units s ON s.external_id = x.external_id
WHERE {LINKED} AND x.our_id = ANY(%(units)s)
"""  # noqa: S608 - words of ours
_UNLINKED: Final = f"""
SELECT {_COLUMNS} FROM ({_OF_HOUSE}) u
WHERE (SELECT true FROM external_links x WHERE {LINKED} AND x.our_id = u.unit_id LIMIT 1) IS NULL
ORDER BY u.unit_id
"""  # noqa: S608 - words of ours

Driver = psycopg.Connection[Any]
Told = tuple[OutsideProperty, Mapping[str, OutsideUnit], KnownProperty]


@frozen
class ToldRow:
    """A unit of ours to be written as it is told: its staged place, where its row is, its id and code as compared."""

    place: int
    row: str
    unit_id: str
    code: str
    was_archived: bool


class _Looked:
    """What of a page is not as it is told, by property outside."""

    def __init__(self) -> None:
        self.written: list[ToldRow] = []
        self.units: defaultdict[str, dict[str, OutsideUnit]] = defaultdict(dict)
        self.linked: defaultdict[str, dict[str, Unit]] = defaultdict(dict)
        self.unnamed: Counter[str] = Counter()


@frozen
class Compared:
    """A page as the planner wants it, with only those units that are not as they are told.

    ``staged`` are the rows of what is told, ``written`` those of them that need no plan: each is a unit of ours that
    is linked and stands in its property, and is to be as it is told. Where changes are to be named the planner gets
    these too, with what was before.
    """

    told: Sequence[Told]
    staged: Sequence[Sequence[str]]
    written: Sequence[ToldRow]


def compare(driver: Driver, page: Page, told: Sequence[OutsideProperty], *, named: bool) -> Compared:
    """Stage the page and read what of it is not in the books as it is told; the stage stays until the commit."""
    names = {"portfolio": page.portfolio_id, "system": page.system, "ids": [it.external_id for it in told]}
    records = {row[0]: _property(page.portfolio_id, row[1:]) for row in _rows(driver, _PROPERTIES, names)}
    units = {it.external_id: units_of(it) for it in told}
    staged = _stage(driver, page, records, units)
    looked = _Looked()
    if records:
        houses = [it.property_id for it in records.values()]
        _look(driver, page, {**names, "houses": houses, "named": named}, staged, units, looked)
    else:
        looked.units.update((house, dict(of_house)) for house, of_house in units.items())
    unlinked = _unlinked(driver, page, _with_own(told, records, looked))
    found: list[Told] = []
    for it in told:
        house, record = it.external_id, records.get(it.external_id)
        same = len(units[house]) - len(looked.units[house]) - looked.unnamed[house]
        own = unlinked.get(record.property_id, ()) if record else ()
        found.append((it, looked.units[house], KnownProperty(record, looked.linked[house], own, same)))
    return Compared(found, staged, looked.written)


def _look(
    driver: Driver,
    page: Page,
    names: Mapping[str, Any],
    staged: Sequence[Sequence[str]],
    units: Mapping[str, Mapping[str, OutsideUnit]],
    looked: _Looked,
) -> None:
    """Compare in SQL; what stands in another property than its outside id says is looked up by itself."""
    rows = _rows(driver, _COMPARED, names)
    elsewhere = [row[3] for row in rows if row[3] is not None and row[5] is None]
    moved = {row[0]: row for row in _rows(driver, _BY_ID, {**names, "units": elsewhere})} if elsewhere else {}
    gone = [row[3] for row in rows if row[0] is None]
    told = {row[0] for row in _rows(driver, _STILL_TOLD, {**names, "units": gone})} if gone else set[str]()
    archived: list[tuple[str, str, Unit]] = []
    for row in rows:
        place: int | None = row[0]
        if place is not None and row[4] is not None:
            looked.written.append(ToldRow(place, row[4], row[5], row[6], row[-1] is not None))
            if not names["named"]:
                looked.unnamed[_house_of(staged[place])] += 1
                continue
        house, external_id, our_id, _, *columns = row[1:]
        known = columns if columns[0] is not None else moved.get(our_id)
        unit = None if known is None else _unit(page.portfolio_id, known)
        if place is not None:
            key, of_house = staged[place][1], _house_of(staged[place])
            looked.units[of_house][key] = units[of_house][key]
            if unit is not None:
                looked.linked[of_house][key] = unit
        elif unit is not None and unit.archived_on is None and our_id not in told:
            archived.append((house, external_id, unit))
    for house, external_id, unit in sorted(archived, key=lambda it: it[:2]):
        looked.linked[house][external_id] = unit


def _stage(
    driver: Driver, page: Page, records: Mapping[str, Property], units: Mapping[str, Mapping[str, OutsideUnit]]
) -> Sequence[Sequence[str]]:
    """The staged rows, each at its place."""
    driver.execute(_STAGE)
    rows: list[Sequence[str]] = []
    for house, of_house in units.items():
        known = records.get(house)
        own = known.property_id if known else derived_property_id(page.portfolio_id, page.system, house)
        for key, it in of_house.items():
            rows.append((str(len(rows)), key, own, it.kind, clean_label(it.label), it.floor, it.block))
    if rows:
        with driver.cursor() as cursor:
            copy_into(cursor, "staged_units", STAGED, block_of(rows, len(STAGED)))
    return rows


def _house_of(staged: Sequence[str]) -> str:
    return staged[1].partition(":")[0]


def _with_own(told: Sequence[OutsideProperty], records: Mapping[str, Property], looked: _Looked) -> list[str]:
    """The properties of ours whose units without a link matter: something new may be one of them, or all go or come."""
    found: list[str] = []
    for it in told:
        record = records.get(it.external_id)
        if record is None:
            continue
        has_new = any(key not in looked.linked[it.external_id] for key in looked.units[it.external_id])
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
    unit_id, code, property_id, kind, number, floor, block, archived_on = row
    return Unit(
        portfolio_id, UnitId(unit_id), PropertyId(property_id), code, _KINDS[kind], number, floor, block, archived_on
    )
