"""What bounds a call, what is repeated, and where the secrets go."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

import httpx
import pytest
from attrs import define, evolve, field
from typing_extensions import override

from marketplace_adapters.condo import Condo, CondoServer, Time
from marketplace_adapters.condo.client import MOST_BYTES, Client
from marketplace_adapters.condo.operations import ADD_COMMENT, TICKETS
from marketplace_core.errors import ConfigurationError, PartnerUnavailable

SERVER = CondoServer(
    "http://condo.test/", "o1", token="canary-token", password="canary-password", email="a@example.org"
)


@define
class Line:
    """Answers as a test says, the last answer again and again; its clock moves with what is slept."""

    answers: list[httpx.Response | Exception]
    asked: list[httpx.Request] = field(factory=list[httpx.Request])
    now: float = 0.0
    slept: list[float] = field(factory=list[float])

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The next answer."""
        self.asked.append(request)
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(said, Exception):
            raise said
        return httpx.Response(said.status_code, headers=said.headers, content=said.content)

    def sleep(self, seconds: float) -> None:
        """Let so much time pass."""
        self.slept.append(seconds)
        self.now += seconds

    def client(self, server: CondoServer = SERVER) -> Client:
        """A client on this line."""
        clocks = Time(lambda: self.now, self.sleep, lambda: 0.5, lambda: self.now)
        return Client(server, httpx.MockTransport(self.answer), clocks)


def _well(body: Mapping[str, object]) -> httpx.Response:
    return httpx.Response(200, json=body)


BROKEN = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("gone"),
    httpx.ReadError("reset"),
    httpx.Response(200, text='{"data": {"ob'),
    httpx.Response(200, text="<html>"),
    httpx.Response(503, text="<html>"),
]


@pytest.mark.parametrize("problem", BROKEN, ids=str)
def test_a_query_is_repeated(problem: httpx.Response | Exception) -> None:
    """Twice without a whole answer, then one: it is given, after pauses that grow."""
    line = Line([problem, problem, _well({"data": {}})])
    assert line.client().post(TICKETS, {}, "t").is_well
    assert line.slept == [0.2, 0.4]


@pytest.mark.parametrize("problem", BROKEN[:-1], ids=str)
def test_a_mutation_is_sent_once(problem: httpx.Response | Exception) -> None:
    """However it fails: it may have been done."""
    line = Line([problem])
    with pytest.raises(PartnerUnavailable):
        line.client().post(ADD_COMMENT, {}, "t")
    assert len(line.asked) == 1


def test_an_answer_that_comes_too_slowly_is_cut_off() -> None:
    """A drop now and then would keep to each bound of a step: the whole call has one."""
    line = Line([])

    class Drops(httpx.SyncByteStream):
        @override
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(1000):
                line.now += 1
                yield b" "

    clocks = Time(lambda: line.now, line.sleep)
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, stream=Drops()))
    client = Client(evolve(SERVER, attempts=1), transport, clocks)
    with pytest.raises(PartnerUnavailable, match="too long or too slow"):
        client.post(TICKETS, {}, "t")
    assert line.now == 21


def test_an_answer_that_is_too_long_is_cut_off() -> None:
    """It never stands in memory whole."""
    sent = 0

    class Flood(httpx.SyncByteStream):
        @override
        def __iter__(self) -> Iterator[bytes]:
            nonlocal sent
            while True:
                sent += 1 << 20
                yield b" " * (1 << 20)

    transport = httpx.MockTransport(lambda _request: httpx.Response(200, stream=Flood()))
    client = Client(evolve(SERVER, attempts=1), transport, Time(lambda: 0.0))
    with pytest.raises(PartnerUnavailable, match="too long"):
        client.post(TICKETS, {}, "t")
    assert sent == MOST_BYTES + (1 << 20)


def test_where_things_stand_in_a_request() -> None:
    """The token in its header alone, the filter in the variable where, the path that Condo has."""
    line = Line([_well({"data": {}})])
    line.client().post(TICKETS, {"where": {"organization": {"id": "o1"}}}, "canary-token")
    (request,) = line.asked
    assert (str(request.url), request.headers["authorization"]) == (
        "http://condo.test/admin/api",
        "Bearer canary-token",
    )
    body = json.loads(request.content)
    assert (body["operationName"], body["variables"]) == ("Tickets", {"where": {"organization": {"id": "o1"}}})
    assert "where: $where" in body["query"]
    assert "canary" not in request.content.decode()


@pytest.mark.parametrize(
    "answer",
    [
        _well({"errors": [{"message": "canary-token canary-password", "name": "AccessDeniedError"}]}),
        _well({"errors": [{"message": "canary-token", "name": "AuthenticationError"}]}),
        httpx.Response(403, text="<html>canary-token"),
        httpx.ReadTimeout("slow"),
    ],
    ids=str,
)
def test_secrets_are_blackened(answer: httpx.Response | Exception) -> None:
    """Also where Condo says them itself."""
    line = Line([answer])
    condo = Condo(SERVER, httpx.MockTransport(line.answer), Time(lambda: line.now, line.sleep))
    calls: list[Callable[[], object]] = [condo.check, lambda: condo.tickets.tickets(None, "", 5)]
    for call in calls:
        with pytest.raises((ConfigurationError, PartnerUnavailable)) as caught:
            call()
        assert "canary" not in str(caught.value)
