"""Decides what a property told from outside changes in the books: pure, over what of it is known here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from attrs import evolve, frozen

from marketplace_core.domain.facts import ExternalLinked, Fact, PropertyRecorded, UnitRecorded
from marketplace_core.domain.identifiers import PortfolioId, UnitId
from marketplace_core.domain.outside_property.changes import Brought, PropertyChange, PropertyChangeKind
from marketplace_core.domain.outside_property.identity import (
    PROPERTY,
    UNIT,
    clean_label,
    derived_property_id,
    derived_unit_id,
    give_codes,
    unit_external_id,
)
from marketplace_core.domain.outside_property.labels import doubled
from marketplace_core.domain.outside_property.records import OutsideProperty, OutsideUnit
from marketplace_core.domain.party import Property, Unit
from marketplace_core.errors import InvalidInput

_KINDS: Final = PropertyChangeKind


@frozen
class KnownProperty:
    """What the books have of a property that is told from outside.

    ``record`` is None where none of ours is linked. ``linked`` are the units that outside ids of this property stand
    for, by these ids; ``unlinked`` the property's other units. ``elsewhere`` are those outside ids of this property for
    whose units another outside id speaks (`is_elsewhere`). A store that has compared already may leave out those
    units that are told as they are known, and says how many in ``same``; then it leaves them out of what is told, too.
    """

    record: Property | None = None
    linked: Mapping[str, Unit] = {}
    unlinked: Sequence[Unit] = ()
    same: int = 0
    elsewhere: Collection[str] = ()


@frozen
class Plan:
    """What to write for a page, in the order of writing, and what it changes."""

    facts: tuple[Fact, ...]
    brought: Brought


@frozen
class Page:
    """For whom a page is brought, from where, and on which day it was seen."""

    portfolio_id: PortfolioId
    system: str
    seen_on: date


def told_once(properties: Iterable[OutsideProperty]) -> list[OutsideProperty]:
    """The properties by id, each as it changed last: a page may tell one twice."""
    last: dict[str, OutsideProperty] = {}
    for it in properties:
        if ":" in it.external_id or not it.external_id:
            raise InvalidInput(f"property {it.external_id!r} outside: its id needs a sign, and no colon among them")
        known = last.get(it.external_id)
        if known is None or known.updated_at <= it.updated_at:
            last[it.external_id] = it
    return [last[external_id] for external_id in sorted(last)]


def units_of(told: OutsideProperty) -> dict[str, OutsideUnit]:
    """The units of a property by their outside ids; none of a deleted one; of two with one label, the first."""
    found: dict[str, OutsideUnit] = {}
    for it in () if told.is_deleted else told.units:
        found.setdefault(unit_external_id(told.external_id, it.kind, it.label), it)
    return found


def plan_page(
    page: Page,
    told: Iterable[tuple[OutsideProperty, Mapping[str, OutsideUnit], KnownProperty]],
    taken: Callable[[Collection[str]], Collection[str]],
) -> Plan:
    """What properties, each with those of its units to look at and what is known of them, change in the books.

    ``taken`` tells which texts are codes of units already (``give_codes``).
    """
    steps = [_Property(page, *it) for it in told]
    claimed: dict[UnitId, str] = {}
    for it in steps:
        it.claim(claimed)
    new = ((key, it.told.external_id, unit.kind, unit.label) for it in steps for key, unit in it.new.items())
    codes = give_codes(new, taken)
    places: list[Fact] = []
    units: list[Fact] = []
    links: list[Fact] = []
    changes: list[PropertyChange] = []
    for step in steps:
        for change, is_linked in step.changes(codes):
            changes.append(change)
            after = change.after
            if isinstance(after, Property):
                places.append(PropertyRecorded(after))
            elif after is not None and after != change.before:
                units.append(UnitRecorded(after))
            if after is not None and not is_linked:
                kind, our_id = (PROPERTY, after.property_id) if isinstance(after, Property) else (UNIT, after.unit_id)
                links.append(ExternalLinked(page.portfolio_id, page.system, kind, change.external_id, our_id))
    return Plan((*places, *units, *links), Brought(tuple(changes), sum(it.unchanged for it in steps)))


class _Property:
    """One property of a page."""

    def __init__(
        self, page: Page, told: OutsideProperty, units: Mapping[str, OutsideUnit], known: KnownProperty
    ) -> None:
        self.page, self.told, self.units, self.known = page, told, units, known
        self.unchanged = known.same
        self.adopted: dict[str, Unit] = {}
        here = {key: unit for key, unit in known.linked.items() if key not in known.elsewhere}
        self.unclear = doubled(units, here) | {key for key in units if key in known.elsewhere}
        left = list(known.unlinked)
        missing = [key for key in units if key not in known.linked]
        for key in missing if left else ():
            found = _meant(units[key], left)
            if len(found) > 1:
                self.unclear.add(key)
            elif found:
                self.adopted[key] = found[0]
                left.remove(found[0])
        self.left = left
        self.new = {key: units[key] for key in missing if key not in self.adopted and key not in self.unclear}

    def claim(self, claimed: dict[UnitId, str]) -> None:
        """Leave to a person what an earlier property of the page takes: written twice, it would be the same never."""
        house = self.told.external_id
        for key in self.units:
            unit = None if key in self.unclear else self.known.linked.get(key)
            if unit is not None and claimed.setdefault(unit.unit_id, house) != house:
                self.unclear.add(key)

    def changes(self, codes: Mapping[str, str]) -> Iterator[tuple[PropertyChange, bool]]:
        """Each change, with whether its outside id is linked already (or is to stay without)."""
        if self.told.is_deleted and self.known.record is None:
            return  # it was never here, and is gone there
        before = self.known.record
        place = self._place()
        if before is None or place != before:
            kind = _property_kind(before, place)
            yield PropertyChange(kind, self.told.external_id, before, place), before is not None
        else:
            self.unchanged += 1
        for key, unit in self.units.items():
            if key in self.unclear:
                yield PropertyChange(_KINDS.UNIT_AMBIGUOUS, key, None, None), True
            elif key in self.new:
                unit_id = derived_unit_id(self.page.portfolio_id, self.page.system, key)
                new = Unit(self.page.portfolio_id, unit_id, place.property_id, codes[key])
                yield PropertyChange(_KINDS.UNIT_NEW, key, None, _as_told(new, unit, place)), False
            else:
                is_linked = key in self.known.linked
                known = self.known.linked[key] if is_linked else self.adopted[key]
                after = _as_told(known, unit, place)
                if not is_linked:
                    yield PropertyChange(_KINDS.UNIT_ADOPTED, key, known, after), False
                elif after != known:
                    yield PropertyChange(_unit_kind(known, after), key, known, after), True
                else:
                    self.unchanged += 1
        yield from ((change, True) for change in self._gone(place))

    def _place(self) -> Property:
        """The property as it will be."""
        told, known = self.told, self.known.record
        if known is None:
            own = derived_property_id(self.page.portfolio_id, self.page.system, told.external_id)
            known = Property(self.page.portfolio_id, own, "")
        if told.is_deleted:
            return evolve(known, archived_on=known.archived_on or self.page.seen_on)
        name = told.name or told.address or known.name or told.external_id
        return evolve(known, name=name, address=told.address, archived_on=None)

    def _gone(self, place: Property) -> Iterator[PropertyChange]:
        """Units that the map has no more, and, with the property, those that were never in it."""
        seen_on, before = self.page.seen_on, self.known.record
        told = {unit.unit_id for key, unit in self.known.linked.items() if key in self.units}
        for key, unit in self.known.linked.items():
            is_gone = key not in self.units and key not in self.known.elsewhere
            if is_gone and unit.archived_on is None and unit.unit_id not in told:
                yield PropertyChange(_KINDS.UNIT_ARCHIVED, key, unit, evolve(unit, archived_on=seen_on))
        for unit in self.left:
            if place.archived_on is not None and unit.archived_on is None:
                yield PropertyChange(_KINDS.UNIT_ARCHIVED, "", unit, evolve(unit, archived_on=seen_on))
            elif (
                place.archived_on is None
                and before is not None
                and before.archived_on is not None
                and unit.archived_on == before.archived_on
            ):
                yield PropertyChange(_KINDS.UNIT_UNARCHIVED, "", unit, evolve(unit, archived_on=None))


def _as_told(unit: Unit, told: OutsideUnit, place: Property) -> Unit:
    """The unit with what is told of it; its id and code stay."""
    number, archived_on = clean_label(told.label), None
    return Unit(
        unit.portfolio_id,
        unit.unit_id,
        place.property_id,
        unit.code,
        told.kind,
        number,
        told.floor,
        told.block,
        archived_on,
    )


def _property_kind(before: Property | None, after: Property) -> PropertyChangeKind:
    if before is None:
        return _KINDS.PROPERTY_NEW
    if (before.archived_on is None) != (after.archived_on is None):
        return _KINDS.PROPERTY_UNARCHIVED if after.archived_on is None else _KINDS.PROPERTY_ARCHIVED
    return _KINDS.PROPERTY_CHANGED


def _unit_kind(before: Unit, after: Unit) -> PropertyChangeKind:
    if before.archived_on is not None:
        return _KINDS.UNIT_UNARCHIVED
    return _KINDS.UNIT_CHANGED if before.property_id == after.property_id else _KINDS.UNIT_MOVED


def _meant(told: OutsideUnit, unlinked: Iterable[Unit]) -> list[Unit]:
    """The units of ours whose number or code is the label; of several, those of the same kind alone."""
    label = clean_label(told.label).casefold()
    found = [it for it in unlinked if label in (clean_label(it.number).casefold(), clean_label(it.code).casefold())]
    same_kind = [it for it in found if it.kind is told.kind]
    return same_kind if len(found) > 1 and same_kind else found
