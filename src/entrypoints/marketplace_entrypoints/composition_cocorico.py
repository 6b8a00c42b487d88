"""The part of the composition root that puts listings together, and the public portal outside where one is named."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

from attrs import frozen
from dependency_injector import containers, providers

from marketplace_core.ports.clock import Clock
from marketplace_core.ports.listings.booking_source import BookingSource
from marketplace_core.ports.listings.inquiry_source import InquirySource
from marketplace_core.ports.listings.listing_portal import ListingPortal
from marketplace_core.ports.listings.pictures import Pictures
from marketplace_core.ports.notifier import Notifier
from marketplace_core.ports.outside_property.property_care import PropertyCare
from marketplace_core.services.listings.inquiring import ReceiveInquiry, TellLandlords
from marketplace_core.services.listings.letting import MarkLet
from marketplace_core.services.listings.working import ChangeListing, DraftListing, ListListings
from marketplace_entrypoints.adapters import Home, load_adapter
from marketplace_entrypoints.cocorico_settings import PORTAL_GROUP
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import EveryPort, Store

LISTING_PORTALS: Final = {"cocorico": Home("marketplace_entrypoints.composition_cocorico:cocorico", "cocorico")}
"""The portals by the name in the setting ``listing_portal``: what makes the one of the settings."""


@frozen
class PortalOutside:
    """A portal outside: where listings are shown, what is read from there, and how it is looked at."""

    portal: ListingPortal
    bookings: BookingSource
    inquiries: InquirySource
    care: PropertyCare


class ListingContainer(containers.DeclarativeContainer):
    """Each use case of listings that needs no portal outside, with the ports that it needs."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    ports: providers.Dependency[EveryPort] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    clock: providers.Dependency[Clock] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    notifier: providers.Dependency[Notifier] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    system = settings.provided.listing_portal

    draft = providers.Factory(DraftListing, listings=ports, directory=ports)
    change = providers.Factory(
        ChangeListing, listings=ports, directory=ports, accounts=ports, rules=settings.provided.listings.rules
    )
    list_listings = providers.Factory(ListListings, register=ports, listings=ports)
    mark_let = providers.Factory(
        MarkLet, listings=ports, applications=ports, accounts=ports, directory=ports, clock=clock
    )
    receive_inquiry = providers.Factory(ReceiveInquiry, inquiries=ports, public=ports, listings=ports, clock=clock)
    tell_landlords = providers.Factory(
        TellLandlords, inquiries=ports, listings=ports, directory=ports, notifier=notifier
    )


def wired_listings(
    settings: Settings, store: Store, clock: Clock, notifier: Notifier | None = None
) -> ListingContainer:
    """The use cases over an open store; ``notifier`` None is the mail of the settings."""
    from marketplace_entrypoints.composition_identity import mail_of

    return ListingContainer(
        settings=providers.Object(settings),
        ports=providers.Object(store.ports),
        clock=providers.Object(clock),
        notifier=providers.Object(notifier or mail_of(settings, clock)),
    )


def pictures_of(settings: Settings) -> Pictures:
    """Where pictures are kept."""
    from marketplace_adapters.pictures import FolderPictures

    return FolderPictures(settings.listings.picture_folder(settings.data_folder))


def listing_portal(settings: Settings) -> PortalOutside:
    """The portal that the settings name; connected to with the first call."""
    make = load_adapter(PORTAL_GROUP, settings.listing_portal, LISTING_PORTALS)
    return cast("Callable[[Settings], PortalOutside]", make)(settings)


def cocorico(settings: Settings) -> PortalOutside:
    """Cocorico, as the settings say."""
    from marketplace_adapters.cocorico import Cocorico, CocoricoServer
    from marketplace_adapters.cocorico.care import CocoricoCare

    told = settings.cocorico
    told.require_whole()
    found = Cocorico(
        CocoricoServer(
            dsn=told.dsn.reveal(),
            currency=told.currency_there,
            locales=told.locales,
            categories=told.category_ids,
            country_names=told.country_names,
            pictures_folder=Path(told.images),
            zone=told.zone,
            days_a_month=told.days,
            end_is_inclusive=told.inclusive,
            cancellation_policy=told.policy,
            timeout_seconds=told.timeout,
        )
    )
    system = PortalOutside(found.listings, found.bookings, found.inquiries, CocoricoCare(found))
    # Its connections end with the system: whoever works with it need not know that there are any.
    weakref.finalize(system, found.close)
    return system


def cocorico_grants(database: str, user: str, host: str) -> list[str]:
    """The SQL of the account that we need there."""
    from marketplace_adapters.cocorico.grants import grants

    return grants(database, user, host)
