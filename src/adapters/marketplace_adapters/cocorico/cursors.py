"""Places in a stream, as texts that only we read: a time of the portal's and an id, or an id alone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from marketplace_core.errors import InvalidInput

_PLACE: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|)\|(\d{1,10})", re.ASCII)
_ID: Final = re.compile(r"\d{1,10}", re.ASCII)


def place(at: datetime | None, row_id: int) -> str:
    """A place behind a row; ``at`` None where it has no time, which is before all others."""
    return f"{at.isoformat(timespec='seconds') if at is not None else ''}|{row_id}"


def read_place(cursor: str) -> tuple[datetime | None, int] | None:
    """What the text says; None for the beginning, InvalidInput for a text that is no place."""
    if not cursor:
        return None
    found = _PLACE.fullmatch(cursor)
    try:
        return (datetime.fromisoformat(found[1]) if found[1] else None, int(found[2])) if found else _foreign(cursor)
    except ValueError:
        return _foreign(cursor)


def read_id(cursor: str) -> int:
    """An id to go on behind; 0 for the beginning, InvalidInput for a text that is none."""
    if cursor and not _ID.fullmatch(cursor):
        _foreign(cursor)
    return int(cursor or 0)


def _foreign(cursor: str) -> tuple[datetime | None, int] | None:
    raise InvalidInput(f"cursor {cursor[:40]!r} is no place in this stream of the portal's: begin anew")
