"""Days: half-open spans, month arithmetic with a sticky anchor, and the portfolio's own day."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import frozen

from marketplace_core.errors import InvalidInput

ONE_DAY: Final = timedelta(days=1)
_YEAR_AND_MONTH: Final = re.compile(r"(19[0-9]{2}|[2-8][0-9]{3})-(0[1-9]|1[0-2])")


@frozen(order=True)
class DateSpan:
    """Days from ``start`` up to but without ``end``; never empty."""

    start: date
    end: date

    def __attrs_post_init__(self) -> None:
        """Refuse a span without a day in it."""
        if self.end <= self.start:
            raise InvalidInput(f"span {self.start} to {self.end}: the end must be after the start")

    @property
    def days(self) -> int:
        """How many days are in it."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day in it."""
        return self.end - ONE_DAY

    def __contains__(self, day: date) -> bool:
        """True for the start, not for the end."""
        return self.start <= day < self.end

    def intersection(self, start: date, end: date | None) -> DateSpan | None:
        """What lies within [start, end), where an end of None is never; None if nothing does."""
        first = max(self.start, start)
        last = self.end if end is None else min(self.end, end)
        return DateSpan(first, last) if first < last else None

    def __str__(self) -> str:
        """First and last day, as people write a period."""
        return f"{self.start} to {self.last_day}"


def anchored(year: int, month: int, anchor_day: int) -> date:
    """The anchor day in that month, or the month's last day where it is shorter; months run past 12 into next years."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(anchor_day, monthrange(year, month)[1]))


def add_months(day: date, months: int, anchor_day: int | None = None) -> date:
    """The day so many months on; an anchor of 31 returns to the 31st after a short month."""
    return anchored(day.year, day.month + months, anchor_day or day.day)


@lru_cache(maxsize=4096)
def billing_period_containing(day: date, billing_day: int) -> DateSpan:
    """The monthly billing period, from billing day to billing day, that the day falls in."""
    if not 1 <= billing_day <= 31:  # noqa: PLR2004 - days of a month
        raise InvalidInput(f"billing day {billing_day}: must be 1 to 31")
    start = anchored(day.year, day.month, billing_day)
    if day < start:
        return DateSpan(anchored(day.year, day.month - 1, billing_day), start)
    return DateSpan(start, anchored(day.year, day.month + 1, billing_day))


@lru_cache(maxsize=1024)
def one_day(day: date) -> DateSpan:
    """The span of a day alone."""
    return DateSpan(day, day + timedelta(days=1))


@lru_cache(maxsize=1024)
def calendar_month(year: int, month: int) -> DateSpan:
    """The days of a calendar month."""
    return DateSpan(date(year, month, 1), anchored(year, month + 1, 1))


def parse_month(text: str) -> DateSpan:
    """The calendar month that ``2026-11`` names."""
    found = _YEAR_AND_MONTH.fullmatch(text)
    if found:
        return calendar_month(int(found[1]), int(found[2]))
    raise InvalidInput(f"period {text[:20]!r}: write a year and month such as 2026-11")


@lru_cache(maxsize=64)
def time_zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            f"time zone {name!r} is not known; use an IANA name such as Africa/Nairobi "
            "(a machine without time zones of its own needs the package tzdata)"
        ) from error


def day_in_zone(moment: datetime, zone_name: str) -> date:
    """The portfolio's day at an instant: 2026-01-31T21:00Z is 1 February in Nairobi."""
    return require_instant(moment).astimezone(time_zone(zone_name)).date()


@lru_cache(maxsize=16_384)
def start_of_day(day: date, zone_name: str) -> datetime:
    """The UTC instant at which the day begins in that zone; ``InvalidInput`` where no calendar has it."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=time_zone(zone_name)).astimezone(UTC)
    except OverflowError:
        raise InvalidInput(f"{day} is out of the years that a calendar has") from None


def require_instant(moment: datetime) -> datetime:
    """The instant in UTC; a datetime without a zone is refused, since nobody knows when it was."""
    if moment.tzinfo is None:
        raise InvalidInput(f"time {moment.isoformat()} has no zone; give an instant in UTC")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput(f"time {moment.isoformat()} is before the first or after the last one of UTC") from error
