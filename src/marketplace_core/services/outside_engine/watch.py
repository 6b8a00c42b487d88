"""Watch an outside engine: note what is wrong, clear what is well again, and say whether both books can be trusted."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from attrs import frozen

from marketplace_core.domain.jobs import JobState
from marketplace_core.domain.outside_engine.agreement import Fault, Standing, Verdict, verdict
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.jobs import Jobs
from marketplace_core.ports.outside_engine.engine_log import EngineLog
from marketplace_core.services.outside_engine.checking import CheckEngine

FOUND: Final = "check"
"""The kind of the faults that checks find; their subject is the check."""
DEAD_JOBS: Final = "jobs"
"""The kind of the fault that jobs of the engine failed for good."""
_OF_ENGINE: Final = "engine-"
_MOST_DEAD: Final = 1000


@frozen
class JudgeEngine:
    """Says whether the second books can be trusted, from what is known at this moment; nothing is kept.

    ``oldest`` is how long ago the last clean full pass may have begun, ``patience`` how long an intent may be open,
    ``silence`` how long nobody may have looked for faults.
    """

    log: EngineLog
    clock: Clock
    oldest: timedelta = timedelta(hours=26)
    patience: timedelta = timedelta(minutes=10)
    silence: timedelta = timedelta(minutes=3)

    def __call__(self) -> Verdict:
        """The verdict as of now."""
        return self.of(self.log.standing())

    def of(self, standing: Standing) -> Verdict:
        """The verdict over what was read."""
        return verdict(standing, self.clock.now(), self.oldest, self.patience, self.silence)


@frozen
class WatchEngine:
    """Checks the engine and our jobs with it, so that a fault is known as soon as this runs."""

    check: CheckEngine
    log: EngineLog
    jobs: Jobs
    clock: Clock
    judge: JudgeEngine

    def __call__(self) -> Verdict:
        """The verdict after the check. A check that could not be made clears nothing."""
        now = self.clock.now()
        for it in self.check():
            if it.is_well:
                self.log.clear_fault(FOUND, it.name)
            else:
                words = f"{it.name}: {it.says}" + (f" ({it.fix})" if it.fix else "")
                self.log.note_fault(Fault(FOUND, it.name, now, words))
        dead = [it for it in self.jobs.jobs(JobState.DEAD, _MOST_DEAD) if it.request.kind.startswith(_OF_ENGINE)]
        if dead:
            words = f"{len(dead)} jobs of the billing engine failed for good; the first is {dead[0].job_id}"
            self.log.note_fault(Fault(DEAD_JOBS, "", now, words))
        else:
            self.log.clear_fault(DEAD_JOBS)
        self.log.note_watched(now)
        return self.judge()
