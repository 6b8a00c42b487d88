"""What ASGI's messages say is read within bounds, whichever server brings them; an answer is sent whole."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest
from attrs import evolve
from tests.unit.http.house import House, make_house

from marketplace_entrypoints.http.exchange import asked_of, send_answer
from marketplace_entrypoints.http.problems import Refusal, TooLarge, TooSlow
from marketplace_entrypoints.http.reading import MOST_BYTES
from marketplace_entrypoints.http.running import Asked, Sent

Headers = list[tuple[bytes, bytes]]
SLOW = (b"x", True)


@pytest.fixture(scope="module")
def house() -> House:
    """Give a house for all: nothing is written."""
    return make_house()


def read(
    house: House, parts_of_body: list[tuple[bytes, bool]], headers: Headers, query: bytes = b"", version: str = "1.1"
) -> Asked:
    """What a request says whose body comes in these parts, each with whether more comes; then nothing comes."""
    coming = [{"type": "http.request", "body": body, "more_body": more} for body, more in parts_of_body]

    async def receive() -> Any:  # noqa: ANN401 - as ASGI has it
        if not coming:
            await asyncio.sleep(60)
        return coming.pop(0)

    scope: Any = {
        "type": "http",
        "http_version": version,
        "headers": headers,
        "query_string": query,
        "path_params": {"invoice_id": "i1"},
        "client": ("192.0.2.1", 4711),
    }
    return asyncio.run(asked_of(evolve(house.parts, body_seconds=0.05), scope, receive))


def test_of_a_header_that_comes_twice_the_first_counts(house: House) -> None:
    """A second Authorization header behind the first changes nothing."""
    asked = read(house, [], [(b"authorization", b"Bearer a"), (b"accept", b"*/*"), (b"authorization", b"Bearer b")])
    assert asked.headers == {"authorization": "Bearer a", "accept": "*/*"}


def test_a_query_is_read_pair_by_pair(house: House) -> None:
    """Also a name that comes twice, which is refused later, and what is escaped."""
    asked = read(house, [], [], query=b"a=1&a=2&b=x%20y")
    assert (sorted(asked.pairs), list(read(house, [], []).pairs)) == ([("a", "1"), ("a", "2"), ("b", "x y")], [])


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        ([(b"content-length", b"4")], "1.1"),
        ([(b"transfer-encoding", b"chunked")], "1.1"),
        ([], "2"),
        ([(b"content-length", b"0"), (b"transfer-encoding", b"chunked")], "1.1"),
    ],
    ids=["length", "chunked", "no length in HTTP/2", "length and chunked"],
)
def test_every_body_that_may_come_is_read_and_bounded(house: House, headers: Headers, version: str) -> None:
    """Only HTTP/1 without both headers has no body; elsewhere nothing is passed over, whatever the headers say."""
    assert read(house, [(b"ab", True), (b"cd", False)], headers, version=version).content == b"abcd"
    with pytest.raises(TooLarge):
        read(house, [(b"a" * MOST_BYTES, True), (b"a", False)], headers, version=version)
    with pytest.raises(TooSlow):
        read(house, [SLOW], headers, version=version)


def test_a_request_without_a_body_waits_for_nothing(house: House) -> None:
    """HTTP/1 with neither a length nor chunks ends with its head."""
    assert read(house, [], []).content == b""


def test_a_connection_that_ends_within_the_body_is_a_refusal(house: House) -> None:
    """Not a fault of ours, and no half of a body is taken for the whole."""

    async def receive() -> Any:  # noqa: ANN401 - as ASGI has it
        return {"type": "http.disconnect"}

    scope: Any = {
        "http_version": "1.1",
        "headers": [(b"content-length", b"4")],
        "query_string": b"",
        "path_params": {},
        "client": None,
    }
    with pytest.raises(Refusal) as refused:
        asyncio.run(asked_of(house.parts, scope, receive))
    assert refused.value.status is HTTPStatus.BAD_REQUEST


def test_what_a_server_need_not_say_is_not_asked_for(house: House) -> None:
    """ASGI lets a server leave out the client's address, and of a message its body and whether more comes."""
    coming: list[Any] = [{"type": "http.request", "more_body": True}, {"type": "http.request"}]

    async def receive() -> Any:  # noqa: ANN401 - as ASGI has it
        return coming.pop(0)

    scope: Any = {
        "http_version": "1.1",
        "headers": [(b"transfer-encoding", b"chunked")],
        "query_string": b"",
        "path_params": {},
    }
    asked = asyncio.run(asked_of(house.parts, scope, receive))
    assert (asked.content, asked.address, coming) == (b"", "", [])


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (Sent(200, (("Content-Type", "text/csv; charset=utf-8"), ("ETag", '"1"')), b"a,b"), {"content-length": "3"}),
        (Sent(202, (), b""), {"content-length": "0"}),
        (Sent(204, (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")), b""), {}),
    ],
)
def test_an_answer_has_the_headers_that_were_said_and_its_length(sent: Sent, expected: Mapping[str, str]) -> None:
    """Each once as it was said, in small letters as ASGI asks; a status without a body has no length."""
    told: list[Any] = []

    async def send(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        told.append(message)

    asyncio.run(send_answer(sent, send))
    start, body = told
    said = [(name.lower(), value) for name, value in sent.headers]
    assert [(name.decode(), value.decode()) for name, value in start["headers"]] == [*said, *expected.items()]
    assert (start["status"], body["body"]) == (sent.status, sent.content)
