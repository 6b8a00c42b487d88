"""What bringing properties from outside changes in the books, one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from marketplace_core.domain.party import Property, Unit


class PropertyChangeKind(StrEnum):
    """What happens to a property or unit of ours; ``AMBIGUOUS`` is left to a person, and nothing is written."""

    PROPERTY_NEW = "property_new"
    PROPERTY_CHANGED = "property_changed"
    PROPERTY_ARCHIVED = "property_archived"
    PROPERTY_UNARCHIVED = "property_unarchived"
    UNIT_NEW = "unit_new"
    UNIT_ADOPTED = "unit_adopted"
    UNIT_CHANGED = "unit_changed"
    UNIT_MOVED = "unit_moved"
    UNIT_ARCHIVED = "unit_archived"
    UNIT_UNARCHIVED = "unit_unarchived"
    UNIT_AMBIGUOUS = "unit_ambiguous"


@frozen
class PropertyChange:
    """One change: what is called ``external_id`` outside (empty where nothing is), as it was and as it will be."""

    kind: PropertyChangeKind
    external_id: str
    before: Property | Unit | None
    after: Property | Unit | None

    @property
    def subject(self) -> str:
        """The name of a property, the code of a unit, or what it is called outside."""
        known = self.after or self.before
        if known is None:
            return self.external_id
        return known.name if isinstance(known, Property) else known.code


@frozen
class Brought:
    """What a page changed, in order, and how many units and properties were as they are told.

    ``only_counted`` are changes that nobody wanted to have named, by their kind.
    """

    changes: tuple[PropertyChange, ...] = ()
    unchanged: int = 0
    only_counted: Mapping[PropertyChangeKind, int] = field(factory=dict[PropertyChangeKind, int])

    @property
    def counted(self) -> tuple[tuple[str, int], ...]:
        """How many of each kind, and ``unchanged``, by name; what is nought is left out."""
        found = {str(kind): count for kind, count in self._kinds.items()}
        found["unchanged"] = self.unchanged
        return tuple(sorted((name, count) for name, count in found.items() if count))

    @property
    def written(self) -> int:
        """How many changes there are to write."""
        return sum(count for kind, count in self._kinds.items() if kind is not PropertyChangeKind.UNIT_AMBIGUOUS)

    def unnamed(self, more: Mapping[PropertyChangeKind, int] | None = None) -> Brought:
        """The same with every change only counted, and more of them."""
        return Brought((), self.unchanged, dict(self._kinds + Counter(more)))

    @property
    def _kinds(self) -> Counter[PropertyChangeKind]:
        return Counter(it.kind for it in self.changes) + Counter(self.only_counted)


_PROPERTY_FIELDS: Final = ("name", "address", "archived_on")
_UNIT_FIELDS: Final = ("property_id", "kind", "number", "floor", "block", "archived_on")


def shown_fields(it: Property | Unit | None) -> dict[str, str]:
    """What a system outside says of a property or unit of ours, by field, as texts."""
    if it is None:
        return {}
    names: Iterable[str] = _PROPERTY_FIELDS if isinstance(it, Property) else _UNIT_FIELDS
    values = ((name, getattr(it, name)) for name in names)
    return {name: _text(value) for name, value in values}


def _text(value: date | str | None) -> str:
    return "" if value is None else str(value)


def words_of(change: PropertyChange) -> str:
    """The change in a line: kind, subject, and each field that differs with what it was."""
    before, after = shown_fields(change.before), shown_fields(change.after)
    fields = (name for name in (after or before) if before.get(name, "") != after.get(name, ""))
    told = ", ".join(f"{name} {before.get(name, '')!r} → {after.get(name, '')!r}" for name in fields)
    outside = change.external_id or "ours alone"
    return f"{change.kind.replace('_', ' ')}: {change.subject} ({outside})" + (f": {told}" if told else "")
