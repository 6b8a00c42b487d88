"""Listings of an open store, and the portal outside: one place for the command line, HTTP and workers to get parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from attrs import define, field

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PersonId, PortfolioId
from marketplace_core.domain.listings.applications import Application
from marketplace_core.domain.listings.completeness import lacking
from marketplace_core.domain.listings.copies import ListingCopy
from marketplace_core.domain.listings.listing import Listing, Picture
from marketplace_core.domain.listings.pictures import picture_of
from marketplace_core.errors import (
    AdapterMissing,
    ConcurrentChange,
    ConfigurationError,
    PartnerDrift,
    Unavailable,
)
from marketplace_core.ports.listings.pictures import Pictures
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.services.listings.bridging import AdoptEdits, BridgeListings, DiffListings
from marketplace_core.services.listings.importing import ConfirmApplication, ImportBookings, SettleApplications
from marketplace_core.services.listings.inquiring import TakeInquiries
from marketplace_core.services.outside_property.overview import PropertyOverview
from marketplace_core.services.outside_property.streams import StreamOutcome, StreamSynced
from marketplace_core.services.outside_property.watching import WatchSystem
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import Store

if TYPE_CHECKING:
    from marketplace_core.ports.notifier import Notifier
    from marketplace_entrypoints.composition import Container
    from marketplace_entrypoints.composition_cocorico import ListingContainer, PortalOutside

STREAMS: Final = ("bookings", "inquiries")
"""What is read from a portal outside."""
STEPS: Final = (*STREAMS, "landlords", "let", "listings")
"""What a sync does, in order: what was booked and asked there, who is told of it, what is let, what is shown."""


@define(slots=False)
class OurListings:
    """Parts made on use: what needs no portal outside asks for no settings of one.

    ``given`` and ``pictures`` are given by tests; else the settings say which they are.
    """

    settings: Settings
    store: Store
    container: Container
    given: PortalOutside | None = field(default=None, repr=False)
    given_pictures: Pictures | None = field(default=None, repr=False)
    notifier: Notifier | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """What the portal outside is called, as in links; empty where none is named."""
        return self.settings.listing_portal

    @cached_property
    def services(self) -> ListingContainer:
        """What needs no portal outside."""
        from marketplace_entrypoints.composition_cocorico import wired_listings

        return wired_listings(self.settings, self.store, self.container.clock(), self.notifier)

    @cached_property
    def pictures(self) -> Pictures:
        """Where pictures are kept."""
        if self.given_pictures is not None:
            return self.given_pictures
        from marketplace_entrypoints.composition_cocorico import pictures_of

        return pictures_of(self.settings)

    @cached_property
    def outside(self) -> PortalOutside:
        """The portal outside; ``ConfigurationError`` where none is named, or the settings do not say all."""
        if self.given is not None:
            return self.given
        if not self.name:
            raise ConfigurationError("no portal is named: set listing_portal to cocorico, and what [cocorico] needs")
        from marketplace_entrypoints.composition_cocorico import listing_portal

        return listing_portal(self.settings)

    @property
    def portfolios(self) -> tuple[PortfolioId, ...]:
        """Whose listings are shown outside; none where no portal is named."""
        return self.settings.cocorico.portfolio_ids if self.name else ()

    @property
    def progress(self) -> SyncProgress:
        """How far each stream is read."""
        if self.store.sync_progress is None:
            raise AdapterMissing(f"the store {self.settings.store!r} keeps nothing of a portal outside")
        return self.store.sync_progress

    @property
    def can_tell(self) -> bool:
        """True where mail can be sent; else landlords see inquiries where they look."""
        return self.notifier is not None or bool(self.settings.smtp_host)

    def require_outside(self, portfolio_id: PortfolioId) -> PortalOutside:
        """The portal outside of a portfolio; ``ConfigurationError`` where it has none."""
        found = self.outside
        if portfolio_id not in self.portfolios:
            raise ConfigurationError(
                f"listings of portfolio {portfolio_id} are not shown outside: see cocorico.portfolios"
            )
        return found

    def lacking(self, listing: Listing) -> tuple[str, ...]:
        """What it lacks before it may be approved."""
        ports, own = self.store.ports, listing.portfolio_id
        unit, currency = ports.unit(own, listing.unit_id), ports.portfolio(own).currency
        return lacking(listing, unit, currency, self.settings.listings.rules)

    def copies_of(self, listing: Listing) -> tuple[ListingCopy, ...]:
        """Its copies outside."""
        return self.store.ports.copies(listing.portfolio_id, self.name, [listing.listing_id]) if self.name else ()

    def take_picture(self, content: bytes, caption: str = "", *, dry_run: bool = False) -> Picture:
        """The picture of these bytes, kept unless it is only tried; ``InvalidInput`` where they are none."""
        if dry_run:
            return picture_of(content, caption)
        return self.pictures.keep(content, caption)

    def bridge(self, portfolio_id: PortfolioId) -> BridgeListings:
        """What shows listings, on the portal outside too where the portfolio has one."""
        ports = self.store.ports
        portal = self.outside.portal if portfolio_id in self.portfolios else None
        clock = self.container.clock()
        landlord = self.settings.cocorico.landlord
        return BridgeListings(ports, ports, portal, self.pictures, ports, clock, self.name or "own", landlord)

    def diff(self, portfolio_id: PortfolioId) -> DiffListings:
        """What compares each copy outside."""
        ports = self.store.ports
        return DiffListings(
            ports, ports, self.require_outside(portfolio_id).portal, ports, self.name, self.settings.cocorico.landlord
        )

    def adopt(self, portfolio_id: PortfolioId) -> AdoptEdits:
        """What takes edits that were made outside."""
        ports = self.store.ports
        return AdoptEdits(
            ports, ports, self.require_outside(portfolio_id).portal, ports, self.name, self.settings.cocorico.landlord
        )

    def import_bookings(self, portfolio_id: PortfolioId, *, accept_gone: bool = False) -> ImportBookings:
        """What takes bookings."""
        ports, told = self.store.ports, self.settings.cocorico
        return ImportBookings(
            source=self.require_outside(portfolio_id).bookings,
            applications=ports,
            copies=ports,
            listings=ports,
            accounts=ports,
            books=ports,
            directory=ports,
            progress=self.progress,
            clock=self.container.clock(),
            system=self.name,
            rule=told.draft_rule,
            page_size=told.page,
            accept_gone=accept_gone,
        )

    def take_inquiries(self, portfolio_id: PortfolioId) -> TakeInquiries:
        """What takes inquiries from the portal outside."""
        ports = self.store.ports
        source = self.require_outside(portfolio_id).inquiries
        return TakeInquiries(source, ports, ports, ports, self.progress, self.container.clock(), self.name)

    def confirm(
        self, command: Command, application: Application, person_id: PersonId | None, *, dry_run: bool = False
    ) -> Application:
        """The application with whose it is, and its lease where nothing else is in the way."""
        ports, rule = self.store.ports, self.settings.cocorico.draft_rule
        clock = self.container.clock()
        settle = SettleApplications(ports, ports, ports, ports, ports, clock, application.system, rule)
        confirm = ConfirmApplication(settle)
        return (confirm.preview if dry_run else confirm)(command, application.application_id, person_id)

    def watch(self) -> WatchSystem:
        """What looks at the portal outside."""
        return WatchSystem(self.outside.care, self.progress, self.container.clock())

    def sync(
        self,
        command: Command,
        only: Collection[str] = (),
        *,
        whole: bool = False,
        accept_gone: bool = False,
    ) -> tuple[StreamSynced, ...]:
        """What came of each step of `STEPS` for the command's portfolio: one that stands still stops no other."""
        own, services = command.portfolio_id, self.services
        self.require_outside(own)
        steps: dict[str, Callable[[], Mapping[str, int]]] = {
            "bookings": lambda: dict(
                self.import_bookings(own, accept_gone=accept_gone)(command.part("bookings"), whole=whole).counts
            ),
            "inquiries": lambda: dict(self.take_inquiries(own)(command.part("inquiries"), whole=whole).counts),
            "landlords": lambda: services.tell_landlords()(command.part("landlords")) if self.can_tell else {},
            "let": lambda: services.mark_let()(command.part("let")),
            "listings": lambda: self.bridge(own)(command.part("listings"), whole=whole).counts,
        }
        return tuple(_stepped(name, step) for name, step in steps.items() if not only or name in only)

    def preview(self, command: Command) -> Mapping[str, Mapping[str, int]]:
        """What a sync of everything would come to, by step; nothing is written."""
        own = command.portfolio_id
        return {
            "bookings": dict(self.import_bookings(own)(command, dry_run=True).counts),
            "let": self.services.mark_let()(command, dry_run=True),
            "listings": self.bridge(own)(command, whole=True, dry_run=True).counts,
        }

    def overview(self) -> PropertyOverview:
        """How everything stands, by our own books; ``ConfigurationError`` where a portal has nobody's listings."""
        if self.name and not self.portfolios:
            raise ConfigurationError(
                f"listing_portal is {self.name}, and cocorico.portfolios is not set: name whose listings go there"
            )
        oldest = self.settings.cocorico.oldest_good_run
        clock = self.container.clock()
        return PropertyOverview(self.progress, clock, self.name, self.portfolios, oldest, STREAMS)


def _stepped(name: str, step: Callable[[], Mapping[str, int]]) -> StreamSynced:
    try:
        counts = step()
    except ConcurrentChange as problem:
        return StreamSynced(name, StreamOutcome.BUSY, {}, str(problem))
    except PartnerDrift as problem:
        return StreamSynced(name, StreamOutcome.DEGRADED, {}, str(problem))
    except Unavailable as problem:
        return StreamSynced(name, StreamOutcome.CUT_OFF, {}, str(problem))
    trouble = f"{counts['trouble']} could not be told" if counts.get("trouble") else ""
    return StreamSynced(name, StreamOutcome.DEGRADED if trouble else StreamOutcome.DONE, dict(counts), trouble)


def our_listings(store: Store, container: Container) -> OurListings:
    """The parts; to be made once a process."""
    return OurListings(container.settings(), store, container)
