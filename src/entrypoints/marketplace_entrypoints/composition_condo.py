"""The part of the composition root that puts a property manager's system outside together, a portfolio at a time."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, cast

from attrs import evolve
from dependency_injector import containers, providers

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.outside_property.occupancy_source import OccupancySource
from marketplace_core.ports.outside_property.property_care import PropertyCare
from marketplace_core.ports.outside_property.property_source import PropertySource
from marketplace_core.ports.outside_property.property_system import PropertySystem
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.ports.outside_property.ticket_sink import TicketSink
from marketplace_core.ports.outside_property.ticket_source import TicketSource
from marketplace_core.services.maintenance.pushing import PushTickets
from marketplace_core.services.maintenance.syncing import SyncTickets
from marketplace_core.services.maintenance.taking import TakeTicket
from marketplace_core.services.outside_property.assigning import AssignCertain, AssignOccupancy, ProposeOccupancies
from marketplace_core.services.outside_property.occupancies import DiffOccupancies, OccupancySync, SyncOccupancies
from marketplace_core.services.outside_property.properties import DiffProperties, PropertySync, SyncProperties
from marketplace_core.services.outside_property.watching import WatchSystem
from marketplace_entrypoints.adapters import Home, load_adapter
from marketplace_entrypoints.condo_settings import LONGEST_WAIT_SECONDS, PROPERTY_GROUP
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import EveryPort, Store

if TYPE_CHECKING:
    from marketplace_entrypoints.composition import Container

PROPERTY_SYSTEMS: Final = {"condo": Home("marketplace_entrypoints.composition_condo:condo", "condo")}
"""The systems by the name in the setting ``property_system``: what makes those of the settings."""

Systems = Mapping[PortfolioId, PropertySystem]
"""Each portfolio's place in the system."""


class PropertyContainer(containers.DeclarativeContainer):
    """Each use case of a portfolio's system outside with the ports that it needs."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    properties: providers.Dependency[PropertySource] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    occupancies: providers.Dependency[OccupancySource] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    tickets: providers.Dependency[TicketSource] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    sink: providers.Dependency[TicketSink] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    care: providers.Dependency[PropertyCare] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    ports: providers.Dependency[EveryPort] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    progress: providers.Dependency[SyncProgress] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    clock: providers.Dependency[Clock] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    proposals: providers.Dependency[ProposeOccupancies] = providers.Dependency(instance_of=ProposeOccupancies)
    assign: providers.Dependency[AssignOccupancy] = providers.Dependency(instance_of=AssignOccupancy)

    page = settings.provided.condo.page
    system = settings.provided.property_system
    property_sync = providers.Factory(
        PropertySync, source=properties, books=ports, links=ports, directory=ports, page_size=page
    )
    sync_properties = providers.Factory(SyncProperties, sync=property_sync, progress=progress, clock=clock)
    diff_properties = providers.Factory(DiffProperties, sync=property_sync)
    occupancy_sync = providers.Factory(
        OccupancySync, source=occupancies, occupancies=ports, directory=ports, page_size=page
    )
    sync_occupancies = providers.Factory(SyncOccupancies, sync=occupancy_sync, progress=progress, clock=clock)
    diff_occupancies = providers.Factory(DiffOccupancies, sync=occupancy_sync, clock=clock)
    assign_certain = providers.Factory(
        AssignCertain,
        proposals=proposals,
        assign=assign,
        is_on=settings.provided.condo.link_verified,
    )
    take_ticket = providers.Factory(TakeTicket, tickets=ports, directory=ports, clock=clock, system=system)
    sync_tickets = providers.Factory(
        SyncTickets, source=tickets, take=take_ticket, tickets=ports, progress=progress, clock=clock, page=page
    )
    push_tickets = providers.Factory(
        PushTickets,
        source=tickets,
        sink=sink,
        take=take_ticket,
        tickets=ports,
        clock=clock,
        timeout=settings.provided.condo.write_time,
        quiet=settings.provided.condo.quiet_time,
        page=page,
    )
    watch = providers.Factory(WatchSystem, care=care, progress=progress, clock=clock)


def wired_portfolio(
    settings: Settings, store: Store, container: Container, progress: SyncProgress, system: PropertySystem
) -> PropertyContainer:
    """The use cases of one portfolio's place in the system."""
    return PropertyContainer(
        settings=providers.Object(settings),
        properties=providers.Object(system.properties),
        occupancies=providers.Object(system.occupancies),
        tickets=providers.Object(system.tickets),
        sink=providers.Object(system.sink),
        care=providers.Object(system.care),
        ports=providers.Object(store.ports),
        progress=providers.Object(progress),
        clock=providers.Object(container.clock()),
        proposals=providers.Object(container.propose_occupancies()),
        assign=providers.Object(container.assign_occupancy()),
    )


def property_systems(settings: Settings) -> Systems:
    """Those of the system that the settings name; connected to with the first call."""
    make = load_adapter(PROPERTY_GROUP, settings.property_system, PROPERTY_SYSTEMS)
    return cast("Callable[[Settings], Systems]", make)(settings)


def condo(settings: Settings) -> Systems:
    """Condo, as the settings say: one organization a portfolio, all read as one account."""
    told = settings.condo
    told.require_whole()
    from marketplace_adapters.condo import Condo, CondoCare, CondoServer

    server = CondoServer(
        url=told.url,
        organization_id=next(iter(told.portfolios.values())),
        token=told.token.reveal(),
        email=told.email,
        phone=told.phone,
        password=told.password.reveal(),
        roles=told.roles_by_name,
        timeout_seconds=told.timeout,
        longest_wait_seconds=LONGEST_WAIT_SECONDS,
    )
    first = Condo(server)
    still_used = {*told.portfolios}

    def no_longer_used(portfolio_id: PortfolioId) -> None:
        still_used.discard(portfolio_id)
        if not still_used:
            first.close()

    def system_of(portfolio_id: PortfolioId, organization: str) -> PropertySystem:
        found = Condo(evolve(server, organization_id=organization), beside=first)
        system = PropertySystem(found.properties, found.occupancies, found.tickets, found.sink, CondoCare(found))
        # Their connections end with the last system: whoever works with one need not know that there are any.
        weakref.finalize(system, no_longer_used, portfolio_id)
        return system

    return {portfolio_id: system_of(portfolio_id, it) for portfolio_id, it in told.portfolios.items()}
