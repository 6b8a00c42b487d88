"""The jobs of a public portal: each asks for one of every portfolio, or does the portfolio's own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import Job
from marketplace_core.domain.listings.work import import_request, publish_request
from marketplace_core.errors import NotFound
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.jobs import Jobs
from marketplace_core.services.listings.bridging import BridgeListings
from marketplace_core.services.listings.inquiring import TellLandlords
from marketplace_core.services.listings.letting import MarkLet
from marketplace_core.services.outside_property.streams import SyncEveryStream, require_none_cut_off, told_of_job
from marketplace_core.services.run_jobs import Told

PUBLISH_COMMAND: Final = "listing.publish"
IMPORT_COMMAND: Final = "booking.import"


@frozen
class ListingJobs:
    """What the kinds of job do; the portfolio's own services are made on use.

    ``streams_of`` gives the streams ``bookings`` and ``inquiries``, told whether everything is read. ``tell_of`` gives
    None where no notifier is set.
    """

    portfolios: Collection[PortfolioId]
    jobs: Jobs
    clock: Clock
    actor: str
    bridge_of: Callable[[PortfolioId], BridgeListings]
    let_of: Callable[[PortfolioId], MarkLet]
    streams_of: Callable[[PortfolioId, bool], SyncEveryStream]
    tell_of: Callable[[PortfolioId], TellLandlords | None]

    def publish(self, job: Job) -> Told:
        """Tell the portal what changed, and publish what was approved; ``whole`` looks at every copy."""
        portfolio_id, is_whole = job.request.portfolio_id, _is_whole(job)
        if portfolio_id is None:
            now = self.clock.now()
            return self._each(lambda it: self.jobs.enqueue(publish_request(it, now, whole=is_whole)))
        command = self._command(job, portfolio_id, PUBLISH_COMMAND)
        let = self.let_of(portfolio_id)(command)
        outcome = self.bridge_of(portfolio_id)(command, whole=is_whole)
        return {"portfolio": portfolio_id, "let": let.get("rented", 0), "counts": dict(outcome.counts)}

    def bring(self, job: Job) -> Told:
        """Bring bookings and inquiries, mark what is let by them, tell landlords. ``PartnerUnavailable``: try again.

        What is degraded is told and not tried again.
        """
        portfolio_id, is_whole = job.request.portfolio_id, _is_whole(job)
        if portfolio_id is None:
            now = self.clock.now()
            return self._each(lambda it: self.jobs.enqueue(import_request(it, now, whole=is_whole)))
        command = self._command(job, portfolio_id, IMPORT_COMMAND)
        found = self.streams_of(portfolio_id, is_whole)(command)
        let = self.let_of(portfolio_id)(command)
        tell = self.tell_of(portfolio_id)
        told: dict[str, int] = {} if tell is None else dict(tell(command))
        require_none_cut_off(found)
        if let.get("rented") or let.get("withdrawn"):
            self.jobs.enqueue(publish_request(portfolio_id, self.clock.now()))
        return {**told_of_job(portfolio_id, found), "let": let.get("rented", 0), "told": told}

    def whole(self, job: Job) -> Told:
        """Ask each portfolio for a look at every copy, and for an import that reads everything."""
        del job
        now = self.clock.now()

        def ask(it: PortfolioId) -> None:
            self.jobs.enqueue(publish_request(it, now, whole=True))
            self.jobs.enqueue(import_request(it, now, whole=True))

        return self._each(ask)

    def _each(self, ask: Callable[[PortfolioId], object]) -> Told:
        for it in self.portfolios:
            ask(it)
        return {"portfolios": len(self.portfolios)}

    def _command(self, job: Job, portfolio_id: PortfolioId, kind: str) -> Command:
        if portfolio_id not in self.portfolios:
            raise NotFound(f"no portal is set for portfolio {portfolio_id}: name it in the settings")
        return Command(job.command_id, portfolio_id, kind, self.actor, self.clock.now(), f"job {job.request.kind}")


def _is_whole(job: Job) -> bool:
    return bool(job.request.arguments.get("whole"))
