"""Run what is due: take a job, do it, and say how it ended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import StrEnum

from attrs import frozen

from marketplace_core.domain.jobs import (
    MOST_TRIES,
    Attempt,
    Failure,
    Job,
    WorkerId,
    failure_of,
    is_lasting,
    retry_delay,
)
from marketplace_core.errors import ConcurrentChange
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.job_queue import JobQueue

Told = Mapping[str, object]
"""What a job says of what it did, for the log: counts and ids."""
Handler = Callable[[Job], Told]


class JobOutcome(StrEnum):
    """How an attempt ended; ``LOST``: it was taken over meanwhile, and what the job is now is another's to say."""

    DONE = "done"
    RETRIED = "retried"
    DEAD = "dead"
    LOST = "lost"


@frozen
class JobRun:
    """What came of one attempt; ``error`` is the error itself, for the log only."""

    job: Job
    outcome: JobOutcome
    begun_at: datetime
    ended_at: datetime
    told: Told
    failure: Failure | None = None
    error: Exception | None = None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended_at - self.begun_at).total_seconds()


@frozen
class RunNextJob:
    """Runs one job that is due.

    What may be well later is tried again, after a wait that grows; what will not be well, and what failed
    ``most_tries`` times, is a dead letter. ``chance`` gives numbers from 0 to 1.
    """

    queue: JobQueue
    clock: Clock
    handlers: Mapping[str, Handler]
    chance: Callable[[], float]
    most_tries: int = MOST_TRIES

    def __call__(self, worker_id: WorkerId, kinds: Collection[str] | None = None) -> JobRun | None:
        """What came of the next job; None where none is due.

        A job that is interrupted (``KeyboardInterrupt``) is given back, and the interruption goes on.
        """
        attempt = self.queue.claim(worker_id, kinds)
        if attempt is None:
            return None
        begun_at = self.clock.now()
        told: Told = {}
        failure, error = None, None
        try:
            handler = self.handlers.get(attempt.job.request.kind)
            if handler is None:
                failure = Failure("UnknownKind", f"this worker knows no job {attempt.job.request.kind!r}: is it older?")
            else:
                told = handler(attempt.job)
        except KeyboardInterrupt:
            self.queue.give_back(attempt)
            raise
        except Exception as problem:  # noqa: BLE001 - whatever a job raises is how it ended
            failure, error = failure_of(problem), problem
        try:
            outcome = self._settle(attempt, failure, error)
        except ConcurrentChange:
            outcome = JobOutcome.LOST
        return JobRun(attempt.job, outcome, begun_at, self.clock.now(), told, failure, error)

    def _settle(self, attempt: Attempt, failure: Failure | None, error: Exception | None) -> JobOutcome:
        if failure is None:
            self.queue.finish(attempt)
            return JobOutcome.DONE
        if error is None or is_lasting(error) or attempt.job.tries >= self.most_tries:
            self.queue.bury(attempt, failure)
            return JobOutcome.DEAD
        delay = retry_delay(attempt.job.tries, self.chance())
        self.queue.retry(attempt, self.clock.now() + delay, failure)
        return JobOutcome.RETRIED
