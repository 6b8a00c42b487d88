"""What is asked for, and what of other organizations and statuses is left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.fixtures.condo_reading import READ_STREAMS, ids_of

from marketplace_adapters.condo import Condo, Stream
from marketplace_adapters.condo.testing import CondoStandIn
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.errors import ConfigurationError, NotFound

pytestmark = pytest.mark.condo


@pytest.mark.parametrize("stream", READ_STREAMS)
def test_rows_of_other_organizations_are_not_told(
    stream: Stream, standin: CondoStandIn, connect: Callable[..., Condo]
) -> None:
    """Staff of both see both; ours asks for one."""
    other = [*standin.books.kind("Organization")][1]
    ours = ids_of(connect(token=standin.token_of("staff")), stream)
    kinds = {Stream.PROPERTIES: "Property", Stream.OCCUPANCIES: "Contact", Stream.TICKETS: "Ticket"}
    if stream is Stream.COMMENTS:
        ticket = next(iter(standin.books.kind("TicketComment").values())).values["ticket"]
        standin.hand.write("Ticket", str(ticket), organization=other)
    else:
        standin.hand.write(kinds[stream], ours[0], organization=other)
    left = ids_of(connect(token=standin.token_of("staff")), stream)
    assert len(left) == len(ours) - 1


def test_a_ticket_of_another_organization_is_not_written_to(
    standin: CondoStandIn, connect: Callable[..., Condo]
) -> None:
    """It is not found, whatever its id."""
    condo = connect(token=standin.token_of("staff"))
    ticket = next(iter(standin.books.kind("Ticket")))
    standin.hand.write("Ticket", ticket, organization=[*standin.books.kind("Organization")][1])
    with pytest.raises(NotFound):
        condo.sink.set_status(ticket, TicketStatus.CANCELLED)
    with pytest.raises(NotFound):
        condo.sink.add_comment(ticket, "hello")
    assert condo.tickets.ticket(ticket) is None


def test_an_organizations_own_status_goes_first(standin: CondoStandIn, condo: Condo) -> None:
    """Its id is looked up by type, among our own before those that all share, and kept."""
    own = standin.books.add(
        "TicketStatus", {"type": "canceled", "name": "Abgelehnt", "organization": standin.books.organization_id}
    )
    other = [*standin.books.kind("Organization")][1]
    standin.books.add("TicketStatus", {"type": "closed", "name": "Zu", "organization": other})
    tickets = ids_of(condo, Stream.TICKETS)
    for it in tickets[:3]:
        condo.sink.set_status(it, TicketStatus.CANCELLED)
        assert standin.books.kind("Ticket")[it].values["status"] == own
    shared = standin.books.named("TicketStatus", "type", "closed")
    condo.sink.set_status(tickets[0], TicketStatus.CLOSED)
    assert standin.books.kind("Ticket")[tickets[0]].values["status"] == shared
    assert standin.answering.asked.count("TicketStatuses") == 1


def test_a_status_that_is_not_there_is_said(standin: CondoStandIn, condo: Condo) -> None:
    """Somebody must make one."""
    standin.books.delete("TicketStatus", standin.books.named("TicketStatus", "type", "closed"))
    ticket = next(iter(standin.books.kind("Ticket")))
    with pytest.raises(ConfigurationError, match="type closed"):
        condo.sink.set_status(ticket, TicketStatus.CLOSED)


def test_a_deleted_ticket_leaves_its_comments(standin: CondoStandIn, condo: Condo) -> None:
    """They are told without it, and no page fails."""
    comments = ids_of(condo, Stream.COMMENTS)
    ticket = str(next(iter(standin.books.kind("TicketComment").values())).values["ticket"])
    standin.hand.delete_ticket(ticket)
    told = condo.tickets.comments(None, "", 100).rows
    assert sorted(it.external_id for it in told) == comments
    assert "" in {it.ticket_id for it in told}


def test_a_large_page_is_cut_to_what_condo_gives(standin: CondoStandIn, condo: Condo) -> None:
    """A thousand rows are the most; more comes with the cursor."""
    for _ in range(1200):
        standin.hand.add_ticket()
    page = condo.tickets.tickets(None, "", 5000)
    assert len(page.rows) == 1000
    assert page.next_cursor is not None
    assert len(ids_of(condo, Stream.TICKETS, 5000)) == 1208
