"""Connections that ask nothing are let go."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from tests.unit.http.house import make_house

from marketplace_entrypoints.http.connections import PromptConnection
from marketplace_entrypoints.http.serving import Place, config_of

ASKED = b"GET /api/health/live HTTP/1.1\r\nHost: here\r\n\r\n"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Serve, and let connections wait for half a second."""
    monkeypatch.setattr(PromptConnection, "seconds", 0.5)
    server = uvicorn.Server(config_of(make_house().app, Place(port=0)))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


@pytest.mark.parametrize("said", [b"", ASKED[:-2], ASKED + ASKED[:-2]], ids=["nothing", "half", "one and a half"])
def test_half_a_request_holds_no_connection(port: int, said: bytes) -> None:
    """Not before the first request and not after an answer; else some thousand of them would shut everybody out."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(said)
        while connection.recv(65536):
            continue


def test_a_connection_that_asks_again_in_time_is_kept(port: int) -> None:
    """Each answer gives it the whole time anew."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for _ in range(4):
            connection.sendall(ASKED)
            said = b""
            while not said.endswith(b"}"):
                said += connection.recv(65536)
            assert b"200 OK" in said
            time.sleep(0.3)


def _send_often(connection: socket.socket, line: bytes) -> None:
    for _ in range(2000):
        connection.sendall(line)


def test_a_head_without_end_is_cut_off(port: int) -> None:
    """Long before it fills the memory; a body of the same size is taken."""
    line = b"X-More: " + b"a" * 4000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(ASKED[:-2])
        with pytest.raises(OSError):  # noqa: PT011 - reset or broken pipe, as the system has it
            _send_often(connection, line)
    body = b'{"email": "' + b"a" * 300_000 + b'"}'
    head = b"POST /api/password-resets HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head + b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
        assert b" 400 " in connection.recv(65536)
