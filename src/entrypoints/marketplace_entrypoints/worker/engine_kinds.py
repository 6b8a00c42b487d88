"""The kinds of jobs of an outside billing engine; none where the native engine bills."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from attrs import frozen

from marketplace_core.domain.days import ONE_DAY, DateSpan, day_in_zone
from marketplace_core.domain.hooks import ENGINE_HOOK
from marketplace_core.domain.jobs import Job
from marketplace_core.domain.outside_engine.hints import ENGINE_SYNC
from marketplace_core.errors import InvalidInput
from marketplace_core.services.outside_engine.jobs import ENGINE_PASSES, come_again
from marketplace_core.services.run_jobs import Handler, Told
from marketplace_entrypoints.store import Store

if TYPE_CHECKING:
    from marketplace_entrypoints.composition import Container
    from marketplace_entrypoints.composition_engine import EngineContainer

ENGINE_WATCH: Final = "engine-watch"
ENGINE_PAYMENTS: Final = "engine-payments"
_BACK: Final = timedelta(days=62)
"""So far back a cycle looks for periods that were never invoiced here."""


@frozen
class EngineKinds:
    """What each of its kinds of job does, over an open store; the engine is connected to with the first of them."""

    store: Store
    container: Container
    books: EngineContainer

    def handlers(self) -> Mapping[str, Handler]:
        """By kind of job."""
        return {
            ENGINE_HOOK: self.books.receive_hint(),
            ENGINE_SYNC: self.sync,
            ENGINE_PASSES: self.books.pass_by_job(),
            ENGINE_PAYMENTS: self.payments,
            ENGINE_WATCH: self.watch,
        }

    def sync(self, job: Job) -> Told:
        """Bring the lease of the job together, or where it names none every lease of the portfolio that needs it."""
        if job.request.arguments.get("lease"):
            return self.books.sync_by_job()(job)
        portfolio_id = job.request.portfolio_id
        if portfolio_id is None:
            raise InvalidInput(f"job {job.job_id} ({job.request.kind}) names no portfolio: enqueue it with --portfolio")
        today = day_in_zone(self.container.clock().now(), self.store.ports.portfolio(portfolio_id).zone)
        run = self.books.bill()(portfolio_id, DateSpan(today - _BACK, today + ONE_DAY))
        come_again(self.books.work(), run.later)
        return {
            "synced": run.synced,
            "skipped": run.skipped,
            "invoices": run.invoices,
            "steps": run.steps,
            "drift": run.drift,
            "later": len(run.later),
        }

    def payments(self, job: Job) -> Told:
        """Look at every payment there, and ask for a look at the leases of those that do not stand here as there."""
        del job
        seen = self.books.their_payments()(pages=100_000)
        return {
            "seen": seen.seen,
            "made_there": seen.made_there,
            "unsettled": len(seen.unsettled),
            "strange": [it.payment_id for it in seen.strange],
        }

    def watch(self, job: Job) -> Told:
        """Note what is wrong, clear what is well again."""
        del job
        verdict = self.books.watch()()
        return {"billing_sync_ok": verdict.is_ok, "reason": verdict.reason}
