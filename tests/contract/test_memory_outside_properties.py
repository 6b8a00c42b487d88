"""The property manager's system in memory keeps every promise of its ports, told deleted rows or not."""

from __future__ import annotations

import pytest

from marketplace_core.testing.contracts import (
    OccupancyPlace,
    OccupancySourceContract,
    PropertyPlace,
    PropertySourceContract,
    SinkPlace,
    TicketCommentsContract,
    TicketPlace,
    TicketSinkContract,
    TicketSourceContract,
)
from marketplace_core.testing.outside_property import MemoryOutsideProperties


class _OverMemory:
    @pytest.fixture(params=[False, True], ids=["service", "staff"])
    def system(self, request: pytest.FixtureRequest) -> MemoryOutsideProperties:
        """Give a fresh system."""
        return MemoryOutsideProperties(tells_deleted=request.param)


class TestProperties(_OverMemory, PropertySourceContract):
    """The shipped suite over the fake."""

    @pytest.fixture
    def property_place(self, system: MemoryOutsideProperties) -> PropertyPlace:
        """Give a place in it."""
        return PropertyPlace(system, system.by_hand, system.tells_deleted)


class TestOccupancies(_OverMemory, OccupancySourceContract):
    """The shipped suite over the fake."""

    @pytest.fixture
    def occupancy_place(self, system: MemoryOutsideProperties) -> OccupancyPlace:
        """Give a place in it."""
        return OccupancyPlace(system, system.by_hand, system.tells_deleted)


class _Tickets(_OverMemory):
    @pytest.fixture
    def ticket_place(self, system: MemoryOutsideProperties) -> TicketPlace:
        """Give a place in it."""
        return TicketPlace(system, system.by_hand, system.tells_deleted)


class TestTickets(_Tickets, TicketSourceContract):
    """The shipped suite over the fake."""


class TestComments(_Tickets, TicketCommentsContract):
    """The shipped suite over the fake."""


class TestSink(_OverMemory, TicketSinkContract):
    """The shipped suite over the fake."""

    @pytest.fixture
    def sink_place(self, system: MemoryOutsideProperties) -> SinkPlace:
        """Give a place in it."""
        return SinkPlace(system, system, system.by_hand)
