"""The points that Condo counts: they are read, waited for where that is short, and said where it is long."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.fixtures.condo import Clocks
from tests.fixtures.condo_reading import ids_of

from marketplace_adapters.condo import Condo, Stream
from marketplace_adapters.condo.testing import CondoStandIn, FaultKind
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.errors import PartnerUnavailable

pytestmark = pytest.mark.condo


def test_points_are_read_from_the_headers(condo: Condo) -> None:
    """What is left goes down with each page, by two for each hundred rows."""
    condo.tickets.tickets(None, "", 10)
    before = condo.last_state.points
    condo.tickets.tickets(None, "", 250)
    after = condo.last_state.points
    assert before.limit == after.limit == 50_000
    assert before.remaining is not None
    assert after.remaining == before.remaining - 6


def test_a_short_want_of_points_is_waited_for(standin: CondoStandIn, condo: Condo, clocks: Clocks) -> None:
    """Then it goes on as if nothing had been, and a write is done once."""
    ticket = ids_of(condo, Stream.TICKETS)[0]
    standin.faults.add(FaultKind.RATE_LIMIT, "UpdateTicket", seconds=10)
    told = condo.sink.set_status(ticket, TicketStatus.CANCELLED)
    assert told.status is TicketStatus.CANCELLED
    assert clocks.slept == [11.0]
    assert standin.answering.asked.count("UpdateTicket") == 1


def test_a_long_want_of_points_says_until_when(standin: CondoStandIn, condo: Condo, clocks: Clocks) -> None:
    """Nothing more is sent, for a refused call costs points too; afterwards it goes on."""
    condo.tickets.tickets(None, "", 10)
    standin.faults.add(FaultKind.RATE_LIMIT, "Tickets", seconds=1800)
    with pytest.raises(PartnerUnavailable, match="until 2026-01-05T08:30:01"):
        condo.tickets.tickets(None, "", 10)
    asked = len(standin.answering.asked)
    with pytest.raises(PartnerUnavailable, match="used up"):
        condo.tickets.tickets(None, "", 10)
    assert len(standin.answering.asked) == asked
    clocks.sleep(1802)
    assert condo.tickets.tickets(None, "", 10).rows


def test_when_none_are_left_nothing_is_sent(standin: CondoStandIn, connect: Callable[..., Condo]) -> None:
    """Zero is told with a well answer: the next call is not tried, and so does not count."""
    standin.answering.known_points = 6
    condo = connect()
    condo.tickets.tickets(None, "", 10)
    condo.tickets.tickets(None, "", 10)
    asked = len(standin.answering.asked)
    with pytest.raises(
        PartnerUnavailable, match="points of 6 are used up: nothing is sent to it until 2026-01-05T09:00"
    ):
        condo.tickets.tickets(None, "", 10)
    assert len(standin.answering.asked) == asked


def test_it_is_waited_for_once(standin: CondoStandIn, condo: Condo, clocks: Clocks) -> None:
    """A Condo that refuses again and again is no loop."""
    condo.tickets.tickets(None, "", 10)
    standin.faults.add(FaultKind.RATE_LIMIT, "Tickets", times=99, seconds=5)
    with pytest.raises(PartnerUnavailable, match="used up"):
        condo.tickets.tickets(None, "", 10)
    assert len(clocks.slept) == 1
