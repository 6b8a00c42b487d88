"""A Condo that is another one than was measured: the streams that need what changed stand still, the others go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from tests.fixtures.condo import Clocks
from tests.fixtures.condo_reading import READ_STREAMS, ids_of, pages_of

from marketplace_adapters.condo import Condo, Stream
from marketplace_adapters.condo.testing import CondoStandIn, Drift
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.errors import PartnerDrift

pytestmark = pytest.mark.condo

TICKETS: Final = {Stream.TICKETS, Stream.PUSH_BACK}
ALL: Final = set(Stream)
EDITS: Final[list[tuple[str, Callable[[Drift], None], set[Stream], str]]] = [
    ("dropped", lambda it: it.drop("Ticket", "number"), TICKETS, "Ticket.number is gone"),
    (
        "renamed",
        lambda it: it.rename("Contact", "unitName", "flatName"),
        {Stream.OCCUPANCIES},
        "Contact.unitName is gone",
    ),
    (
        "nullable label",
        lambda it: it.retype("BuildingUnit", "label", "String"),
        {Stream.PROPERTIES},
        "BuildingUnit.label is String, and was String!",
    ),
    ("nullable id", lambda it: it.retype("Ticket", "id", "ID"), TICKETS | {Stream.COMMENTS}, "Ticket.id is ID"),
    ("retyped", lambda it: it.retype("Ticket", "v", "String"), TICKETS, "Ticket.v is String, and was Int"),
    ("list", lambda it: it.retype("Property", "map", "[BuildingMap]"), {Stream.PROPERTIES}, "Property.map"),
    ("unit kind", lambda it: it.add_member("BuildingUnitSubType", "attic"), {Stream.PROPERTIES}, "new member attic"),
    (
        "contact's kind",
        lambda it: it.add_member("ContactUnitTypeType", "attic"),
        {Stream.OCCUPANCIES},
        "new member attic",
    ),
    ("ticket's kind", lambda it: it.add_member("TicketUnitTypeType", "attic"), TICKETS, "new member attic"),
    ("status", lambda it: it.add_member("TicketStatusTypeType", "archived"), TICKETS, "new member archived"),
    ("comment", lambda it: it.add_member("TicketCommentTypeType", "bot"), {Stream.COMMENTS}, "new member bot"),
    (
        "order",
        lambda it: it.drop_member("SortContactsBy", "updatedAt_ASC"),
        {Stream.OCCUPANCIES},
        "no member updatedAt_ASC",
    ),
    ("list dropped", lambda it: it.drop("Query", "allTicketComments"), {Stream.COMMENTS}, "allTicketComments is gone"),
    (
        "filter",
        lambda it: it.drop("ContactWhereInput", "updatedAt_gte"),
        {Stream.OCCUPANCIES},
        "takes no updatedAt_gte",
    ),
    (
        "filter's type",
        lambda it: it.retype("ContactWhereInput", "updatedAt_gte", "Int"),
        {Stream.OCCUPANCIES},
        "as Int",
    ),
    ("mutation", lambda it: it.drop("Mutation", "updateTicket"), {Stream.PUSH_BACK}, "updateTicket is gone"),
    (
        "more to be sent",
        lambda it: it.add_field("TicketUpdateInput", "reason: String!"),
        {Stream.PUSH_BACK},
        "TicketUpdateInput wants reason",
    ),
    ("sender", lambda it: it.drop("SenderFieldInput", "fingerprint"), {Stream.PUSH_BACK}, "takes no fingerprint"),
]


@pytest.mark.parametrize(("edit", "stopped", "says"), [it[1:] for it in EDITS], ids=[it[0] for it in EDITS])
def test_what_needs_it_stands_still(
    edit: Callable[[Drift], None], stopped: set[Stream], says: str, standin: CondoStandIn, condo: Condo
) -> None:
    """It is named, nothing of it is told or written, and the others are read."""
    edit(standin.drift)
    state = condo.check()
    assert state.is_degraded
    assert {it for it, reason in state.drift.items() if reason} == stopped
    assert all(says in state.drift[it] for it in stopped)
    for stream in READ_STREAMS:
        if stream in stopped:
            with pytest.raises(PartnerDrift, match="stands still"):
                next(pages_of(condo, stream))
        else:
            assert ids_of(condo, stream)
    if Stream.PUSH_BACK in stopped:
        ticket = next(iter(standin.books.kind("Ticket")))
        for write in (
            lambda: condo.sink.set_status(ticket, TicketStatus.CANCELLED),
            lambda: condo.sink.add_comment(ticket, "x"),
        ):
            with pytest.raises(PartnerDrift):
                write()
        assert "UpdateTicket" not in standin.answering.asked


@pytest.mark.parametrize(
    "edit",
    [
        lambda it: it.retype("Ticket", "number", "Int!"),
        lambda it: it.retype("BuildingFloor", "units", "[BuildingUnit!]!"),
        lambda it: it.add_field("Ticket", "colour: String!"),
        lambda it: it.add_field("TicketUpdateInput", "colour: String"),
        lambda it: it.add_field("TicketUpdateInput", 'colour: String! = "red"'),
        lambda it: it.drop_member("TicketUnitTypeType", "warehouse"),
        lambda it: it.retype("TicketStatusWhereUniqueInput", "id", "ID"),
    ],
    ids=["stricter", "stricter list", "more", "more to send", "a default", "a member less", "laxer input"],
)
def test_what_we_can_live_with_stops_nothing(
    edit: Callable[[Drift], None], standin: CondoStandIn, condo: Condo
) -> None:
    """More than we need, stricter in what is read, laxer in what is sent."""
    edit(standin.drift)
    assert not condo.check().is_degraded


def test_the_schema_is_looked_at_before_the_first_row(standin: CondoStandIn, condo: Condo) -> None:
    """Nobody has to ask for it."""
    standin.drift.add_member("TicketUnitTypeType", "attic")
    with pytest.raises(PartnerDrift, match="attic"):
        condo.tickets.tickets(None, "", 10)
    assert standin.answering.asked == ["WhoAmI", "Shape"]


def test_it_is_looked_at_again(standin: CondoStandIn, condo: Condo, clocks: Clocks) -> None:
    """A drift that comes is seen within the hour, one that goes within a minute."""
    condo.tickets.tickets(None, "", 10)
    whole = standin.drift.schema
    standin.drift.add_member("TicketUnitTypeType", "attic")
    condo.tickets.tickets(None, "", 10)
    clocks.seconds += 3601
    with pytest.raises(PartnerDrift):
        condo.tickets.tickets(None, "", 10)
    standin.drift.schema = whole
    clocks.seconds += 61
    assert condo.tickets.tickets(None, "", 10).rows


def test_a_version_of_what_is_used(standin: CondoStandIn, condo: Condo) -> None:
    """It stays while what we use stays, whatever else changes, and is another one when that does."""
    before = condo.check().version
    standin.drift.add_field("Ticket", "colour: String")
    assert condo.check().version == before
    standin.drift.retype("Ticket", "number", "Int!")
    assert condo.check().version not in ("", before)


def test_a_condo_that_does_not_tell_its_schema(standin: CondoStandIn, condo: Condo) -> None:
    """As many in production: the queries themselves are tried, and all goes on."""
    standin.answering.introspects = False
    state = condo.check()
    assert (state.is_degraded, state.version, state.user_type) == (False, "", "service")
    assert "introspection" in state.untold
    assert all(ids_of(condo, it) for it in READ_STREAMS)


def test_drift_of_a_condo_that_does_not_tell_its_schema(standin: CondoStandIn, condo: Condo) -> None:
    """A field that is gone is said by the query that needs it; the other streams go on."""
    standin.answering.introspects = False
    standin.drift.drop("Contact", "unitName")
    state = condo.check()
    assert {it for it, reason in state.drift.items() if reason} == {Stream.OCCUPANCIES}
    assert "unitName" in state.drift[Stream.OCCUPANCIES]
    assert ids_of(condo, Stream.TICKETS)


def test_a_value_that_we_do_not_know_is_drift_when_it_comes(standin: CondoStandIn, condo: Condo) -> None:
    """Where no schema told it before: the page is not told, and the row is named."""
    standin.answering.introspects = False
    standin.drift.add_member("TicketUnitTypeType", "attic")
    ticket = next(iter(standin.books.kind("Ticket")))
    standin.hand.write("Ticket", ticket, unitType="attic")
    with pytest.raises(PartnerDrift, match=f"{ticket}.unitType is not one of"):
        condo.tickets.tickets(None, "", 100)


def test_drift_that_is_met_is_told_by_the_state(standin: CondoStandIn, condo: Condo, clocks: Clocks) -> None:
    """The stream stands still without asking again and again; once the row is mended it goes on within a minute."""
    standin.answering.introspects = False
    condo.check()
    ticket = next(iter(standin.books.kind("Ticket")))
    standin.hand.write("Ticket", ticket, number=None)
    with pytest.raises(PartnerDrift, match="number"):
        condo.tickets.tickets(None, "", 100)
    state = condo.last_state
    assert {it for it, reason in state.drift.items() if reason} == {Stream.TICKETS}
    assert f"{ticket}.number" in state.drift[Stream.TICKETS]
    asked = len(standin.answering.asked)
    with pytest.raises(PartnerDrift, match="stands still"):
        condo.tickets.tickets(None, "", 100)
    assert len(standin.answering.asked) == asked
    standin.hand.write("Ticket", ticket, number=1)
    clocks.seconds += 61
    assert condo.tickets.tickets(None, "", 100).rows
    assert not condo.last_state.is_degraded
