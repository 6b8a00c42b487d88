"""Places in a stream, as texts that only we read: a time of the portal's and an id, or an id alone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from marketplace_core.errors import InvalidInput

_PLACE: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?|)\|(\d{1,19})", re.ASCII)
_NO_DAY: Final = re.compile(r"0000-|\d{4}-00-|\d{4}-\d\d-00")
"""So days and months of no number begin, which the portal's tables let in."""
_ID: Final = re.compile(r"\d{1,19}", re.ASCII)


def place(at: datetime | str | None, row_id: int) -> str:
    """A place behind a row; ``at`` None where it has no time, which is before all others.

    The time is told whole, a text that is no day as it stands: any other would skip rows, or tell them for ever.
    """
    told = at.isoformat() if isinstance(at, datetime) else at.replace(" ", "T") if at is not None else ""
    return f"{told}|{row_id}"


def read_place(cursor: str) -> tuple[datetime | str | None, int] | None:
    """What the text says; None for the beginning, InvalidInput for a text that is no place."""
    if not cursor:
        return None
    found = _PLACE.fullmatch(cursor)
    try:
        return (_time(found[1]), int(found[2])) if found else _foreign(cursor)
    except ValueError:
        return _foreign(cursor)


def read_id(cursor: str) -> int:
    """An id to go on behind; 0 for the beginning, InvalidInput for a text that is none."""
    if cursor and not _ID.fullmatch(cursor):
        _foreign(cursor)
    return int(cursor or 0)


def _time(told: str) -> datetime | str | None:
    if _NO_DAY.match(told):
        return told.replace("T", " ")
    return datetime.fromisoformat(told) if told else None


def _foreign(cursor: str) -> tuple[datetime | str | None, int] | None:
    raise InvalidInput(f"cursor {cursor[:40]!r} is no place in this stream of the portal's: begin anew")
