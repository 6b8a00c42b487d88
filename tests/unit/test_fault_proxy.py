"""The fault proxy does to a request what its rule says, and writes down that it did."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from tests.fixtures.fault_proxy import GARBAGE, FaultProxy
from tests.fixtures.faults import Fault, Rule

REPLY = b'{"said": "a reply that is long enough to be cut in two"}'


class Upstream(ThreadingHTTPServer):
    """A server that writes down what it got."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Remembering)
        self.got: list[tuple[str, str, bytes, str | None]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Remembering(BaseHTTPRequestHandler):
    """Answers every request with the same, and one under /empty with nothing but a place."""

    server: Upstream

    def do_GET(self) -> None:
        """Write it down and answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.got.append((self.command, self.path, body, self.headers.get("Host")))
        said = b"" if self.path.startswith("/empty") else REPLY
        self.send_response(201 if self.command == "POST" else 200)
        self.send_header("X-Mark", "kept")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET  # noqa: N815 - the base class looks for that name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """Give a running server."""
    server = Upstream()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def ask(
    proxy: FaultProxy,
    method: str = "POST",
    path: str = "/charges",
    *,
    body: bytes | Iterator[bytes] | None = b"1",
    seconds: float = 30.0,
) -> tuple[int, bytes]:
    """The status and body of the answer that comes through the proxy."""
    connection = HTTPConnection("127.0.0.1", urlsplit(proxy.url).port or 0, timeout=seconds)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_without_rules_all_passes_unchanged(upstream: Upstream) -> None:
    """Method, path, body and Host reach the server; status and body come back; no fault is written down."""
    with FaultProxy(upstream.url) as proxy:
        assert ask(proxy, "POST", "/a?b=c%20d", body=b"xyz") == (201, REPLY)
        assert ask(proxy, "GET", "/a", body=None) == (200, REPLY)
        assert ask(proxy, "POST", "/empty") == (201, b"")
        host = proxy.url.removeprefix("http://")
    assert upstream.got[:2] == [("POST", "/a?b=c%20d", b"xyz", host), ("GET", "/a", b"", host)]
    assert proxy.injected() == []
    assert [it.upstream_status for it in proxy.script.passages] == [201, 200, 201]


def test_a_body_in_chunks_reaches_the_server_whole(upstream: Upstream) -> None:
    """A client that does not know the length beforehand is understood."""
    with FaultProxy(upstream.url) as proxy:
        assert ask(proxy, body=iter([b"one ", b"two"]))[0] == 201
    assert upstream.got[0][2] == b"one two"


def test_a_lost_reply_was_done(upstream: Upstream) -> None:
    """The server did it, and the client hears nothing."""
    with FaultProxy(upstream.url, Rule(Fault.LOST_REPLY)) as proxy:
        with pytest.raises(RemoteDisconnected):
            ask(proxy)
        assert [it.upstream_status for it in proxy.injected(Fault.LOST_REPLY)] == [201]
    assert len(upstream.got) == 1


def test_a_late_apply_is_done_after_the_client_gave_up(upstream: Upstream) -> None:
    """The client is reset while the server knows nothing of it; what is sent later overtakes it."""
    with FaultProxy(upstream.url, Rule(Fault.LATE_APPLY, nth={1}, seconds=600)) as proxy:
        with pytest.raises(ConnectionResetError):
            ask(proxy, body=b"first")
        assert [it.upstream_status for it in proxy.injected(Fault.LATE_APPLY)] == [None]
        for _ in range(20):
            ask(proxy, body=b"later")
    assert [it.upstream_status for it in proxy.injected(Fault.LATE_APPLY)] == [201]
    assert [body for _method, _path, body, _host in upstream.got] == [b"later"] * 20 + [b"first"]


def test_settling_waits_for_what_is_late(upstream: Upstream) -> None:
    """After `settle` the server has got it, and the proxy goes on."""
    with FaultProxy(upstream.url, Rule(Fault.LATE_APPLY, nth={1}, seconds=0.05)) as proxy:
        with pytest.raises(ConnectionResetError):
            ask(proxy)
        proxy.settle()
        assert len(upstream.got) == 1
        assert ask(proxy)[0] == 201


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_did_nothing(upstream: Upstream, status: int) -> None:
    """The client gets the status, with a body that is no JSON; the server gets nothing."""
    with FaultProxy(upstream.url, Rule(Fault.SERVER_ERROR, status=status)) as proxy:
        assert ask(proxy) == (status, b"<html>")
        assert len(proxy.injected(Fault.SERVER_ERROR)) == 1
    assert upstream.got == []


def test_a_reset_did_nothing(upstream: Upstream) -> None:
    """The client's connection is reset; the server gets nothing."""
    with FaultProxy(upstream.url, Rule(Fault.RESET)) as proxy:
        with pytest.raises(ConnectionResetError):
            ask(proxy)
        assert len(proxy.injected(Fault.RESET)) == 1
    assert upstream.got == []


def test_a_slow_reply_outlasts_the_client(upstream: Upstream) -> None:
    """The server did it, and the client has given up before the answer comes."""
    with FaultProxy(upstream.url, Rule(Fault.SLOW_REPLY, seconds=600)) as proxy:
        with pytest.raises(TimeoutError):
            ask(proxy, seconds=0.5)
        assert len(proxy.injected(Fault.SLOW_REPLY)) == 1
    assert len(upstream.got) == 1


def test_half_a_body_is_seen_to_be_half(upstream: Upstream) -> None:
    """The server did it; the client notices that the answer breaks off."""
    with FaultProxy(upstream.url, Rule(Fault.HALF_BODY)) as proxy:
        with pytest.raises(IncompleteRead):
            ask(proxy)
        assert [it.upstream_status for it in proxy.injected(Fault.HALF_BODY)] == [201]
    assert len(upstream.got) == 1


def test_half_an_answer_without_body_has_half_a_head(upstream: Upstream) -> None:
    """An answer that is all head breaks off in it."""
    with FaultProxy(upstream.url, Rule(Fault.HALF_BODY)) as proxy:
        with socket.create_connection(("127.0.0.1", urlsplit(proxy.url).port or 0), 30) as plain:
            plain.sendall(b"POST /empty HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n")
            said = b"".join(iter(lambda: plain.recv(4096), b""))
        assert said.startswith(b"HTTP/1.1 201 ")
        assert b"\r\n\r\n" not in said
        assert len(proxy.injected(Fault.HALF_BODY)) == 1
    assert len(upstream.got) == 1


def test_a_garbage_body_has_the_true_status(upstream: Upstream) -> None:
    """The server did it and its status comes through, with bytes that are no text."""
    with FaultProxy(upstream.url, Rule(Fault.GARBAGE_BODY)) as proxy:
        assert ask(proxy) == (201, GARBAGE)
        assert len(proxy.injected(Fault.GARBAGE_BODY)) == 1
    assert len(upstream.got) == 1


def test_refused_connections_come_back_at_the_same_address(upstream: Upstream) -> None:
    """While it refuses nobody connects; afterwards the same address works."""
    with FaultProxy(upstream.url) as proxy:
        url = proxy.url
        with proxy.refusing(), pytest.raises(ConnectionRefusedError):
            ask(proxy)
        assert proxy.url == url
        assert ask(proxy)[0] == 201
    assert len(upstream.got) == 1


def test_a_server_that_is_down_looks_down(upstream: Upstream) -> None:
    """Where the server itself is not to be had, the client is reset and no fault is claimed."""
    gone = Upstream()
    gone.server_close()
    with FaultProxy(gone.url) as proxy, pytest.raises(ConnectionResetError):
        ask(proxy)
    assert proxy.injected() == []
    assert upstream.got == []


def test_rules_count_what_fits_them(upstream: Upstream) -> None:
    """A rule strikes the nth request of its method and path; the first rule that strikes decides."""
    rules = (
        Rule(Fault.SERVER_ERROR, "POST", r"^/charges\b", nth={2}, status=500),
        Rule(Fault.SERVER_ERROR, "POST", "", nth={3, 4}, status=502),
    )
    with FaultProxy(upstream.url, *rules) as proxy:
        paths = ["/charges", "/payments", "/charges?x=1", "/charges", "/charges"]
        answers: list[int] = []
        for path in paths:
            assert ask(proxy, "GET", path, body=None)[0] == 200
            answers.append(ask(proxy, path=path)[0])
        assert answers == [201, 201, 500, 502, 201]
        proxy.script.replace(Rule(Fault.SERVER_ERROR, nth={1}))
        assert [ask(proxy)[0] for _ in range(2)] == [503, 201]
        assert len(proxy.injected()) == 3


def test_dice_of_a_seed_fall_alike(upstream: Upstream) -> None:
    """The same seed strikes the same requests of a sequence, another seed others, about as often as it should."""

    def struck(seed: int) -> list[bool]:
        with FaultProxy(upstream.url, Rule(Fault.SERVER_ERROR, probability=0.3, seed=seed)) as proxy:
            return [ask(proxy)[0] == 503 for _ in range(60)]

    once = struck(7)
    assert once == struck(7) != struck(8)
    assert 5 < sum(once) < 35


def test_many_at_once_are_counted_once_each(upstream: Upstream) -> None:
    """Of 64 requests on eight threads exactly those of the script are struck, and the server gets the others."""
    answers: list[int] = []

    def work(proxy: FaultProxy) -> None:
        answers.extend(ask(proxy)[0] for _ in range(8))

    with FaultProxy(upstream.url, Rule(Fault.SERVER_ERROR, nth=set(range(1, 65, 4)))) as proxy:
        threads = [threading.Thread(target=work, args=(proxy,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(proxy.injected()) == 16
    assert sorted(answers) == [201] * 48 + [503] * 16
    assert len(upstream.got) == 48
