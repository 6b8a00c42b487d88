"""Which rows a filter lets through, and in which order they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, cast

from marketplace_adapters.condo.testing.books import Books, Row, written
from marketplace_adapters.condo.testing.schema import RELATIONS

_COMPARED: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "lt": lambda it, limit: it < limit,
    "lte": lambda it, limit: it <= limit,
    "gt": lambda it, limit: it > limit,
    "gte": lambda it, limit: it >= limit,
}
_INSTANTS: Final = ("createdAt", "updatedAt", "deletedAt")


def fits(books: Books, row: Row, where: Mapping[str, object]) -> bool:
    """True where the row is one of those that are asked for."""
    return all(_fits(books, row, name, wanted) for name, wanted in where.items())


def _fits(books: Books, row: Row, name: str, wanted: object) -> bool:
    if name in ("AND", "OR"):
        every = all if name == "AND" else any
        return every(fits(books, row, it) for it in cast("Sequence[Mapping[str, object]]", wanted))
    of, _, how = name.partition("_")
    value = row.values.get(of)
    if how == "is_null":
        return (value is None) is wanted
    if how in ("in", "not_in"):
        return (value in cast("Sequence[object]", wanted)) is (how == "in")
    if of in RELATIONS:
        found = books.kind(RELATIONS[of]).get(str(value))
        return found is not None and fits(books, found, cast("Mapping[str, object]", wanted))
    asked = written(datetime.fromisoformat(str(wanted))) if of in _INSTANTS and wanted is not None else wanted
    if how in _COMPARED:
        return value is not None and _COMPARED[how](str(value), str(asked))
    return (value == asked) is (how != "not")


def ordered(rows: Sequence[Row], orders: Sequence[str]) -> list[Row]:
    """Rows in the order that is asked for, the last sign first."""
    found = list(rows)
    for order in reversed(orders):
        name, _, direction = order.rpartition("_")
        found.sort(key=partial(_sign, name), reverse=direction == "DESC")
    return found


def _sign(name: str, row: Row) -> str:
    return str(row.values.get(name) or "")


def mentions_deletion(where: object) -> bool:
    """True where a filter says anything of deletion, however deep; Condo looks for that in the variable ``where``."""
    if isinstance(where, list):
        return any(mentions_deletion(it) for it in cast("list[object]", where))
    if not isinstance(where, dict):
        return False
    parts = cast("dict[str, object]", where)
    return any(name.startswith("deletedAt") or mentions_deletion(it) for name, it in parts.items())
