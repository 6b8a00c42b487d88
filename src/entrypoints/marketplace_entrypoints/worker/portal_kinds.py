"""The kinds of jobs of a portal outside; none where no portal is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import Job
from marketplace_core.domain.listings.work import IMPORT, PUBLISH, WATCH, WHOLE
from marketplace_core.domain.outside_property.progress import SyncRun
from marketplace_core.services.listings.inquiring import TellLandlords
from marketplace_core.services.listings.jobs import ListingJobs
from marketplace_core.services.outside_property.streams import SyncEveryStream
from marketplace_core.services.run_jobs import Handler, Told
from marketplace_entrypoints.work_services import work_of

if TYPE_CHECKING:
    from marketplace_entrypoints.our_listings import OurListings

COCORICO_KINDS: Final = (PUBLISH, IMPORT, WHOLE, WATCH)


@frozen
class PortalKinds:
    """What each of its kinds of job does; the portal is connected to with the first of them."""

    ours: OurListings
    actor: str

    def handlers(self) -> Mapping[str, Handler]:
        """By kind of job."""
        ours = self.ours
        jobs = ListingJobs(
            portfolios=ours.portfolios,
            jobs=work_of(ours.store),
            clock=ours.container.clock(),
            actor=self.actor,
            bridge_of=ours.bridge,
            let_of=lambda _: ours.services.mark_let(),
            streams_of=self._streams,
            tell_of=self._tell,
        )
        return {
            PUBLISH: jobs.publish,
            IMPORT: jobs.bring,
            WHOLE: jobs.whole,
            WATCH: self.watch,
        }

    def watch(self, job: Job) -> Told:
        """Look at the portal for every portfolio, and write down what is new."""
        del job
        ours = self.ours
        reasons = {it: ours.watch()(it, ours.name).reason for it in ours.portfolios}
        return {"portfolios": len(reasons), "not_well": {name: it for name, it in reasons.items() if it}}

    def _streams(self, portfolio_id: PortfolioId, is_whole: bool) -> SyncEveryStream:  # noqa: FBT001 - the shape of ListingJobs
        ours = self.ours

        def bookings(command: Command) -> tuple[SyncRun, ...]:
            return (ours.import_bookings(portfolio_id)(command.part("bookings"), whole=is_whole),)

        def inquiries(command: Command) -> tuple[SyncRun, ...]:
            return (ours.take_inquiries(portfolio_id)(command.part("inquiries"), whole=is_whole),)

        return SyncEveryStream({"bookings": bookings, "inquiries": inquiries})

    def _tell(self, _: PortfolioId) -> TellLandlords | None:
        """None where no mail server is set: landlords then see inquiries where they look."""
        ours = self.ours
        return ours.services.tell_landlords() if ours.notifier or ours.settings.smtp_host else None
