"""Schedules name the instants that cron's five fields name."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace_core.domain.schedule import Schedule
from marketplace_core.errors import InvalidInput

NAIROBI = "Africa/Nairobi"
NOW = datetime(2026, 11, 26, 8, 30, 20, tzinfo=UTC)


def last_due(text: str, now: datetime = NOW, zone: str = NAIROBI) -> str | None:
    """The latest due instant, in UTC."""
    schedule = Schedule.parse(text)
    assert schedule is not None
    found = schedule.last_due(now, zone)
    return None if found is None else found.isoformat()[:16]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("* * * * *", "2026-11-26T08:30"),
        ("*/15 * * * *", "2026-11-26T08:30"),
        ("31 11 * * *", "2026-11-25T08:31"),
        ("30 11 * * *", "2026-11-26T08:30"),
        ("0 6 1 * *", "2026-11-01T03:00"),
        ("0 0 1 1 *", "2025-12-31T21:00"),
        ("0 6 31 * *", "2026-10-31T03:00"),
        ("0 6 29 2 *", "2024-02-29T03:00"),
        ("0 6 * * 1-5", "2026-11-26T03:00"),
        ("0 6 * * 0", "2026-11-22T03:00"),
        ("0 6 * * 7", "2026-11-22T03:00"),
        ("0 6 1 * 0", "2026-11-22T03:00"),
        ("5,35 8-10/2 * * *", "2026-11-26T07:35"),
        ("0 6 31 2 *", None),
    ],
)
def test_the_latest_due_instant_is_found(text: str, due: str | None) -> None:
    """In Nairobi at 11:30 on a Thursday: each form of a field, the end of months, either day, and a day never come."""
    assert last_due(text) == due


def test_an_hour_that_the_clock_skips_is_due_when_it_was_skipped() -> None:
    """02:30 in Berlin on 29 March 2026 is not: the job is due at 03:30 there; in October it is due once."""
    assert last_due("30 2 * * *", datetime(2026, 3, 29, 12, tzinfo=UTC), "Europe/Berlin") == "2026-03-29T01:30"
    assert last_due("30 2 * * *", datetime(2026, 10, 25, 12, tzinfo=UTC), "Europe/Berlin") == "2026-10-25T00:30"


@pytest.mark.parametrize(
    "text",
    [
        *("", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *"),
        *("*/0 * * * *", "a * * * *", "1.5 * * * *", "-1 * * * *", "1,, * * * *", "\u0661 * * * *", "@daily"),
    ],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    """Too few fields, numbers out of range, other digits, names."""
    with pytest.raises(InvalidInput, match="schedule"):
        Schedule.parse(text)


def test_off_is_no_schedule() -> None:
    """The word off turns a schedule off."""
    assert Schedule.parse("off") is None


def test_due_instants_agree_with_another_reader_of_cron() -> None:
    """The library that procrastinate reads cron with finds the same instants."""
    croniter = pytest.importorskip("croniter", reason="comes with procrastinate").croniter
    for text in ("*/7 * * * *", "3 4 5 * *", "0 0 13 * 5", "15 10-12 */9 1,6,12 *", "59 23 28-31 * *"):
        for hours in range(0, 24 * 400, 97):
            now = NOW + timedelta(hours=hours)
            expected = croniter(text, now + timedelta(seconds=1)).get_prev(datetime)
            assert last_due(text, now, "UTC") == expected.isoformat()[:16]
