"""The property manager's system of an open store: one place for the command line, HTTP and workers to get its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.occupancy import OccupancyChange
from marketplace_core.domain.outside_property.changes import PropertyChange
from marketplace_core.domain.outside_property.progress import SyncRun
from marketplace_core.domain.outside_property.records import OutsideProperty
from marketplace_core.errors import AdapterMissing, ConfigurationError
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.services.outside_property.overview import PropertyOverview
from marketplace_core.services.outside_property.streams import RunStreams, SyncEveryStream
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketplace_core.ports.outside_property.property_system import PropertySystem
    from marketplace_entrypoints.composition import Container
    from marketplace_entrypoints.composition_condo import PropertyContainer


AnyChange = PropertyChange | OccupancyChange


def _tell_nobody(_: int) -> None:
    pass


@define(slots=False)
class OutsideProperties:
    """Parts by portfolio, made on use: what is only read from our own books asks for no settings of the system.

    ``systems`` are given by tests; else the settings say which they are.
    """

    settings: Settings
    store: Store
    container: Container
    given: Mapping[PortfolioId, PropertySystem] | None = field(default=None, repr=False)
    _made: dict[PortfolioId, PropertyContainer] = field(factory=dict["PortfolioId", "PropertyContainer"], init=False)

    @property
    def name(self) -> str:
        """What the system is called, as in links."""
        return self.settings.property_system

    @cached_property
    def systems(self) -> Mapping[PortfolioId, PropertySystem]:
        """Each portfolio's place in it; ``ConfigurationError`` where the settings do not say all."""
        if self.given is not None:
            return self.given
        from marketplace_entrypoints.composition_condo import property_systems

        return property_systems(self.settings)

    @property
    def portfolios(self) -> tuple[PortfolioId, ...]:
        """Those that are read from there; ``ConfigurationError`` where there are none, for then all would seem well."""
        if self.name == "condo" and self.given is None:
            return tuple(self.settings.condo.named_portfolios)
        return tuple(self.systems)

    @property
    def progress(self) -> SyncProgress:
        """How far each stream is read."""
        if self.store.sync_progress is None:
            raise AdapterMissing(f"the store {self.settings.store!r} keeps nothing of a property manager's system")
        return self.store.sync_progress

    def of(self, portfolio_id: PortfolioId) -> PropertyContainer:
        """A portfolio's use cases."""
        if portfolio_id not in self._made:
            from marketplace_entrypoints.composition_condo import wired_portfolio

            system = self.systems.get(portfolio_id)
            if system is None:
                raise ConfigurationError(
                    f"no organization in {self.name} is portfolio {portfolio_id}: name it in {self.name}.organizations"
                )
            made = wired_portfolio(self.settings, self.store, self.container, self.progress, system)
            self._made[portfolio_id] = made
        return self._made[portfolio_id]

    def diff_sql(self, portfolio_id: PortfolioId) -> Iterator[str]:
        """SQL, piece by piece, that shows how properties and units differ from what the system tells now."""
        if self.store.diff_sql is None:
            raise AdapterMissing(f"the store {self.settings.store!r} writes no SQL")
        return self.store.diff_sql(portfolio_id, self.name, self._pages(portfolio_id))

    def _pages(self, portfolio_id: PortfolioId) -> Iterator[Sequence[OutsideProperty]]:
        source, cursor = self.of(portfolio_id).properties(), ""
        while True:
            page = source.properties(None, cursor, self.settings.condo.page)
            yield page.rows
            if page.next_cursor is None:
                return
            cursor = page.next_cursor

    def overview(self) -> PropertyOverview:
        """How everything stands, by our own books."""
        oldest = self.settings.condo.oldest_good_run
        return PropertyOverview(self.progress, self.container.clock(), self.name, self.portfolios, oldest)

    def streams(
        self,
        portfolio_id: PortfolioId,
        *,
        whole: bool = False,
        accept_gone: bool = False,
        sweeps: bool = True,
        tell: Callable[[int], None] = _tell_nobody,
    ) -> SyncEveryStream:
        """What brings a portfolio in step, stream by stream; ``tell`` hears how many changes there are more.

        Without ``sweeps`` all ids are looked through only where the settings say that it is time.
        """
        every = None if sweeps else self.settings.condo.sweep_time
        books = self.of(portfolio_id)

        def properties(command: Command) -> tuple[SyncRun, ...]:
            sync = evolve(books.sync_properties(), accept_gone=accept_gone, sweep_every=every)
            return (sync(command, self.name, whole=whole, tell=tell),)

        def occupancies(command: Command) -> tuple[SyncRun, ...]:
            sync = evolve(books.sync_occupancies(), accept_gone=accept_gone, sweep_every=every)
            run = sync(command.portfolio_id, self.name, whole=whole, tell=lambda _: tell(1))
            linked = books.assign_certain()(command.part("occupancies"))
            return (run.counted({"linked": len(linked)}) if linked else run,)

        def tickets(command: Command) -> tuple[SyncRun, ...]:
            sync = evolve(books.sync_tickets(), accept_gone=accept_gone)
            return sync(command.portfolio_id, whole=whole)

        found: dict[str, RunStreams] = {
            "properties": properties,
            "occupancies": occupancies,
            "tickets": tickets,
        }
        return SyncEveryStream(found)


def outside_properties(store: Store, container: Container) -> OutsideProperties:
    """The parts; ``ConfigurationError`` where no system is named."""
    found = outside_properties_if_any(store, container)
    if found is None:
        raise ConfigurationError(
            "no property manager's system is named: set property_system to condo, and what [condo] needs"
        )
    return found


def outside_properties_if_any(store: Store, container: Container) -> OutsideProperties | None:
    """The parts where a system is named, else None; to be made once a process."""
    settings = container.settings()
    return OutsideProperties(settings, store, container) if settings.property_system else None
