"""What the worker's log says of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketplace_core.domain.jobs import WorkerId
from marketplace_core.services.run_jobs import JobOutcome, JobRun

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


def tell_run(log: FilteringBoundLogger, worker_id: WorkerId, run: JobRun) -> None:
    """What came of a job; of an error that nobody foresaw the place in our code, and no values."""
    told: dict[str, Any] = {
        "worker": worker_id,
        "job": run.job.job_id,
        "kind": run.job.request.kind,
        "portfolio": run.job.request.portfolio_id,
        "attempt": run.job.attempts,
        "outcome": run.outcome.value,
        "seconds": round(run.seconds, 3),
        **run.told,
    }
    if run.failure is not None:
        told |= {"error": run.failure.kind, "words": run.failure.words}
    if run.error is not None:
        told["at"] = _place_of(run.error)
    if run.outcome is JobOutcome.DONE:
        log.info("job", **told)
    else:
        log.warning("job", **told)


def _place_of(error: Exception) -> str:
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return "" if step is None else f"{step.tb_frame.f_globals.get('__name__', '?')}:{step.tb_lineno}"
