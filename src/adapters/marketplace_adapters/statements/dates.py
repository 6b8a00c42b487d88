"""Days and times as statements print them, in a declared order and zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from marketplace_core.domain.days import start_of_day
from marketplace_core.errors import InvalidInput

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PIECES: Final = {
    "yyyy": r"(?P<year>[0-9]{4})",
    "yy": r"(?P<short_year>[0-9]{2})",
    "mm": r"(?P<month>[0-9]{1,2})",
    "Mon": r"(?P<month_name>[A-Za-z]{3,9})",
    "dd": r"(?P<day>[0-9]{1,2})",
    "HH": r"(?P<hour>[0-9]{2})",
    "MM": r"(?P<minute>[0-9]{2})",
    "SS": r"(?P<second>[0-9]{2})",
}
_WORDS: Final = re.compile("yyyy|yy|mm|Mon|dd|HH|MM|SS")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.0+)?)?")
_EARLIEST_YEAR, _LATEST_YEAR = 1990, 2200


class DayFormat:
    """A declared order of ``dd``, ``mm`` or ``Mon``, ``yyyy`` or ``yy``, and maybe ``HH``, ``MM``, ``SS``.

    ``dd/mm/yyyy`` reads 05/11/2026 as 5 November. Nothing is guessed: a text of another order is refused.
    """

    def __init__(self, text: str) -> None:
        """Refuse a format that does not name a day, a month and a year once each."""
        words = _WORDS.findall(text)
        kinds = [{"yy": "yyyy", "Mon": "mm"}.get(word, word) for word in words]
        if len(set(kinds)) != len(kinds) or not {"dd", "mm", "yyyy"} <= set(kinds):
            raise InvalidInput(f"date format {text!r}: name dd, mm (or Mon) and yyyy (or yy) once, as in dd/mm/yyyy")
        self.text = text
        self.has_time = "HH" in kinds
        literals = [re.escape(piece) for piece in _WORDS.split(text)]
        pattern = literals[0]
        for word, literal in zip(words, literals[1:], strict=True):
            pattern += _PIECES[word] + literal
        self._pattern = re.compile(pattern)
        self._known: dict[str, tuple[date, int]] = {}

    def read(self, text: str) -> tuple[date, int]:
        """The day, and the seconds since its midnight (0 without a time)."""
        found = self._known.get(text)
        if found is None:
            found = self._read(text.strip())
            if len(self._known) >= 10_000:  # noqa: PLR2004 - days of a lifetime
                self._known.clear()
            self._known[text] = found
        return found

    def _read(self, text: str) -> tuple[date, int]:
        found = self._pattern.fullmatch(text)
        if found is None:
            raise InvalidInput(f"date {text[:40]!r} is not written as {self.text}")
        parts = found.groupdict()
        year = int(parts["year"]) if parts.get("year") else 2000 + int(parts.get("short_year") or 0)
        month = int(parts.get("month") or 0) or _month_of_name(parts.get("month_name") or "")
        day = possible_day(text, year, month, int(parts["day"]))
        if not self.has_time:
            return day, 0
        clock = ":".join(parts.get(key) or "00" for key in ("hour", "minute", "second"))
        return day, seconds_of_clock(clock)


def _month_of_name(name: str) -> int:
    short = name[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


def possible_day(text: str, year: int, month: int, day: int) -> date:
    """The day, or ``InvalidInput`` where the calendar or common sense does not have it."""
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        raise InvalidInput(f"date {text[:40]!r}: the year {year} cannot be right")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise InvalidInput(f"date {text[:40]!r} does not exist ({error})") from error


@lru_cache(maxsize=131_072)
def seconds_of_clock(text: str) -> int:
    """Seconds since midnight of ``HH:MM`` or ``HH:MM:SS``."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise InvalidInput(f"time {text[:20]!r}: expected HH:MM:SS")
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)


def instant(day: date, seconds: int, zone_name: str) -> datetime:
    """The UTC instant so many seconds into the day, in a zone without clock changes within it."""
    return start_of_day(day, zone_name) + timedelta(seconds=seconds) if seconds else start_of_day(day, zone_name)
