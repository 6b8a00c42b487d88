"""Hooks and jobs."""

from __future__ import annotations

from attrs import field, frozen

from marketplace_core.domain.jobs import Job, JobState
from marketplace_entrypoints.http.bounded import Instant, PageSize


@frozen
class HookAnswer:
    """What M-Pesa is answered."""

    ResultCode: int | str = field(metadata={"source": "M-Pesa C2B"})
    ResultDesc: str


@frozen
class HookKept:
    """What was posted is kept under this id, and will be read."""

    hook_id: str


@frozen
class JobShape:
    """A job: what is to be done, when, and what came of it so far."""

    job_id: str
    kind: str
    portfolio_id: str | None
    state: JobState
    due_at: Instant
    attempts: int
    error: str | None
    error_words: str | None

    @classmethod
    def of(cls, it: Job) -> JobShape:
        """The shape of a job."""
        failure, told = it.last_error, it.request
        return cls(
            str(it.job_id),
            told.kind,
            told.portfolio_id,
            it.state,
            told.due_at,
            it.attempts,
            failure.kind if failure else None,
            failure.words if failure else None,
        )


@frozen
class JobQuery:
    """In which state, and how many."""

    state: JobState = JobState.DEAD
    limit: PageSize = 100


@frozen
class JobList:
    """Jobs in a state, the oldest first."""

    jobs: tuple[JobShape, ...]
