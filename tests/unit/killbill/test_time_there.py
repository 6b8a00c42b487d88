"""What time it is in Kill Bill: by its own clock where that can be moved, else by its machine's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.fixtures.killbill_answers import Line, client_over, html, said

from marketplace_adapters.killbill import KillBillCare
from marketplace_core.errors import PartnerUnavailable
from marketplace_entrypoints.cli.engine_checks import clock_check

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_clock_that_can_be_moved_is_asked() -> None:
    """In test mode leases are billed by it."""
    line = Line({"GET /test/clock": [said({"currentUtcTime": "2026-11-30T12:00:00.000Z", "timeZone": "UTC"})]})
    assert KillBillCare(client_over(line)).time_there() == NOON


def test_else_the_machine_says_it_with_every_answer() -> None:
    """To a second, in the header Date."""
    well = said({}, {"date": "Mon, 30 Nov 2026 12:00:00 GMT"})
    line = Line({"GET /test/clock": [html(404)], "GET /1.0/healthcheck": [well]})
    assert KillBillCare(client_over(line)).time_there() == NOON


@pytest.mark.parametrize("told", ["", "noon"])
def test_a_machine_that_does_not_say_it_is_told_as_that(told: str) -> None:
    """No time is guessed."""
    line = Line({"GET /test/clock": [html(404)], "GET /1.0/healthcheck": [said({}, {"date": told})]})
    with pytest.raises(PartnerUnavailable, match="does not say what time"):
        KillBillCare(client_over(line)).time_there()


@pytest.mark.parametrize(
    ("off", "is_well", "seconds"),
    [
        (0, True, "0 seconds"),
        (5, True, "300 seconds"),
        (-5, True, "300 seconds"),
        (6, False, "360 "),
        (-6, False, "360 "),
    ],
)
def test_clocks_that_are_more_than_five_minutes_apart_are_not_well(off: int, is_well: bool, seconds: str) -> None:  # noqa: FBT001 - a parameter
    """Whichever is ahead; how far is said."""
    found = clock_check("killbill", lambda: NOON + off * MINUTE, lambda: NOON)
    assert (found.name, found.is_well, seconds in found.says) == ("killbill: clock", is_well, True)


def test_a_clock_that_cannot_be_asked_is_not_well() -> None:
    """And why."""

    def gone() -> datetime:
        raise PartnerUnavailable("gone")

    assert (clock_check("killbill", gone, lambda: NOON).is_well, clock_check("killbill", gone, lambda: NOON).says) == (
        False,
        "gone",
    )
