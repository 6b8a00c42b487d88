"""The Condo adapter keeps every promise of its ports, as a service user and as staff."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.fixtures.condo import condo_of

from marketplace_adapters.condo import Condo
from marketplace_adapters.condo.testing import CondoStandIn
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

pytestmark = pytest.mark.condo


class _OverCondo:
    @pytest.fixture
    def standin(self) -> Iterator[CondoStandIn]:
        """Give an empty Condo."""
        with CondoStandIn() as standin:
            yield standin

    @pytest.fixture(params=["service", "staff"])
    def user(self, request: pytest.FixtureRequest) -> str:
        """Who asks."""
        kind: str = request.param
        return kind

    @pytest.fixture
    def condo(self, standin: CondoStandIn, user: str) -> Iterator[Condo]:
        """Give the adapter over it."""
        condo = condo_of(standin, token=standin.token_of(user))
        yield condo
        condo.close()


class TestProperties(_OverCondo, PropertySourceContract):
    """The shipped suite over the adapter."""

    @pytest.fixture
    def property_place(self, condo: Condo, standin: CondoStandIn, user: str) -> PropertyPlace:
        """Give a place in it."""
        return PropertyPlace(condo.properties, standin.hand, user == "staff")


class TestOccupancies(_OverCondo, OccupancySourceContract):
    """The shipped suite over the adapter."""

    @pytest.fixture
    def occupancy_place(self, condo: Condo, standin: CondoStandIn, user: str) -> OccupancyPlace:
        """Give a place in it."""
        return OccupancyPlace(condo.occupancies, standin.hand, user == "staff")


class _Tickets(_OverCondo):
    @pytest.fixture
    def ticket_place(self, condo: Condo, standin: CondoStandIn, user: str) -> TicketPlace:
        """Give a place in it."""
        return TicketPlace(condo.tickets, standin.hand, user == "staff", user == "staff")


class TestTickets(_Tickets, TicketSourceContract):
    """The shipped suite over the adapter."""


class TestComments(_Tickets, TicketCommentsContract):
    """The shipped suite over the adapter."""


class TestSink(_OverCondo, TicketSinkContract):
    """The shipped suite over the adapter."""

    @pytest.fixture
    def sink_place(self, condo: Condo, standin: CondoStandIn) -> SinkPlace:
        """Give a place in it."""
        return SinkPlace(condo.tickets, condo.sink, standin.hand)
