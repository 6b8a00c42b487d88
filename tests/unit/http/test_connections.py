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
