"""Which of several outside ids of one unit of ours speaks for it."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping

from marketplace_core.domain.identifiers import PropertyId, UnitId
from marketplace_core.domain.outside_property.identity import clean_label, house_of
from marketplace_core.domain.outside_property.records import OutsideUnit
from marketplace_core.domain.party import Unit


def is_elsewhere(
    key: str,
    unit: Unit,
    labels: Collection[str],
    told: Container[str],
    own: Mapping[str, PropertyId],
    others: Mapping[str, PropertyId],
) -> bool:
    """True where another outside id of a unit than ``key`` speaks for it: then this one neither takes nor archives it.

    ``labels`` are all its outside ids, ``told`` those that the page tells; ``own`` are the page's properties by outside
    id, ``others`` further ones that the labels name. A unit is of the property where it stands while that one tells it,
    or is not on the page and nobody archived it.
    """
    house = house_of(key)
    if key not in told and any(it in told for it in labels if it != key):
        return True
    for it in labels:
        other = house_of(it)
        if other == house or own.get(other, others.get(other)) != unit.property_id:
            continue
        if it in told or (other not in own and unit.archived_on is None):
            return True
    return False


def doubled(units: Mapping[str, OutsideUnit], linked: Mapping[str, Unit]) -> set[str]:
    """What stands for a unit of ours beside what that is called already, else beside the first: a person says whose."""
    chosen: dict[UnitId, str] = {}
    doubled: set[str] = set()
    for key in sorted(units):
        unit = linked.get(key)
        if unit is None:
            continue
        before = chosen.setdefault(unit.unit_id, key)
        if before == key:
            continue
        is_called_so = (units[key].kind, clean_label(units[key].label)) == (unit.kind, unit.number)
        doubled.add(before if is_called_so else key)
        chosen[unit.unit_id] = key if is_called_so else before
    return doubled
