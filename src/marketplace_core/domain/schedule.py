"""Schedules in the five fields that cron has, read in the zone of whom they are for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from attrs import frozen

from marketplace_core.domain.days import require_instant, time_zone
from marketplace_core.errors import InvalidInput

OFF: Final = "off"
_FIELDS: Final = (("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_SUNDAY: Final = 7
_DAYS_BACK: Final = 366 * 8
"""As far back as the last 29 February may lie."""


@frozen
class Schedule:
    """When something is due, minute by minute of a zone's clock; ``parse`` reads ``0 6 1 * *``.

    Where both a day of the month and a weekday are named, either will do, as with cron. A time that the clock skips
    in spring is due when it has been skipped, one that comes twice in autumn is due the first time.
    """

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    @classmethod
    def parse(cls, text: str) -> Schedule | None:
        """The schedule of a text, None for ``off``; ``InvalidInput`` says which field is wrong."""
        if text.strip() == OFF:
            return None
        parts = text.split()
        if len(parts) != len(_FIELDS):
            raise InvalidInput(
                f"schedule {text[:60]!r}: write minute, hour, day of the month, month and weekday, such as 0 6 1 * *,"
                f" or {OFF}"
            )
        found = [_numbers(part, *field, text) for part, field in zip(parts, _FIELDS, strict=True)]
        weekdays = frozenset(it % _SUNDAY for it in found[4])
        either = not (parts[2].startswith("*") or parts[4].startswith("*"))
        return cls(text, found[0], found[1], found[2], found[3], weekdays, either)

    def last_due(self, now: datetime, zone: str) -> datetime | None:
        """The latest instant up to ``now`` at which it was due; None where there was none in eight years."""
        here = time_zone(zone)
        today = require_instant(now).astimezone(here).date() + timedelta(days=1)
        for back in range(_DAYS_BACK):
            day = today - timedelta(days=back)
            if not self._has(day):
                continue
            for hour in sorted(self.hours, reverse=True):
                for minute in sorted(self.minutes, reverse=True):
                    due = datetime.combine(day, time(hour, minute), here).astimezone(UTC)
                    if due <= now:
                        return due
        return None

    def _has(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % _SUNDAY in self.weekdays
        return in_month or in_week if self.either_day else in_month and in_week


def _numbers(part: str, name: str, least: int, most: int, text: str) -> frozenset[int]:
    """The numbers that a field names: ``*``, ``5``, ``1-5``, ``*/15``, ``10-40/10``, and lists of these."""
    found: set[int] = set()
    for piece in part.split(","):
        span, slash, step = piece.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            first, last = str(least), str(most)
        elif not dash:
            last = str(most) if slash else first
        numbers = (first, last, step) if slash else (first, last)
        if not all(it.isascii() and it.isdecimal() and len(it) <= 4 for it in numbers):  # noqa: PLR2004 - digits enough
            raise InvalidInput(f"schedule {text[:60]!r}: {name} {piece[:20]!r} is not understood")
        begin, end, by = int(first), int(last), int(step) if slash else 1
        if not (least <= begin <= end <= most and by >= 1):
            raise InvalidInput(f"schedule {text[:60]!r}: {name} {piece[:20]!r} is not within {least} to {most}")
        found.update(range(begin, end + 1, by))
    return frozenset(found)
