"""The jobs of an outside engine: one lease, a stretch of a full pass, and when to come again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.jobs import Job, JobRequest
from marketplace_core.domain.outside_engine.hints import sync_request
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.errors import InvalidInput
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.jobs import Jobs
from marketplace_core.services.outside_engine.full_pass import PassBudget, RunFullPass
from marketplace_core.services.outside_engine.sync_lease import LeaseSynced, SyncLease
from marketplace_core.services.run_jobs import Told

ENGINE_PASSES: Final = "engine-pass"
"""The kind of job that does a stretch of the full pass."""


def come_again(jobs: Jobs, synced: Iterable[LeaseSynced]) -> None:
    """Ask for a look at each lease at which something waits, once it can be known."""
    for it in synced:
        if it.again_at is not None:
            jobs.enqueue(sync_request(it.key, it.again_at))


@frozen
class SyncByJob:
    """Brings the lease of a job together; where something waits, asks to come again once that is known."""

    sync: SyncLease
    jobs: Jobs

    def __call__(self, job: Job) -> Told:
        """What came of it."""
        portfolio_id, lease_id = job.request.portfolio_id, job.request.arguments.get("lease", "")
        if portfolio_id is None or not lease_id:
            raise InvalidInput(f"job {job.job_id} ({job.request.kind}) names no lease")
        key = AccountKey(portfolio_id, LeaseId(lease_id))
        told = self.sync(key)
        come_again(self.jobs, [told])
        return {
            "lease": str(key),
            "steps": told.done,
            "waiting": len(told.waiting),
            "refused": len(told.refused),
            "drift": told.drift,
            **({"problem": told.problem} if told.problem else {}),
        }


@frozen
class PassByJob:
    """Does a stretch of the full pass; while it is not at its end, the next stretch is a job of its own."""

    run: RunFullPass
    jobs: Jobs
    clock: Clock
    budget: PassBudget | None = None

    def __call__(self, job: Job) -> Told:
        """How far the pass is."""
        found = self.run(job.command_id, self.budget)
        if found.ended_at is None:
            self.jobs.enqueue(JobRequest(ENGINE_PASSES, ENGINE_PASSES, self.clock.now()))
        stage = found.stage.value
        return {"pass": found.pass_id, "stage": stage, "checked": found.checked, "differences": found.differences}
