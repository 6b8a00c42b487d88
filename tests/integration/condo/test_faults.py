"""Slow, broken and partial answers: what is read is whole or not at all, and nothing is written twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from tests.fixtures.condo import Clocks, server_of
from tests.fixtures.condo_reading import READ_STREAMS, ids_of, pages_of
from typing_extensions import override

from marketplace_adapters.condo import Condo, Stream
from marketplace_adapters.condo.testing import BEGINNING, CondoStandIn, FaultKind
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.errors import ConfigurationError, MarketplaceError, NotFound, PartnerUnavailable, RuleViolation

pytestmark = pytest.mark.condo

PASSING = [
    FaultKind.SLOW,
    FaultKind.RESET,
    FaultKind.HALF_BODY,
    FaultKind.CUT_JSON,
    FaultKind.HTML,
    FaultKind.BAD_GATEWAY,
]
OF_STREAM = {
    Stream.PROPERTIES: "Properties",
    Stream.OCCUPANCIES: "Contacts",
    Stream.TICKETS: "Tickets",
    Stream.COMMENTS: "TicketComments",
}
SHORT_SECONDS = 0.5
LONG_SECONDS = 1.0


@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_passes_is_not_noticed(
    kind: FaultKind, standin: CondoStandIn, connect: Callable[..., Condo]
) -> None:
    """A page that did not come whole is asked for again, and nothing is lost or double."""
    whole = ids_of(connect(), Stream.TICKETS)
    standin.faults.add(kind, "Tickets", skip=1, seconds=LONG_SECONDS)
    told = [
        it.external_id for page in pages_of(connect(timeout_seconds=SHORT_SECONDS), Stream.TICKETS) for it in page.rows
    ]
    assert sorted(told) == whole


@pytest.mark.parametrize("kind", [*PASSING, FaultKind.DRIPPING, FaultKind.INTERNAL, FaultKind.PARTIAL])
@pytest.mark.parametrize("stream", READ_STREAMS)
def test_a_fault_that_stays_tells_nothing(
    kind: FaultKind, stream: Stream, standin: CondoStandIn, connect: Callable[..., Condo]
) -> None:
    """No page is half told; when it is well again reading goes on at its cursor."""
    condo = connect(timeout_seconds=SHORT_SECONDS / 2, attempts=2, failures_to_open=100)
    whole = ids_of(condo, stream)
    condo_pages = pages_of(condo, stream, limit=1)
    first = next(condo_pages)
    standin.faults.add(kind, OF_STREAM[stream], times=2, seconds=LONG_SECONDS / 2)
    with pytest.raises((PartnerUnavailable, ConfigurationError)):
        next(condo_pages)
    standin.faults.script.clear()
    assert ids_of(condo, stream) == whole
    assert first.next_cursor is not None


def test_partial_data_are_never_taken(standin: CondoStandIn, condo: Condo) -> None:
    """One row is missing and an error stands beside them: an error it is."""
    standin.faults.add(FaultKind.PARTIAL, "Tickets", times=99)
    with pytest.raises(MarketplaceError, match="AccessDeniedError"):
        condo.tickets.tickets(None, "", 100)


@pytest.mark.parametrize(
    "kind", [FaultKind.LOST_REPLY, FaultKind.HALF_BODY, FaultKind.CUT_JSON, FaultKind.RESET, FaultKind.HTML]
)
def test_a_status_is_sent_once(kind: FaultKind, standin: CondoStandIn, condo: Condo) -> None:
    """However it fails it is not sent again from inside; the next time it is read first, and not written twice."""
    ticket = ids_of(condo, Stream.TICKETS)[0]
    condo.sink.set_status(ticket, TicketStatus.CANCELLED)
    before = _version(condo, ticket)
    standin.faults.add(kind, "UpdateTicket")
    with pytest.raises(PartnerUnavailable):
        condo.sink.set_status(ticket, TicketStatus.IN_PROGRESS)
    assert standin.answering.asked.count("UpdateTicket") == (1 if kind in (FaultKind.RESET, FaultKind.HTML) else 2)
    told = condo.sink.set_status(ticket, TicketStatus.IN_PROGRESS)
    assert (told.status, told.version) == (TicketStatus.IN_PROGRESS, before + 1)


def test_a_write_that_is_told_in_part_is_not_taken_for_refused(standin: CondoStandIn, condo: Condo) -> None:
    """It was done, though an error stands beside it: whoever asks is told to look."""
    ticket = ids_of(condo, Stream.TICKETS)[0]
    standin.faults.add(FaultKind.PARTIAL, "UpdateTicket")
    with pytest.raises(PartnerUnavailable, match="look what stands there"):
        condo.sink.set_status(ticket, TicketStatus.CANCELLED)
    told = condo.tickets.ticket(ticket)
    assert told is not None
    assert told.status is TicketStatus.CANCELLED


def test_a_comment_is_sent_once(standin: CondoStandIn, condo: Condo) -> None:
    """It has no key: whether it stands there is for whoever reads to find."""
    ticket = ids_of(condo, Stream.TICKETS)[0]
    before = len(ids_of(condo, Stream.COMMENTS))
    standin.faults.add(FaultKind.LOST_REPLY, "AddTicketComment")
    with pytest.raises(PartnerUnavailable):
        condo.sink.add_comment(ticket, "We come tomorrow")
    assert len(ids_of(condo, Stream.COMMENTS)) == before + 1


def test_a_comment_says_whose_it_is(standin: CondoStandIn, condo: Condo) -> None:
    """Condo takes one only from whoever is signed in; who that is is asked once."""
    ticket = ids_of(condo, Stream.TICKETS)[0]
    for made in [condo.sink.add_comment(ticket, "hello") for _ in range(2)]:
        stands = standin.books.kind("TicketComment")[made].values
        assert (stands["type"], standin.books.users[str(stands["user"])].kind) == ("organization", "service")
    assert standin.answering.asked.count("WhoAmI") == 1


def test_a_schema_that_is_refused_for_any_reason_is_asked_for_by_queries(standin: CondoStandIn, condo: Condo) -> None:
    """It stops nothing that works."""
    standin.faults.add(FaultKind.INTERNAL, "Shape", times=99)
    state = condo.check()
    assert (state.is_degraded, state.version) == (False, "")
    assert "Shape" in state.untold
    assert ids_of(condo, Stream.TICKETS)


def test_after_failures_in_a_row_nothing_is_sent(standin: CondoStandIn, connect: Callable[..., Condo]) -> None:
    """Calls fail at once until the cooldown is over, and one goes through."""
    condo = connect(attempts=1, failures_to_open=3, cooldown_seconds=1000.0)
    condo.tickets.tickets(None, "", 10)
    standin.faults.add(FaultKind.BAD_GATEWAY, times=3)
    for _ in range(3):
        with pytest.raises(PartnerUnavailable, match="502"):
            condo.tickets.tickets(None, "", 10)
    asked = len(standin.answering.asked)
    with pytest.raises(PartnerUnavailable, match="3 times in a row"):
        condo.tickets.tickets(None, "", 10)
    assert len(standin.answering.asked) == asked


def test_a_ticket_that_is_deleted_meanwhile_is_not_found(
    standin: CondoStandIn, condo: Condo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the write, too."""
    ticket = ids_of(condo, Stream.TICKETS)[0]
    condo.sink.set_status(ticket, TicketStatus.CANCELLED)
    answer = standin.answering.answer

    def deleting(request: dict[str, object], authorization: str) -> object:
        if request["operationName"] == "UpdateTicket":
            standin.hand.delete_ticket(ticket)
        return answer(request, authorization)

    monkeypatch.setattr(standin.answering, "answer", deleting)
    with pytest.raises(NotFound, match="Already deleted"):
        condo.sink.set_status(ticket, TicketStatus.OPEN)


