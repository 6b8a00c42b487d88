"""An account that may not do everything: what is denied says so, and stops nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.fixtures.condo_reading import READ_STREAMS, ids_of

from marketplace_adapters.condo import Condo, Stream
from marketplace_adapters.condo.testing import CondoStandIn
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.errors import ConfigurationError

pytestmark = pytest.mark.condo

LISTS = {
    Stream.PROPERTIES: "allProperties",
    Stream.OCCUPANCIES: "allContacts",
    Stream.TICKETS: "allTickets",
    Stream.COMMENTS: "allTicketComments",
}


@pytest.mark.parametrize("introspects", [True, False])
@pytest.mark.parametrize("stream", READ_STREAMS)
def test_a_list_that_is_denied_stops_its_stream_alone(
    stream: Stream,
    introspects: bool,  # noqa: FBT001
    standin: CondoStandIn,
    connect: Callable[..., Condo],
) -> None:
    """Also where Condo does not tell its schema, as in production, so that a look asks for rows of each list."""
    standin.answering.introspects = introspects
    standin.answering.denied.add(LISTS[stream])
    condo = connect()
    for it in READ_STREAMS:
        if it is not stream:
            assert ids_of(condo, it)
    with pytest.raises(ConfigurationError, match=r"denies us that.* right in the organization"):
        ids_of(condo, stream)
    assert not condo.check().is_degraded


@pytest.mark.parametrize("introspects", [True, False])
def test_statuses_that_are_denied_stop_writing_alone(
    introspects: bool,  # noqa: FBT001
    standin: CondoStandIn,
    connect: Callable[..., Condo],
) -> None:
    """Everything is read, a comment is written; a status is said to be denied."""
    standin.answering.introspects = introspects
    standin.answering.denied.add("allTicketStatuses")
    condo = connect()
    assert all(ids_of(condo, it) for it in READ_STREAMS)
    ticket_id = ids_of(condo, Stream.TICKETS)[0]
    assert condo.sink.add_comment(ticket_id, "We are on our way")
    with pytest.raises(ConfigurationError, match="denies us that"):
        condo.sink.set_status(ticket_id, TicketStatus.CANCELLED)
