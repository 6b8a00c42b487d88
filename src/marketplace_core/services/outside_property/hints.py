"""Read what a property manager's system posted: it asks for a look, and nothing that it says is believed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from attrs import frozen

from marketplace_core.domain.hooks import HookId, HookState
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import Job
from marketplace_core.domain.outside_property.work import sync_request
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.hook_inbox import HookInbox
from marketplace_core.ports.jobs import Jobs
from marketplace_core.services.run_jobs import Told


@frozen
class ReceivePropertyHint:
    """The job of its hook: asks for a sync of each portfolio that is read from there; the body is not even read.

    However many come, one sync a portfolio waits; ``gathering`` is how long it waits for more of them.
    """

    inbox: HookInbox
    jobs: Jobs
    portfolios: Collection[PortfolioId]
    clock: Clock
    gathering: timedelta = timedelta(seconds=15)

    def __call__(self, job: Job) -> Told:
        """Which portfolios are looked at."""
        hook_id = HookId(job.request.arguments.get("hook", ""))
        self.inbox.hook(hook_id)
        now = self.clock.now()
        for portfolio_id in self.portfolios:
            self.jobs.enqueue(sync_request(portfolio_id, now + self.gathering))
        self.inbox.settle(hook_id, HookState.PROCESSED, "asked for a sync", now)
        return {"hook": hook_id, "portfolios": len(self.portfolios)}
