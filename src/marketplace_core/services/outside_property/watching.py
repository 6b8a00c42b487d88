"""Look whether a system outside is well, and write down where that is new or the last word of it is old."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.outside_property.progress import Stream, SyncRun, SyncStage
from marketplace_core.domain.outside_property.standing import LOOKS
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.outside_property.property_care import PropertyCare, SystemLook
from marketplace_core.ports.outside_property.sync_progress import SyncProgress

POINTS_LEFT = "points_left"
"""The count of a look: how much the system lets us ask."""


@frozen
class WatchSystem:
    """Looks, and keeps the look as a run of a stream of its own: at most one an ``interval`` that says nothing new."""

    care: PropertyCare
    progress: SyncProgress
    clock: Clock
    interval: timedelta = timedelta(hours=1)

    def __call__(self, portfolio_id: PortfolioId, system: str) -> SystemLook:
        """What was seen; never raises what is wrong there."""
        seen = self.care.look()
        stream = Stream(portfolio_id, system, LOOKS)
        now = self.clock.now()
        latest = next(iter(self.progress.runs(stream, 1)), None)
        is_told = latest is not None and (latest.trouble, latest.cursor) == (seen.reason, seen.version)
        if latest is not None and is_told and latest.ended_at and now < latest.begun_at + self.interval:
            return seen
        run = self.progress.begin(SyncRun(stream, now))
        counts = {} if seen.points_left is None else {POINTS_LEFT: seen.points_left}
        after = evolve(
            evolve(run, counts=()).counted(counts),
            stage=SyncStage.DONE,
            cursor=seen.version,
            trouble=seen.reason,
            ended_at=now,
        )
        if after != run:
            self.progress.advance(run, after)
        return seen
