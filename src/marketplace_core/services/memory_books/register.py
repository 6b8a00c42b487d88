"""The register of the books in memory."""

from __future__ import annotations

from typing import Any, TypeVar

from typing_extensions import override

from marketplace_core.domain.access import Reach
from marketplace_core.domain.paging import Filter, Kind, Operator, Page, PageAsk, Position
from marketplace_core.errors import NotFound
from marketplace_core.ports.register import Register
from marketplace_core.services.memory_books.shared_inbox import Holding
from marketplace_core.services.memory_books.shown import rows_of
from marketplace_core.services.memory_books.shown_rows import ShownRow

E = TypeVar("E")


class Registering(Holding, Register):
    """Looks through all of a book for a page of it."""

    @override
    def page(self, reach: Reach, kind: Kind[E], ask: PageAsk | None = None) -> Page[E]:
        asked, sort = kind.checked(ask or PageAsk())

        def place(row: ShownRow) -> tuple[Any, str]:
            return row.values[sort.field], row.key

        found = [row for row in self._shown(reach, kind) if all(_holds(row, it) for it in asked.filters)]
        found.sort(key=place, reverse=sort.descending)
        if asked.after is not None:
            last = (asked.after.value, asked.after.key)
            found = [row for row in found if (place(row) < last if sort.descending else place(row) > last)]
        entries = tuple(row.entry for row in found[: asked.limit])
        is_last = len(found) <= asked.limit
        return Page(entries, None if is_last else Position(*place(found[asked.limit - 1])))

    @override
    def one(self, reach: Reach, kind: Kind[E], key: str) -> E:
        for row in self._shown(reach, kind):
            if row.key == key:
                entry: E = row.entry
                return entry
        raise NotFound(kind.not_found(key))

    def _shown(self, reach: Reach, kind: Kind[Any]) -> list[ShownRow]:
        with self._lock:
            book = self._books.get(reach.portfolio_id)
            return [] if book is None else list(rows_of(book, reach, kind))


def _holds(row: ShownRow, it: Filter) -> bool:
    value = row.values[it.field]
    if callable(value):
        return bool(value(it.value))
    if isinstance(value, tuple):
        return it.value in value
    match it.operator:
        case Operator.EQUAL:
            return bool(value == it.value)
        case Operator.AT_LEAST:
            return bool(value >= it.value)
        case Operator.AT_MOST:
            return bool(value <= it.value)
        case Operator.STARTS:
            return str(value).startswith(str(it.value))
