"""The kinds of jobs of a property manager's system; none where no system is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import frozen

from marketplace_core.domain.hooks import PROPERTY_HOOK
from marketplace_core.domain.jobs import Job
from marketplace_core.domain.outside_property.work import PROPERTY_SYNC, PROPERTY_WATCH, PROPERTY_WHOLE, TICKET_PUSH
from marketplace_core.services.outside_property.hints import ReceivePropertyHint
from marketplace_core.services.outside_property.jobs import PropertyJobs
from marketplace_core.services.run_jobs import Handler, Told
from marketplace_entrypoints.work_services import work_of

if TYPE_CHECKING:
    from marketplace_entrypoints.outside_properties import OutsideProperties

CONDO_KINDS: Final = (PROPERTY_SYNC, PROPERTY_WHOLE, TICKET_PUSH, PROPERTY_HOOK, PROPERTY_WATCH)


@frozen
class CondoKinds:
    """What each of its kinds of job does; the system is connected to with the first of them."""

    outside: OutsideProperties
    actor: str

    def handlers(self) -> Mapping[str, Handler]:
        """By kind of job."""
        outside = self.outside
        work, clock = work_of(outside.store), outside.container.clock()
        jobs = PropertyJobs(
            portfolios=outside.portfolios,
            jobs=work,
            tickets=outside.store.ports,
            clock=clock,
            actor=self.actor,
            streams_of=lambda portfolio_id, is_whole: outside.streams(portfolio_id, whole=is_whole),
            push_of=lambda portfolio_id: outside.of(portfolio_id).push_tickets(),
        )
        return {
            PROPERTY_SYNC: jobs.sync,
            PROPERTY_WHOLE: jobs.whole,
            TICKET_PUSH: jobs.push,
            PROPERTY_HOOK: ReceivePropertyHint(work, work, outside.portfolios, clock),
            PROPERTY_WATCH: self.watch,
        }

    def watch(self, job: Job) -> Told:
        """Look at the system of every portfolio, and write down what is new."""
        del job
        reasons = {
            portfolio_id: self.outside.of(portfolio_id).watch()(portfolio_id, self.outside.name).reason
            for portfolio_id in self.outside.portfolios
        }
        return {"portfolios": len(reasons), "not_well": {name: it for name, it in reasons.items() if it}}
