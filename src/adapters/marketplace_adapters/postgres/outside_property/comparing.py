"""Compares a page of units with the books in SQL: what is as it is told costs no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final

import psycopg
from attrs import frozen

from marketplace_adapters.postgres.bulk.arrays import array_of
from marketplace_adapters.postgres.bulk.overlap import Overlap
from marketplace_adapters.postgres.outside_property.comparing_sql import (
    BY_ID,
    COMPARED,
    LINKS_OF,
    PROPERTIES,
    UNLINKED,
)
from marketplace_adapters.postgres.outside_property.payload import ToldRow, UnitTexts, told_facts
from marketplace_core.domain.identifiers import PortfolioId, PropertyId, UnitId
from marketplace_core.domain.outside_property.bringing import KnownProperty, Page, units_of
from marketplace_core.domain.outside_property.identity import derived_property_id, house_of, label_in
from marketplace_core.domain.outside_property.labels import is_elsewhere
from marketplace_core.domain.outside_property.records import OutsideProperty, OutsideUnit
from marketplace_core.domain.party import Property, Unit, UnitKind

UNITS_OF_GROUP: Final = 2_000
"""How many units are compared at once: enough that statements cost little, few enough that there is a next group."""
_NO_TEXTS: Final[Sequence[Sequence[str]]] = ((),) * 6
_KINDS: Final = {it.value: it for it in UnitKind}

Driver = psycopg.Connection[Any]
Told = tuple[OutsideProperty, Mapping[str, OutsideUnit], KnownProperty]


Write = Callable[[Driver, Page, Sequence[UnitTexts], Sequence[ToldRow]], None]
"""Writes what needs no plan: the units told, as texts, and those of ours to be as they say."""


@frozen
class Compared:
    """A page as the planner wants it, with only those units that are not as they are told.

    ``texts`` are the units told, ``written`` those of them that need no plan: each is a unit of ours that is linked and
    stands in its property, and is to be as it is told. Where changes are to be named the planner gets
    these too, with what was before; else it takes them for unchanged, and ``facts`` are theirs as texts.
    """

    told: Sequence[Told]
    texts: Sequence[UnitTexts]
    written: Sequence[ToldRow]
    facts: Sequence[str]


class Comparison:
    """Compares a page with the books in groups, and writes what needs no plan.

    While the server works on a group, the next one is put into rows here, and the facts of the one before are written.
    """

    def __init__(self, driver: Driver, overlap: Overlap, page: Page, *, named: bool, write: Write | None) -> None:
        """``write`` is None where nothing is to be written."""
        self._driver, self._overlap, self._page = driver, overlap, page
        self._named, self._write = named, write
        self._names: Mapping[str, Any] = {"portfolio": page.portfolio_id, "system": page.system}
        self._units: dict[str, Mapping[str, OutsideUnit]] = {}
        self._own: dict[str, PropertyId] = {}
        self._texts: list[UnitTexts] = []
        self._written: list[ToldRow] = []
        self._facts: list[str] = []
        self._others: list[Sequence[Any]] = []

    def __call__(self, told: Sequence[OutsideProperty]) -> Compared:
        """The page compared."""
        names = {**self._names, "ids": [it.external_id for it in told]}
        records = {
            row[0]: _property(self._page.portfolio_id, row[1:]) for row in _rows(self._driver, PROPERTIES, names)
        }
        for group in _groups(told):
            first = len(self._texts)
            for it in group:
                self._put(it, records.get(it.external_id))
            if records:
                self._overlap.write(partial(self._compare, self._names_of(group, first)))
            self._tell()
        self._overlap.settle()
        self._tell()
        looked = self._looked() if records else _Looked({house: dict(it) for house, it in self._units.items()})
        unlinked = _unlinked(self._driver, self._page, _with_own(told, records, looked))
        found: list[Told] = []
        for it in told:
            house, record = it.external_id, records.get(it.external_id)
            units, linked = looked.units.get(house, {}), looked.linked.get(house, {})
            own = unlinked.get(record.property_id, ()) if record else ()
            same = len(self._units[house]) - len(units)
            found.append((it, units, KnownProperty(record, linked, own, same, looked.elsewhere)))
        return Compared(found, self._texts, self._written, self._facts)

    def _put(self, told: OutsideProperty, record: Property | None) -> None:
        """Put a property's units into texts."""
        page, house, texts = self._page, told.external_id, self._texts
        self._units[house] = units = units_of(told)
        own = record.property_id if record else derived_property_id(page.portfolio_id, page.system, house)
        self._own[house] = own
        for key, it in units.items():
            texts.append((key, own, it.kind, label_in(key, house, it.kind), it.floor, it.block))

    def _names_of(self, group: Sequence[OutsideProperty], first: int) -> Mapping[str, Any]:
        """What `COMPARED` asks for of a group, whose texts begin at ``first``."""
        texts = self._texts[first:]
        keys, _, kinds, numbers, floors, blocks = zip(*texts, strict=True) if texts else _NO_TEXTS
        return {
            **self._names,
            "first": first,
            "named": self._named,
            "ids": [it.external_id for it in group],
            "properties": [self._own[it.external_id] for it in group],
            "keys": array_of(keys),
            "kinds": array_of(kinds),
            "numbers": array_of(numbers),
            "floors": array_of(floors),
            "blocks": array_of(blocks),
        }

    def _compare(self, names: Mapping[str, Any]) -> None:
        """Read what of a group is not as it is told, and write what needs no plan."""
        rows = _rows(self._driver, COMPARED, {**names, "also": []})
        doubled = [row[5] for row in rows if row[5] is not None]
        if doubled:
            rows = _rows(self._driver, COMPARED, {**names, "also": doubled})
        told = [ToldRow(row[0], row[4], row[6], row[7], row[-1]) for row in rows if row[4] is not None]
        if self._write is not None and told:
            self._write(self._driver, self._page, self._texts, told)
        self._others += rows if self._named or not told else (row for row in rows if row[4] is None)
        self._written += told

    def _tell(self) -> None:
        """Write the facts of what is written by now, where the plan will not have them."""
        if not self._named:
            written = self._written[len(self._facts) :]
            self._facts += told_facts(self._page.portfolio_id, self._texts, written)

    def _looked(self) -> _Looked:
        """What the planner has to look at; what stands in another property than its id says is looked up by itself."""
        rows, driver = self._others, self._driver
        away = [row[3] for row in rows if row[3] is not None and row[6] is None]
        moved = {row[0]: row for row in _rows(driver, BY_ID, {**self._names, "units": away})} if away else {}
        looked = _Looked()
        unsure: list[tuple[str, Unit]] = []
        archived: list[tuple[str, Unit]] = []
        for row in rows:
            place: int | None = row[0]
            key: str = row[2] if place is None else self._texts[place][0]
            house, columns = house_of(key), row[6:]
            known = columns if columns[0] is not None else moved.get(row[3])
            unit = None if known is None else _unit(self._page.portfolio_id, known)
            if place is not None:
                looked.units[house][key] = self._units[house][key]
                if unit is not None:
                    looked.linked[house][key] = unit
                    if unit.property_id != self._own[house]:
                        unsure.append((key, unit))
            elif unit is not None and unit.archived_on is None:
                archived.append((key, unit))
        looked.elsewhere = self._elsewhere(unsure + archived)
        for key, unit in sorted(archived, key=lambda it: it[0]):
            if key not in looked.elsewhere:
                looked.linked[house_of(key)][key] = unit
        return looked

    def _elsewhere(self, found: Sequence[tuple[str, Unit]]) -> frozenset[str]:
        """Those outside ids whose units are for another one to say."""
        if not found:
            return frozenset()
        labels: defaultdict[str, list[str]] = defaultdict(list)
        ids = sorted({unit.unit_id for _, unit in found})
        for our_id, external_id in _rows(self._driver, LINKS_OF, {**self._names, "units": ids}):
            labels[our_id].append(external_id)
        houses = {house_of(it) for each in labels.values() if len(each) > 1 for it in each} - self._own.keys()
        names = {**self._names, "ids": sorted(houses)}
        others = {row[0]: PropertyId(row[1]) for row in _rows(self._driver, PROPERTIES, names)} if houses else {}
        told = set(chain.from_iterable(self._units.values()))
        own, each = self._own, labels
        return frozenset(key for key, unit in found if is_elsewhere(key, unit, each[unit.unit_id], told, own, others))


class _Looked:
    """What of a page is not as it is told, by property outside."""

    def __init__(self, units: Mapping[str, dict[str, OutsideUnit]] | None = None) -> None:
        self.units: defaultdict[str, dict[str, OutsideUnit]] = defaultdict(dict, units or {})
        self.linked: defaultdict[str, dict[str, Unit]] = defaultdict(dict)
        self.elsewhere: frozenset[str] = frozenset()


def _groups(told: Iterable[OutsideProperty]) -> Iterator[Sequence[OutsideProperty]]:
    """The properties in order, in groups of so many units or somewhat more."""
    group: list[OutsideProperty] = []
    count = 0
    for it in told:
        group.append(it)
        count += len(it.units)
        if count >= UNITS_OF_GROUP:
            yield group
            group, count = [], 0
    if group:
        yield group


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
        names = {"portfolio": page.portfolio_id, "system": page.system, "properties": sorted(houses)}
        for columns in _rows(driver, UNLINKED, names):
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
