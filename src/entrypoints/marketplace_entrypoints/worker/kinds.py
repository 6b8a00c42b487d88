"""The kinds of jobs: each the same service as a command's, by the same command id however often it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import calendar_month, day_in_zone
from marketplace_core.domain.hooks import PAYMENT_HOOK
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import Job
from marketplace_core.errors import AlreadyExists, ConfigurationError, InvalidInput
from marketplace_core.services.run_jobs import Handler, Told
from marketplace_entrypoints.billing_month import bill_month
from marketplace_entrypoints.our_listings import our_listings
from marketplace_entrypoints.outside_properties import outside_properties_if_any
from marketplace_entrypoints.second_books import second_books_if_any
from marketplace_entrypoints.store import Store
from marketplace_entrypoints.work_services import Retention, deliver_events, receive_payment_hook, work_of
from marketplace_entrypoints.worker.condo_kinds import CondoKinds
from marketplace_entrypoints.worker.engine_kinds import EngineKinds
from marketplace_entrypoints.worker.portal_kinds import PortalKinds

if TYPE_CHECKING:
    from marketplace_entrypoints.composition import Container
    from marketplace_entrypoints.composition_engine import EngineContainer

WORKER: Final = "service:worker"
"""Who acts in a job."""


@frozen
class JobKinds:
    """What each kind of job does, over an open store."""

    store: Store
    container: Container

    def handlers(self, retentions: Sequence[Retention] = ()) -> Mapping[str, Handler]:
        """By kind of job; ``retentions`` are what other parts have to delete in time."""
        books = second_books_if_any(self.store, self.container)
        outside = outside_properties_if_any(self.store, self.container)
        listings = our_listings(self.store, self.container)
        return {
            "bill": lambda job: self.bill(job, books),
            "reconcile": self.reconcile,
            "late-fees": self.late_fees,
            PAYMENT_HOOK: receive_payment_hook(self.store, self.container, WORKER),
            "deliver": self.deliver,
            "backup": self.backup,
            "retention": lambda job: self.retention(job, retentions),
            **(EngineKinds(self.store, self.container, books).handlers() if books is not None else {}),
            **(CondoKinds(outside, WORKER).handlers() if outside is not None else {}),
            **(PortalKinds(listings, WORKER).handlers() if listings.name else {}),
        }

    def bill(self, job: Job, books: EngineContainer | None = None) -> Told:
        """Bill the month of the due day."""
        command, day = self._command(job, "bill"), self._day(job)
        run = bill_month(books, self.container, command, calendar_month(day.year, day.month))
        return {"period": f"{day:%Y-%m}", "invoices": run.invoices, "standing": run.standing}

    def reconcile(self, job: Job) -> Told:
        """Match what waits, as of the due day."""
        from marketplace_entrypoints.composition import rules_of

        rules = rules_of(self.container.settings())
        found = self.container.reconcile()(self._command(job, "reconcile"), self._day(job), rules)
        return {"applied": len(found.applied), "proposed": len(found.proposed), "unmatched": len(found.unmatched)}

    def late_fees(self, job: Job) -> Told:
        """Charge the late fees that are due by the due day."""
        return {"fees": len(self.container.charge_late_fees()(self._command(job, "bill.late_fees"), self._day(job)))}

    def deliver(self, job: Job) -> Told:
        """Tell the portfolio's events to those who asked; where nobody did, no key is needed."""
        portfolio_id = _portfolio_of(job)
        if not work_of(self.store).subscriptions(portfolio_id):
            return {"delivered": 0, "failed": 0}
        return deliver_events(self.store, self.container)(portfolio_id)

    def backup(self, job: Job) -> Told:
        """Write a backup into the folder of the settings, and keep the last ones."""
        settings, keeper = self.container.settings().worker, self.store.keeper
        if not settings.backup_folder:
            return {"backup": "none: no worker.backup_folder is set"}
        if keeper is None:
            raise ConfigurationError("this store keeps no backups: set schedules.backup to off")
        folder = Path(settings.backup_folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise ConfigurationError(f"worker.backup_folder {folder} cannot be made: {problem.strerror}") from problem
        file = folder / f"books-{job.request.due_at:%Y%m%dT%H%M%SZ}.backup"
        try:
            keeper.backup(file, self._now())
        except AlreadyExists:  # this job wrote it and was cut off before it could say so: whole or not there at all
            keeper.look_into(file)
        old = sorted(folder.glob("books-*.backup"))[: -settings.backups]
        for one in old:
            one.unlink(missing_ok=True)
        return {"backup": file.name, "deleted": len(old)}

    def retention(self, job: Job, retentions: Sequence[Retention]) -> Told:
        """Delete what is kept no longer: jobs that ended, and what other parts say."""
        del job
        settings, now = self.container.settings().worker, self._now()
        work = work_of(self.store)
        told: dict[str, object] = {
            "jobs": work.forget(now - timedelta(days=settings.keep_jobs_days)),
            "dead": work.forget(now - timedelta(days=settings.keep_dead_days), dead_too=True),
            "hooks": work.forget_hooks(now - timedelta(days=self.container.settings().hooks.keep_days)),
        }
        for one in retentions:
            told |= one(now)
        return told

    def _now(self) -> datetime:
        return self.container.clock().now()

    def _command(self, job: Job, kind: str) -> Command:
        return Command(job.command_id, _portfolio_of(job), kind, WORKER, self._now(), f"job {job.request.kind}")

    def _day(self, job: Job) -> date:
        zone = self.store.ports.portfolio(_portfolio_of(job)).zone
        return day_in_zone(job.request.due_at, zone)


def _portfolio_of(job: Job) -> PortfolioId:
    if job.request.portfolio_id is None:
        raise InvalidInput(f"job {job.job_id} ({job.request.kind}) names no portfolio: enqueue it with --portfolio")
    return job.request.portfolio_id
