"""The jobs of a system outside: each asks for one of every portfolio, or does the portfolio's own."""

from __future__ import annotations

from collections.abc import Callable, Collection

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import Job
from marketplace_core.domain.outside_property.work import push_request, sync_request
from marketplace_core.errors import NotFound
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.jobs import Jobs
from marketplace_core.ports.tickets import Tickets
from marketplace_core.services.maintenance.pushing import PushTickets
from marketplace_core.services.outside_property.streams import SyncEveryStream, require_none_cut_off, told_of_job
from marketplace_core.services.run_jobs import Told

SYNC_COMMAND = "property.sync"
"""The kind of the command that a sync is."""


@frozen
class PropertyJobs:
    """What the kinds of job do; ``streams_of`` and ``push_of`` give a portfolio's own services, made on use."""

    portfolios: Collection[PortfolioId]
    jobs: Jobs
    tickets: Tickets
    clock: Clock
    actor: str
    streams_of: Callable[[PortfolioId, bool], SyncEveryStream]
    push_of: Callable[[PortfolioId], PushTickets]

    def sync(self, job: Job) -> Told:
        """Read what changed, a stream that was cut off from its page on. ``PartnerUnavailable``: to be tried again.

        What is degraded is told and not tried again: the next sync looks whether it is well.
        """
        portfolio_id, is_whole = job.request.portfolio_id, bool(job.request.arguments.get("whole"))
        if portfolio_id is None:
            return self._each(whole=is_whole)
        self._require_known(portfolio_id)
        command = Command(
            job.command_id, portfolio_id, SYNC_COMMAND, self.actor, self.clock.now(), f"job {job.request.kind}"
        )
        found = self.streams_of(portfolio_id, is_whole)(command)
        require_none_cut_off(found)
        return told_of_job(portfolio_id, found)

    def whole(self, job: Job) -> Told:
        """Ask for a sync of each portfolio that reads everything."""
        del job
        return self._each(whole=True)

    def push(self, job: Job) -> Told:
        """Tell there what changed here; of every portfolio in which something waits."""
        portfolio_id = job.request.portfolio_id
        if portfolio_id is not None:
            self._require_known(portfolio_id)
            return {"portfolio": portfolio_id, **self.push_of(portfolio_id)(portfolio_id)}
        now = self.clock.now()
        waiting = [it for it in self.portfolios if self.tickets.open_pushes(it, 1)]
        for it in waiting:
            self.jobs.enqueue(push_request(it, now))
        return {"portfolios": len(waiting)}

    def _each(self, *, whole: bool) -> Told:
        now = self.clock.now()
        for it in self.portfolios:
            self.jobs.enqueue(sync_request(it, now, whole=whole))
        return {"portfolios": len(self.portfolios)}

    def _require_known(self, portfolio_id: PortfolioId) -> None:
        if portfolio_id not in self.portfolios:
            raise NotFound(f"no organization is portfolio {portfolio_id}: name it in the settings")
