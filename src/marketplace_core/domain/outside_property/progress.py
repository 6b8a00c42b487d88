"""How far the reading of a system outside is: a stream is read by one run after another, each from the last on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.errors import ConcurrentChange, InvalidInput

OVERLAP: Final = timedelta(minutes=10)
"""How long before the last run began the next one reads on: there a row's instant is set before it can be seen."""


class SyncStage(StrEnum):
    """How far a run is: what changed, then which ids stand there, then nothing more."""

    CHANGES = "changes"
    SWEEP = "sweep"
    DONE = "done"


@frozen
class Stream:
    """What is read: properties, occupancies, tickets or comments of one portfolio's system outside."""

    portfolio_id: PortfolioId
    system: str
    name: str


@frozen
class SyncRun:
    """One reading of a stream; ``cursor`` is the source's own text for where the stage goes on after a crash.

    ``since`` is from when on changes are read, None for all. ``trouble`` says why it stopped: with an end, it is over
    and was no good one; without, it goes on when it is begun again. ``counts`` are by name, in order.
    """

    stream: Stream
    begun_at: datetime
    since: datetime | None = None
    stage: SyncStage = SyncStage.CHANGES
    cursor: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    ended_at: datetime | None = None
    trouble: str = ""

    @property
    def is_good(self) -> bool:
        """True where it came to its end without trouble."""
        return self.ended_at is not None and not self.trouble

    @property
    def is_degraded(self) -> bool:
        """True where it ended because what is there is no longer as it was."""
        return self.ended_at is not None and bool(self.trouble)

    def counted(self, more: Mapping[str, int]) -> SyncRun:
        """The run with more counted."""
        found = dict(self.counts)
        for name, count in more.items():
            found[name] = found.get(name, 0) + count
        return evolve(self, counts=tuple(sorted(found.items())))


def next_since(last_good: SyncRun | None, overlap: timedelta = OVERLAP) -> datetime | None:
    """From when on the next run reads: some minutes before the last good one began; None where there was none."""
    return None if last_good is None else last_good.begun_at - overlap


def require_same_run(before: SyncRun, after: SyncRun) -> None:
    """Refuse to move a run on as another one."""
    if (before.stream, before.begun_at) != (after.stream, after.begun_at):
        raise InvalidInput(f"the run of {before.stream.name} goes on as itself, not as another one")


def moved_on(run: SyncRun) -> ConcurrentChange:
    """What is told to the second of two workers of one run."""
    return ConcurrentChange(
        f"the run of {run.stream.system} {run.stream.name} that began at {run.begun_at.isoformat()} is no longer at"
        f" {run.stage} {run.cursor or 'its beginning'}: another worker moved it; begin again to go on from there"
    )
