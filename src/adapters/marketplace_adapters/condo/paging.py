"""Pages in the order of an instant and an id, of rows that move while they are read: none is skipped.

The next page begins at the instant of the last row that was told, not at a count from the beginning, for rows that
change leave their place. Rows of one instant are counted, and the last of them are asked for again: where they do not
stand where they stood, rows before them have left, and what follows is found by them. Where none of them is there any
more, the instant is read again from its first row: some rows are then told twice, none never.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar, cast

from attrs import frozen

from marketplace_adapters.condo.answers import Fields
from marketplace_adapters.condo.server import MOST_ROWS
from marketplace_core.domain.outside_property.pages import SourcePage
from marketplace_core.errors import InvalidInput

T = TypeVar("T")
MOST_MARKS: Final = 8
"""How many of the last rows of an instant are asked for again: fewer may leave between two pages than that."""
_MOST_NEW: Final = 10
"""What a page asks for beside those, however few rows are wanted."""

Ask = Callable[[str, int, int], Sequence[Fields]]
"""Rows from an instant on (none: from the first), at most so many, after skipping some."""


@frozen
class Place:
    """Where reading goes on: so many rows at or after ``instant`` were told, of which ``marks`` were the last."""

    instant: str
    count: int
    marks: tuple[str, ...]

    def text(self) -> str:
        """The cursor."""
        return json.dumps([self.instant, self.count, *self.marks], separators=(",", ":"))

    @staticmethod
    def parse(cursor: str) -> Place:
        """The place, or InvalidInput."""
        try:
            instant, count, *marks = cast("list[object]", json.loads(cursor))
        except (ValueError, TypeError) as problem:
            raise _foreign(cursor) from problem
        if not isinstance(instant, str) or not isinstance(count, int) or not 0 < len(marks) <= min(MOST_MARKS, count):
            raise _foreign(cursor)
        return Place(instant, count, tuple(str(it) for it in marks))


def page_of(
    ask: Ask, decode: Callable[[Fields], T], *, order: str, since: datetime | None, cursor: str, limit: int
) -> SourcePage[T]:
    """The next page; ``order`` names the field with the instant."""
    if limit < 1:
        raise InvalidInput("a page has one row at least")
    place = Place.parse(cursor) if cursor else None
    back = len(place.marks) if place else 0
    first = min(max(limit, back + min(limit, _MOST_NEW)), MOST_ROWS)
    skip = place.count - back if place else 0
    begin = place.instant if place else text_of(since) if since else ""
    rows = ask(begin, first, skip)
    new = _told_already(rows, place, order)
    if new is None:
        skip, new = 0, 0
        rows = ask(begin, first, 0)
    end = new + min(limit, len(rows) - new)
    is_last = len(rows) < first and end == len(rows)
    following = None if is_last or end == new else _following(rows[:end], skip, order).text()
    return SourcePage(tuple(decode(it) for it in rows[new:end]), following)


def text_of(instant: datetime) -> str:
    """An instant as Condo writes it; what is finer than a millisecond is cut off, so that nothing is missed."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _told_already(rows: Sequence[Fields], place: Place | None, order: str) -> int | None:
    """How many of the rows were told already, None where nobody knows."""
    if place is None:
        return 0
    marked = [
        index for index, row in enumerate(rows) if row.text("id") in place.marks and row.text(order) == place.instant
    ]
    if marked:
        return marked[-1] + 1
    return 0 if place.count == len(place.marks) else None


def _following(rows: Sequence[Fields], skipped: int, order: str) -> Place:
    """The place after rows before which some of the first one's instant were skipped."""
    instant = rows[-1].text(order)
    alike = [it.text("id") for it in rows if it.text(order) == instant]
    count = len(alike) + (skipped if len(alike) == len(rows) else 0)
    return Place(instant, count, tuple(alike[-MOST_MARKS:]))


def _foreign(cursor: str) -> InvalidInput:
    return InvalidInput(f"{cursor[:80]!r} is no cursor of Condo's: begin with an empty one")
