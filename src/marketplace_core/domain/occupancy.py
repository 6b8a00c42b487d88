"""Occupancies: who is in which unit, as a system outside tells it. Without terms, and beside the books' log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen

from marketplace_core.domain.identifiers import PortfolioId, UnitId, derive_id
from marketplace_core.domain.outside_property.identity import unit_external_id
from marketplace_core.domain.outside_property.records import OccupantRole, OutsideOccupancy
from marketplace_core.domain.reconciliation.phones import clear_phone
from marketplace_core.errors import InvalidInput

OCCUPANCY: Final = "occupancy"
CONTACT: Final = "contact"
"""The kinds of links of an occupancy to a lease, and of who is in it to a person."""


@frozen
class OccupancyKey:
    """One stay: ``stay`` counts how often what is called ``external_id`` outside has moved or come back, from 1."""

    system: str
    external_id: str
    stay: int = 1

    @property
    def link_id(self) -> str:
        """What the stay is called in links: a link is for good, and who moves begins another stay."""
        return self.external_id if self.stay == 1 else f"{self.external_id}#{self.stay}"


@frozen
class Occupancy:
    """Somebody in a unit from the day on which it was first seen. Personal data, erasable.

    ``place`` is what the unit is called outside, ``unit_id`` the unit of ours, None where none is linked to it.
    ``seen_until`` is the day on which it was seen to have ended. Of who was erased nothing is taken again.
    """

    portfolio_id: PortfolioId
    key: OccupancyKey
    place: str
    unit_id: UnitId | None
    role: OccupantRole
    seen_from: date
    updated_at: datetime
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    is_verified: bool = False
    seen_until: date | None = None
    is_erased: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse an end before the beginning."""
        if self.seen_until is not None and self.seen_until < self.seen_from:
            raise InvalidInput(f"occupancy {self.key.external_id}: seen until before it was seen first")

    @property
    def occupancy_id(self) -> str:
        """An id of ours that derives from the key."""
        key = self.key
        return derive_id("occupancy", self.portfolio_id, key.system, key.external_id, str(key.stay))

    @property
    def is_current(self) -> bool:
        """True until it was seen to have ended."""
        return self.seen_until is None

    def erased(self) -> Occupancy:
        """The occupancy with nothing of who is in it."""
        return evolve(self, name="", phone="", email="", is_erased=True)


class OccupancyChangeKind(StrEnum):
    """What happens to an occupancy."""

    NEW = "occupancy_new"
    CHANGED = "occupancy_changed"
    MOVED = "occupancy_moved"
    ENDED = "occupancy_ended"


@frozen
class OccupancyChange:
    """One change; ``MOVED`` ends ``before`` and begins ``after``, both as they are then."""

    kind: OccupancyChangeKind
    before: Occupancy | None
    after: Occupancy

    @property
    def rows(self) -> tuple[Occupancy, ...]:
        """The stays as they are to be kept."""
        if self.kind is OccupancyChangeKind.MOVED and self.before is not None:
            return (self.before, self.after)
        return (self.after,)


@frozen
class OccupanciesBrought:
    """What a page changed, and how many were as they are told."""

    changes: tuple[OccupancyChange, ...] = ()
    unchanged: int = 0

    @property
    def counted(self) -> Mapping[str, int]:
        """How many of each kind, and ``unchanged``."""
        found: dict[str, int] = {"unchanged": self.unchanged} if self.unchanged else {}
        for it in self.changes:
            found[it.kind] = found.get(it.kind, 0) + 1
        return found


def occupancies_once(told: Iterable[OutsideOccupancy]) -> list[OutsideOccupancy]:
    """The occupancies by id, each as it changed last: a page may tell one twice."""
    last: dict[str, OutsideOccupancy] = {}
    for it in told:
        known = last.get(it.external_id)
        if known is None or known.updated_at <= it.updated_at:
            last[it.external_id] = it
    return [last[external_id] for external_id in sorted(last)]


def place_of(told: OutsideOccupancy) -> str:
    """What the unit is called outside, empty where it is not told in which somebody is."""
    if not told.property_id or not told.unit_label.strip():
        return ""
    return unit_external_id(told.property_id, told.unit_kind, told.unit_label)


@frozen
class Sight:
    """What the occupancies of a page are looked at with: ``unit_of`` tells the unit of ours that a place stands for."""

    portfolio_id: PortfolioId
    system: str
    seen_on: date
    unit_of: Callable[[str], UnitId | None]

    def bring(self, told: Iterable[OutsideOccupancy], last: Mapping[str, Occupancy]) -> OccupanciesBrought:
        """What occupancies told from outside change: ``last`` is the latest stay of each by its outside id.

        Another place than before is a move: the old stay ends and a new one begins, both on the day seen; so it is
        where a property is told without a unit. Where no property is told any more (it was deleted there) the place is
        the one that was. Older news change nothing.
        """
        changes: list[OccupancyChange] = []
        unchanged = 0
        for it in occupancies_once(told):
            change = self._change(it, last.get(it.external_id))
            if change is None:
                unchanged += 1
            else:
                changes.append(change)
        return OccupanciesBrought(tuple(changes), unchanged)

    def end(self, last: Occupancy) -> OccupancyChange:
        """The end of a stay, on the day on which it was seen: when it was nobody told."""
        after = evolve(last, seen_until=max(self.seen_on, last.seen_from))
        return OccupancyChange(OccupancyChangeKind.ENDED, last, after)

    def _change(self, told: OutsideOccupancy, last: Occupancy | None) -> OccupancyChange | None:
        kinds = OccupancyChangeKind
        if last is not None and told.updated_at < last.updated_at:
            return None
        if told.is_deleted:
            return None if last is None or not last.is_current else self.end(last)
        place = place_of(told) or ("" if last is None or told.property_id else last.place)
        if last is None:
            return OccupancyChange(kinds.NEW, None, self._stay(told, place, 1))
        if last.is_current and last.place in ("", place):
            after = _as_told(evolve(last, place=place, unit_id=self.unit_of(place)), told)
            is_same = evolve(after, updated_at=last.updated_at) == last
            return None if is_same else OccupancyChange(kinds.CHANGED, last, after)
        after = self._stay(told, place, last.key.stay + 1)
        after = after.erased() if last.is_erased else after
        if not last.is_current:
            return OccupancyChange(kinds.NEW, last, after)
        return OccupancyChange(kinds.MOVED, self.end(last).after, after)

    def _stay(self, told: OutsideOccupancy, place: str, stay: int) -> Occupancy:
        key = OccupancyKey(self.system, told.external_id, stay)
        unit_id = self.unit_of(place)
        return _as_told(
            Occupancy(self.portfolio_id, key, place, unit_id, told.role, self.seen_on, told.updated_at), told
        )


def _as_told(it: Occupancy, told: OutsideOccupancy) -> Occupancy:
    """The occupancy with what is told of who is in it; nothing of that where they were erased."""
    new = evolve(it, role=told.role, updated_at=told.updated_at, is_verified=told.is_verified)
    if it.is_erased:
        return new
    phone = clear_phone(told.phone) or told.phone.strip()
    return evolve(new, name=told.name.strip(), phone=phone, email=told.email.strip())


def is_theirs(it: Occupancy, contacts: Collection[tuple[str, str]], phones: Collection[str]) -> bool:
    """True where the outside id (with its system) is linked to a person, or the phone is one of theirs."""
    return (it.key.system, it.key.external_id) in contacts or (bool(it.phone) and it.phone in phones)
