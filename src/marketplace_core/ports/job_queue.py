"""The port through which workers take jobs and say how they ended."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from marketplace_core.domain.jobs import Attempt, Failure, JobId, WorkerId


class JobQueue(Protocol):
    """Gives each due job to one worker at a time, and one job of a line at a time.

    Whoever lost its attempt, since it was silent for too long, gets ``ConcurrentChange`` and changes nothing.
    """

    @abstractmethod
    def enlist(self, silent_for: timedelta = timedelta(seconds=30)) -> WorkerId:
        """A new worker, that is heard of now; a transaction that it leaves idle so long is undone, with its locks."""

    @abstractmethod
    def beat(self, worker_id: WorkerId) -> bool:
        """Say that the worker lives; False where it was taken for dead and must enlist again."""

    @abstractmethod
    def leave(self, worker_id: WorkerId) -> None:
        """The worker ends; a job that it still holds is for others."""

    @abstractmethod
    def claim(self, worker_id: WorkerId, kinds: Collection[str] | None = None) -> Attempt | None:
        """The next job that is due, of any kind or of some; None where there is none.

        ``ConcurrentChange`` for a worker that was taken for dead: it must enlist again.
        """

    @abstractmethod
    def finish(self, attempt: Attempt) -> None:
        """It is done."""

    @abstractmethod
    def retry(self, attempt: Attempt, due_at: datetime, failure: Failure) -> None:
        """It failed and is to be tried again then; it holds nobody of its line up meanwhile."""

    @abstractmethod
    def give_back(self, attempt: Attempt) -> None:
        """It was not done, and nothing is wrong with it: the next worker takes it at once."""

    @abstractmethod
    def bury(self, attempt: Attempt, failure: Failure) -> None:
        """It failed for good: a dead letter."""

    @abstractmethod
    def take_over(self, silent_for: timedelta, most_tries: int) -> tuple[JobId, ...]:
        """Take the jobs of workers that were silent so long from them; each runs again, or is dead after its last try.

        Their ids. Such workers are forgotten.
        """
