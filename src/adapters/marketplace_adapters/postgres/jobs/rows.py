"""Jobs as procrastinate's rows have them, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import TextClause, text

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import Failure, Job, JobId, JobRequest, JobState

STATUS_OF: Final = {
    JobState.WAITING: "todo",
    JobState.RUNNING: "doing",
    JobState.DONE: "succeeded",
    JobState.DEAD: "failed",
    JobState.DISCARDED: "cancelled",
}
_STATE_OF: Final = {status: state for state, status in STATUS_OF.items()} | {"aborted": JobState.DISCARDED}

COLUMNS: Final = (
    "j.id, j.task_name, j.lock, j.queueing_lock, j.args, j.status::text, j.attempts,"
    " n.error_kind, n.error_words, n.forgiven"
)
NOTES: Final = "LEFT JOIN marketplace_jobs.job_notes n ON n.job_id = j.id"
SELECT_JOBS: Final = f"SELECT {COLUMNS} FROM marketplace_jobs.procrastinate_jobs j {NOTES}"  # noqa: S608 - constants


def joined(*parts: str) -> TextClause:
    """A statement of constant parts."""
    return text("".join(parts))


def args_of(request: JobRequest) -> dict[str, object]:
    """What procrastinate keeps of a request beside its names and locks."""
    return {
        "portfolio": request.portfolio_id,
        "due_at": request.due_at.isoformat(),
        "arguments": dict(request.arguments),
    }


def job_of(row: Any) -> Job:  # noqa: ANN401 - columns by name
    """The job of a row; procrastinate counts an attempt when it ends, we when it begins."""
    args = row.args
    portfolio = args["portfolio"]
    request = JobRequest(
        kind=row.task_name,
        key=row.queueing_lock,
        due_at=datetime.fromisoformat(args["due_at"]),
        portfolio_id=None if portfolio is None else PortfolioId(portfolio),
        arguments=dict(args["arguments"]),
        line=row.lock,
    )
    error = Failure(row.error_kind, row.error_words) if row.error_kind else None
    begun = row.attempts + (row.status == "doing")
    return Job(JobId(str(row.id)), request, _STATE_OF[row.status], begun, row.forgiven or 0, error)
