"""The loop of a worker: schedules, take-over, one job after the other, until it is told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from attrs import define, field

from marketplace_core.domain.jobs import WorkerId
from marketplace_core.errors import ConcurrentChange, Unavailable
from marketplace_core.ports.job_queue import JobQueue
from marketplace_core.services.keep_schedules import KeepSchedules
from marketplace_core.services.run_jobs import JobOutcome, RunNextJob
from marketplace_entrypoints.work_settings import WorkerSettings
from marketplace_entrypoints.worker.logs import tell_run

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

_SLICE_SECONDS: Final = 0.1
_SCHEDULES_SECONDS: Final = 1.0


@define
class Worker:
    """One worker; ``should_stop`` is looked at between jobs."""

    queue: JobQueue
    run_next: RunNextJob
    keep_schedules: KeepSchedules
    settings: WorkerSettings
    log: FilteringBoundLogger
    should_stop: Callable[[], bool]
    _id: WorkerId | None = field(default=None, init=False)
    _ended: threading.Event = field(factory=threading.Event, init=False)
    _due: dict[str, float] = field(factory=dict[str, float], init=False)

    def run(self, kinds: Collection[str] | None = None, *, once: bool = False) -> int:
        """Work until told to stop, or with ``once`` until nothing is due; how many jobs failed."""
        failed = 0
        beating = threading.Thread(target=self._beat, name="beat", daemon=True)
        beating.start()
        try:
            while not self.should_stop():
                try:
                    found = self._step(kinds)
                except Unavailable as problem:
                    self.log.warning("unavailable", error=type(problem).__name__, words=str(problem))
                    if once:
                        raise
                    self._renew()
                    continue
                if found is None and once:
                    break
                if found is None:
                    self._wait(self.settings.poll)
                failed += found in (JobOutcome.DEAD, JobOutcome.RETRIED)
        finally:
            self._ended.set()
            beating.join(self.settings.beat)
            self._leave()
        return failed

    def _step(self, kinds: Collection[str] | None) -> JobOutcome | None:
        """What came of the next job, None where none is due."""
        mine = self._id
        if mine is None:
            mine = self._id = self.queue.enlist(self.settings.silence)
            self.log.info("worker", says="begun", worker=mine)
        if self._is_time("schedules", _SCHEDULES_SECONDS):
            self.keep_schedules(self.run_next.clock.now())
        if self._is_time("look", self.settings.look):
            for job_id in self.queue.take_over(self.settings.silence, self.settings.tries):
                self.log.warning("taken over", job=job_id)
        try:
            run = self.run_next(mine, kinds)
        except ConcurrentChange:  # we were silent for too long
            self._forget(mine)
            return JobOutcome.LOST
        if run is None:
            return None
        tell_run(self.log, mine, run)
        return run.outcome

    def _is_time(self, what: str, every_seconds: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every_seconds
        return True

    def _beat(self) -> None:
        """Say that we live until we end; who was taken for dead enlists anew, and its job is another's by then."""
        while not self._ended.wait(self.settings.beat):
            mine = self._id
            try:
                if mine is not None and not self.queue.beat(mine):
                    self._forget(mine)
            except Unavailable:
                continue

    def _forget(self, mine: WorkerId) -> None:
        if self._id == mine:
            self._id = None
            self.log.warning("worker", says="was taken for dead", worker=mine)

    def _renew(self) -> None:
        """After the store was away: be another worker, so that what the old one may still hold is taken over."""
        self._wait(self.settings.poll)
        self._leave()

    def _leave(self) -> None:
        mine = self._id
        try:
            if mine is not None:
                self.queue.leave(mine)
            self._id = None
        except Unavailable:
            return

    def _wait(self, seconds: float) -> None:
        """Wait in slices: a signal's handler may not wake a lock."""
        until = time.monotonic() + seconds
        while not self.should_stop() and time.monotonic() < until:
            time.sleep(_SLICE_SECONDS)
