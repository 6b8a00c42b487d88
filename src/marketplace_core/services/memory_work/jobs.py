"""The queue of jobs in memory."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import count

from attrs import define, evolve
from typing_extensions import override

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import (
    DIED,
    Attempt,
    Failure,
    Job,
    JobCounts,
    JobId,
    JobRequest,
    JobState,
    WorkerId,
)
from marketplace_core.errors import AlreadyExists, ConcurrentChange, IllegalTransition, NotFound
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.job_queue import JobQueue
from marketplace_core.ports.jobs import Jobs


@define
class _Slot:
    """A job as it stands, when it may run, who holds it, when it ended."""

    job: Job
    runs_at: datetime
    worker_id: WorkerId | None = None
    ended_at: datetime | None = None


class MemoryJobs(Jobs, JobQueue):
    """Jobs in a dictionary, safe for threads where ``lock`` is a lock."""

    def __init__(self, clock: Clock, lock: AbstractContextManager[object]) -> None:
        """No jobs and no workers; what is due is asked of the clock."""
        self._clock, self._lock = clock, lock
        self._slots: dict[JobId, _Slot] = {}
        self._workers: dict[WorkerId, datetime] = {}
        self._scheduled: dict[tuple[str, PortfolioId | None], datetime] = {}
        self._numbers, self._names = count(1), count(1)

    @override
    def enqueue(self, request: JobRequest) -> JobId:
        with self._lock:
            standing = self._waiting_with(request.key)
            if standing is not None:
                return standing.job.job_id
            job_id = JobId(str(next(self._numbers)))
            self._slots[job_id] = _Slot(Job(job_id, request, JobState.WAITING, 0), request.due_at)
            return job_id

    @override
    def enqueue_once(self, schedule: str, request: JobRequest) -> bool:
        with self._lock:
            last = self._scheduled.get((schedule, request.portfolio_id))
            if last is not None and last >= request.due_at:
                return False
            self._scheduled[schedule, request.portfolio_id] = request.due_at
            self.enqueue(request)
            return True

    @override
    def begin_schedule(self, schedule: str, portfolio_id: PortfolioId | None, due_at: datetime) -> bool:
        with self._lock:
            is_new = (schedule, portfolio_id) not in self._scheduled
            self._scheduled.setdefault((schedule, portfolio_id), due_at)
            return is_new

    @override
    def job(self, job_id: JobId) -> Job:
        with self._lock:
            return self._slot(job_id).job

    @override
    def jobs(self, state: JobState, limit: int = 100) -> tuple[Job, ...]:
        with self._lock:
            return tuple(it.job for it in self._in_state(state))[:limit]

    @override
    def replay(self, job_id: JobId) -> None:
        with self._lock:
            slot = self._slot(job_id)
            if slot.job.state is not JobState.DEAD:
                raise IllegalTransition(f"job {job_id} is {slot.job.state}: only a dead one is replayed")
            if self._waiting_with(slot.job.request.key) is not None:
                raise AlreadyExists(f"a job like {job_id} waits already: discard this one")
            slot.job = evolve(slot.job, state=JobState.WAITING, forgiven=slot.job.attempts)
            slot.runs_at, slot.ended_at = self._clock.now(), None

    @override
    def discard(self, job_id: JobId) -> None:
        with self._lock:
            slot = self._slot(job_id)
            if slot.job.state not in (JobState.WAITING, JobState.DEAD):
                raise IllegalTransition(f"job {job_id} is {slot.job.state}: only a waiting or dead one is discarded")
            self._end(slot, JobState.DISCARDED)

    @override
    def counts(self, now: datetime) -> JobCounts:
        with self._lock:
            due = [it.runs_at for it in self._in_state(JobState.WAITING) if it.runs_at <= now]
            return JobCounts(
                len(self._in_state(JobState.WAITING)),
                len(self._in_state(JobState.RUNNING)),
                len(self._in_state(JobState.DEAD)),
                min(due, default=None),
            )

    @override
    def forget(self, ended_before: datetime, *, dead_too: bool = False) -> int:
        with self._lock:
            old = [
                job_id
                for job_id, it in self._slots.items()
                if it.ended_at is not None
                and it.ended_at < ended_before
                and (dead_too or it.job.state != JobState.DEAD)
            ]
            for job_id in old:
                del self._slots[job_id]
            return len(old)

    @override
    def enlist(self, silent_for: timedelta = timedelta(seconds=30)) -> WorkerId:
        del silent_for
        with self._lock:
            worker_id = WorkerId(str(next(self._names)))
            self._workers[worker_id] = self._clock.now()
            return worker_id

    @override
    def beat(self, worker_id: WorkerId) -> bool:
        with self._lock:
            if worker_id not in self._workers:
                return False
            self._workers[worker_id] = self._clock.now()
            return True

    @override
    def leave(self, worker_id: WorkerId) -> None:
        with self._lock:
            self._workers.pop(worker_id, None)

    @override
    def claim(self, worker_id: WorkerId, kinds: Collection[str] | None = None) -> Attempt | None:
        with self._lock:
            if worker_id not in self._workers:
                raise ConcurrentChange(f"worker {worker_id} was taken for dead: enlist again")
            now = self._clock.now()
            busy = {it.job.request.line for it in self._in_state(JobState.RUNNING)}
            for slot in self._in_state(JobState.WAITING):
                told = slot.job.request
                if told.line not in busy and slot.runs_at <= now and (kinds is None or told.kind in kinds):
                    slot.worker_id = worker_id
                    slot.job = evolve(slot.job, state=JobState.RUNNING, attempts=slot.job.attempts + 1)
                    return Attempt(slot.job, worker_id, slot.job.attempts)
            return None

    @override
    def finish(self, attempt: Attempt) -> None:
        with self._lock:
            self._end(self._held(attempt), JobState.DONE)

    @override
    def retry(self, attempt: Attempt, due_at: datetime, failure: Failure) -> None:
        with self._lock:
            slot = self._held(attempt)
            self._again(slot, due_at)
            slot.job = evolve(slot.job, last_error=failure)

    @override
    def give_back(self, attempt: Attempt) -> None:
        with self._lock:
            slot = self._held(attempt)
            self._again(slot, self._clock.now())
            slot.job = evolve(slot.job, forgiven=slot.job.forgiven + 1)

    @override
    def bury(self, attempt: Attempt, failure: Failure) -> None:
        with self._lock:
            slot = self._held(attempt)
            slot.job = evolve(slot.job, last_error=failure)
            self._end(slot, JobState.DEAD)

    @override
    def take_over(self, silent_for: timedelta, most_tries: int) -> tuple[JobId, ...]:
        with self._lock:
            now = self._clock.now()
            for worker_id, heard_at in list(self._workers.items()):
                if heard_at < now - silent_for:
                    del self._workers[worker_id]
            taken = [it for it in self._in_state(JobState.RUNNING) if it.worker_id not in self._workers]
            for slot in taken:
                slot.job = evolve(slot.job, last_error=DIED)
                if slot.job.tries >= most_tries:
                    self._end(slot, JobState.DEAD)
                else:
                    self._again(slot, now)
            return tuple(it.job.job_id for it in taken)

    def _slot(self, job_id: JobId) -> _Slot:
        if job_id not in self._slots:
            raise NotFound(f"there is no job {job_id}; it may have been forgotten after it ended")
        return self._slots[job_id]

    def _held(self, attempt: Attempt) -> _Slot:
        slot = self._slots.get(attempt.job.job_id)
        holder = None if slot is None else (slot.job.state, slot.worker_id, slot.job.attempts)
        if slot is None or holder != (JobState.RUNNING, attempt.worker_id, attempt.number):
            raise ConcurrentChange(f"job {attempt.job.job_id} was taken over: attempt {attempt.number} decides no more")
        return slot

    def _in_state(self, state: JobState) -> list[_Slot]:
        return [it for it in self._slots.values() if it.job.state is state]

    def _waiting_with(self, key: str) -> _Slot | None:
        return next((it for it in self._in_state(JobState.WAITING) if it.job.request.key == key), None)

    def _again(self, slot: _Slot, runs_at: datetime) -> None:
        other = self._waiting_with(slot.job.request.key)
        if other is not None:
            self._end(other, JobState.DISCARDED)
        slot.job = evolve(slot.job, state=JobState.WAITING)
        slot.runs_at, slot.worker_id = runs_at, None

    def _end(self, slot: _Slot, state: JobState) -> None:
        slot.job = evolve(slot.job, state=state)
        slot.worker_id, slot.ended_at = None, self._clock.now()
