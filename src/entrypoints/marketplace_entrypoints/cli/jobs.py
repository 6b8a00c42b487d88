"""The jobs that wait, run or failed; replay and discard them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from cyclopts import Parameter

from marketplace_core.domain.jobs import Job, JobId, JobState
from marketplace_core.errors import InvalidInput
from marketplace_core.services.keep_schedules import scheduled_job
from marketplace_entrypoints import cocorico_settings, condo_settings, engine_settings
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, Where
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.settings import Settings, load_settings
from marketplace_entrypoints.work_services import work_of
from marketplace_entrypoints.work_settings import OF_INSTALLATION, OF_PORTFOLIOS

app = group("jobs", "The jobs that wait, run or failed; replay and discard them.")
_HEADER = ("job", "kind", "portfolio", "due", "tries", "state", "last error")


@app.default
@app.command(name="list")
def list_jobs(
    *,
    state: Annotated[
        Literal["waiting", "running", "done", "dead", "discarded"] | None, Parameter(help="Only these.")
    ] = None,
    limit: Annotated[int, Parameter(help="At most so many of a state.")] = 100,
    where: Where = HERE,
) -> int:
    """The jobs that wait, run or are dead, or those of one state."""
    states = (JobState(state),) if state else (JobState.RUNNING, JobState.WAITING, JobState.DEAD)
    with opened(where) as here:
        work = work_of(here.store)
        counts = work.counts(here.container.clock().now())
        told = {
            "waiting": counts.waiting,
            "running": counts.running,
            "dead": counts.dead,
            "oldest_due": plain.instant(counts.oldest_due),
        }
        words = f"{counts.waiting} wait, {counts.running} run, {counts.dead} are dead"
        return _listed(here, [it for one in states for it in work.jobs(one, limit)], told, words)


@app.command
def dead(*, limit: int = 100, where: Where = HERE) -> int:
    """The jobs that failed for good, each with its error: replay or discard them."""
    with opened(where) as here:
        found = work_of(here.store).jobs(JobState.DEAD, limit)
        return _listed(here, found, {}, f"{len(found)} dead jobs")


@app.command
def replay(job: str, *, where: Where = HERE) -> int:
    """Let a dead job run again, with all its tries."""
    with opened(where) as here:
        work_of(here.store).replay(JobId(job))
        return here.answer({"job": job, "state": "waiting"}, f"Job {job} waits for a worker")


@app.command
def discard(job: str, *, where: Where = HERE) -> int:
    """Never run a waiting or dead job."""
    with opened(where) as here:
        work_of(here.store).discard(JobId(job))
        return here.answer({"job": job, "state": "discarded"}, f"Job {job} is discarded")


@app.command
def enqueue(kind: str, *, where: Where = HERE) -> int:
    """Ask for a job now, beside its schedule; one of its kind that waits already is the same."""
    of_portfolios, of_installation = _kinds(load_settings())
    if kind not in of_portfolios | of_installation:
        known = ", ".join(sorted(of_portfolios | of_installation))
        raise InvalidInput(f"there is no job {kind[:40]!r}: there is {known}")
    with opened(where) as here:
        portfolio_id = here.portfolio_id if kind in of_portfolios else None
        now = here.container.clock().now().replace(microsecond=0)
        job_id = work_of(here.store).enqueue(scheduled_job(kind, portfolio_id, now))
        return here.answer({"job": job_id, "kind": kind, "portfolio": portfolio_id}, f"Job {job_id} waits for a worker")


def _kinds(settings: Settings) -> tuple[set[str], set[str]]:
    """The kinds of jobs of portfolios and of the installation that this installation's workers do."""
    of_portfolios, of_installation = {*OF_PORTFOLIOS.values()}, {*OF_INSTALLATION.values()}
    if settings.bills_outside:
        of_portfolios |= {*engine_settings.OF_PORTFOLIOS.values()}
        of_installation |= {*engine_settings.OF_INSTALLATION.values()}
    if settings.property_system:
        of_installation |= {*condo_settings.OF_INSTALLATION.values()}
    if settings.listing_portal:
        of_installation |= {*cocorico_settings.OF_INSTALLATION.values()}
    return of_portfolios, of_installation


def _listed(here: Session, jobs: Sequence[Job], told: plain.Plain, words: str) -> int:
    rows = (
        (
            it.job_id,
            it.request.kind,
            it.request.portfolio_id or "",
            it.request.due_at.isoformat(timespec="seconds"),
            it.tries,
            it.state.value,
            f"{it.last_error.kind}: {it.last_error.words}" if it.last_error else "",
        )
        for it in jobs
    )
    return here.answer({**told, "jobs": [plain_job(it) for it in jobs]}, words, table(_HEADER, rows))


def plain_job(job: Job) -> plain.Plain:
    """A job for machines."""
    error = job.last_error
    return {
        "job": job.job_id,
        "kind": job.request.kind,
        "portfolio": job.request.portfolio_id,
        "due_at": plain.instant(job.request.due_at),
        "attempts": job.attempts,
        "tries": job.tries,
        "state": job.state.value,
        "last_error": None if error is None else {"kind": error.kind, "message": error.words},
    }
