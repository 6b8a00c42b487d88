"""The port of the jobs: ask for work, look at it, and decide on what failed."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import Job, JobCounts, JobId, JobRequest, JobState


class Jobs(Protocol):
    """Keeps jobs until they are done; ``NotFound`` for an unknown id."""

    @abstractmethod
    def enqueue(self, request: JobRequest) -> JobId:
        """Keep the job; where one of its key waits already, that one stands and its id is given."""

    @abstractmethod
    def enqueue_once(self, schedule: str, request: JobRequest) -> bool:
        """Keep a schedule's job unless one of that schedule and portfolio, due then or later, was ever kept.

        False where it was: of many workers that ask at once one gets True.
        """

    @abstractmethod
    def begin_schedule(self, schedule: str, portfolio_id: PortfolioId | None, due_at: datetime) -> bool:
        """From now on a schedule is kept for a portfolio: what was due up to then counts as done.

        False where it was kept before, and then nothing changes.
        """

    @abstractmethod
    def job(self, job_id: JobId) -> Job:
        """The job of that id."""

    @abstractmethod
    def jobs(self, state: JobState, limit: int = 100) -> tuple[Job, ...]:
        """Jobs in a state, the oldest first."""

    @abstractmethod
    def replay(self, job_id: JobId) -> None:
        """Let a dead job run again at once, with all its tries.

        ``IllegalTransition`` where it is not dead, ``AlreadyExists`` where one of its key waits.
        """

    @abstractmethod
    def discard(self, job_id: JobId) -> None:
        """Never run a waiting or dead job; ``IllegalTransition`` where it runs or has ended."""

    @abstractmethod
    def counts(self, now: datetime) -> JobCounts:
        """The queue in numbers."""

    @abstractmethod
    def forget(self, ended_before: datetime, *, dead_too: bool = False) -> int:
        """Delete jobs that were done or discarded before an instant, dead ones only on request; how many."""