def test_a_deferral_without_a_day_is_not_even_sent(standin: CondoStandIn, condo: Condo) -> None:
    """Condo would refuse it too, in words that are told."""
    ticket = ids_of(condo, Stream.TICKETS)[0]
    asked = len(standin.answering.asked)
    with pytest.raises(RuleViolation):
        condo.sink.set_status(ticket, TicketStatus.ON_HOLD)
    assert len(standin.answering.asked) == asked
    standin.hand.move_to(BEGINNING + timedelta(days=400))
    until = BEGINNING + timedelta(days=500)
    assert condo.sink.set_status(ticket, TicketStatus.ON_HOLD, deferred_until=until).deferred_until == until


def test_a_clock_of_ours_that_is_wrong_is_told_in_their_words(
    standin: CondoStandIn, condo: Condo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What we let pass and Condo refuses is a rule's violation, with its reason."""
    ticket = ids_of(condo, Stream.TICKETS)[0]
    answer = standin.answering.answer

    def late(request: dict[str, object], authorization: str) -> object:
        standin.hand.move_to(BEGINNING + timedelta(days=3 if request["operationName"] == "UpdateTicket" else 0))
        return answer(request, authorization)

    monkeypatch.setattr(standin.answering, "answer", late)
    with pytest.raises(RuleViolation, match="in the future"):
        condo.sink.set_status(ticket, TicketStatus.ON_HOLD, deferred_until=BEGINNING + timedelta(days=1))


def _version(condo: Condo, ticket: str) -> int:
    told = condo.tickets.ticket(ticket)
    assert told is not None
    return told.version


class Slow(httpx.BaseTransport):
    """Passes calls on to a Condo, each of which takes so long; every second query is refused by what stands before."""

    def __init__(self, clocks: Clocks, seconds: float) -> None:
        """Let the clocks pass instead of waiting."""
        self.clocks, self.seconds = clocks, seconds
        self.beyond = httpx.HTTPTransport()
        self.sent: list[tuple[float, str]] = []

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name: str = json.loads(request.content)["operationName"]
        self.sent.append((self.clocks.seconds, name))
        self.clocks.sleep(self.seconds)
        is_query = name not in WRITES
        return httpx.Response(503) if is_query and len(self.sent) % 2 else self.beyond.handle_request(request)

    @override
    def close(self) -> None:
        self.beyond.close()


WRITES = ("UpdateTicket", "AddTicketComment")


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("write", WRITES)
def test_a_write_is_not_sent_when_others_may_send_it_again(
    write: str, seconds: float, standin: CondoStandIn, clocks: Clocks
) -> None:
    """What is read before takes as long as it takes; the write is under way for no longer than is said, or not sent."""
    server = server_of(standin, longest_wait_seconds=1.0)
    line = Slow(clocks, seconds)
    condo = Condo(server, line, clocks.time)
    ticket_id = next(iter(standin.books.kind("Ticket")))

    def do() -> None:
        if write == "UpdateTicket":
            condo.sink.set_status(ticket_id, TicketStatus.CANCELLED)
        else:
            condo.sink.add_comment(ticket_id, "We are on our way")

    begun = clocks.seconds
    for _ in range(3):  # what was looked at is known the next time
        begun = clocks.seconds
        with suppress(PartnerUnavailable):
            do()
            break
    done = [(at, name) for at, name in line.sent if name == write]
    assert len(done) == 1
    assert done[0][0] + server.timeout_seconds <= begun + server.longest_write_seconds
    condo.close()
