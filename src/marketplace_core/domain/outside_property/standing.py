"""How a stream of a system outside stands: what its runs say, and how old the last good one is."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import frozen

from marketplace_core.domain.outside_property.progress import Stream, SyncRun

STREAMS: Final = ("properties", "occupancies", "tickets", "comments")
"""What is read, in the order in which each needs the one before."""
LOOKS: Final = "looks"
"""The stream of looks at the system itself: the cursor of its run is the version that was seen."""


class StreamState(StrEnum):
    """``NEW``: not read to its end yet. ``DEGRADED``: no longer as it was, nothing is written. ``DOWN``: no answer.

    ``BEHIND``: the last good run is too old.
    """

    WELL = "well"
    NEW = "new"
    BEHIND = "behind"
    DEGRADED = "degraded"
    DOWN = "down"


@frozen
class StreamStanding:
    """A stream as of an instant; ``lag`` is the time since the last good run began, None where there was none."""

    stream: Stream
    state: StreamState
    reason: str
    latest: SyncRun | None
    last_good_at: datetime | None
    lag: timedelta | None

    @property
    def is_well(self) -> bool:
        """True where nothing is to be done."""
        return self.state is StreamState.WELL


def standing_of(
    stream: Stream, latest: SyncRun | None, last_good: SyncRun | None, now: datetime, oldest: timedelta
) -> StreamStanding:
    """How a stream stands; ``oldest`` is how long a good run counts."""
    good_at = last_good.begun_at if last_good else None
    lag = now - good_at if good_at else None
    state, reason = _judged(latest, lag, oldest)
    return StreamStanding(stream, state, reason, latest, good_at, lag)


def _judged(latest: SyncRun | None, lag: timedelta | None, oldest: timedelta) -> tuple[StreamState, str]:
    if latest is not None and latest.is_degraded:
        return StreamState.DEGRADED, latest.trouble
    if latest is not None and latest.trouble:
        return StreamState.DOWN, latest.trouble
    if lag is None:
        return StreamState.NEW, "it was never read to its end" if latest else "it was never read"
    if lag > oldest:
        return StreamState.BEHIND, f"the last good run began longer ago than {oldest}"
    return StreamState.WELL, ""
