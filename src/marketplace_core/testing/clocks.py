"""Clocks that tests set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from typing_extensions import override

from marketplace_core.domain.days import require_instant
from marketplace_core.ports.clock import Clock

A_MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Noon in Nairobi on 23 November 2026: the instant at which clocks of tests begin."""


class FixedClock(Clock):
    """Tells one instant until it is set to another."""

    def __init__(self, instant: datetime = A_MONDAY) -> None:
        """Tell the instant."""
        self.instant = require_instant(instant)

    @override
    def now(self) -> datetime:
        return self.instant


class StepClock(Clock):
    """Tells a later instant each time it is asked, one step after another, so that no two facts share one."""

    def __init__(self, start: datetime = A_MONDAY, step: timedelta = timedelta(seconds=1)) -> None:
        """Begin at ``start``."""
        self._next = require_instant(start)
        self._step = step

    @override
    def now(self) -> datetime:
        found, self._next = self._next, self._next + self._step
        return found

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._next += by
