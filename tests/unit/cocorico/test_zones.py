"""Instants as the portal's columns hold them, where clocks are put back and forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from marketplace_adapters.cocorico.zones import instant, kept, kept_from

CHANGES = [
    ("Europe/Paris", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Europe/Paris", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Africa/Nairobi", datetime(2026, 10, 25, 1, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "at"), CHANGES)
def test_nothing_written_from_an_instant_on_seems_to_be_from_before(zone: str, at: datetime) -> None:
    """Around each change of the clocks: an import that goes on from an instant reads all that was written since."""
    minutes = [at + timedelta(minutes=it) for it in range(-240, 241, 10)]
    for number, since in enumerate(minutes):
        assert min(kept(it, zone) for it in minutes[number:]) >= kept_from(since, zone)
        assert kept(since, zone) - kept_from(since, zone) <= timedelta(hours=1)


def test_the_instant_alone_misses_the_hour_that_is_told_twice() -> None:
    """The control: what was written ten minutes past the second two o'clock stands before ten to three."""
    since, written = datetime(2026, 10, 25, 0, 50, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert kept(written, "Europe/Paris") < kept(since, "Europe/Paris")
    assert kept(written, "Europe/Paris") >= kept_from(since, "Europe/Paris")
    assert instant(kept(since, "Europe/Paris"), "Europe/Paris") == since
