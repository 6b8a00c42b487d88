"""The stand-in behind HTTP, on this machine alone."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, Self, cast

from attrs import define, field
from typing_extensions import override

from marketplace_adapters.condo.server import PATH
from marketplace_adapters.condo.testing import refusals
from marketplace_adapters.condo.testing.answering import Answering, Reply
from marketplace_adapters.condo.testing.books import Books
from marketplace_adapters.condo.testing.faults import Drift, Fault, FaultKind, Faults
from marketplace_adapters.condo.testing.hand import CondoHand

_PAGE: Final = b"<!doctype html><html><body><h1>Please wait</h1></body></html>"
_JSON: Final = "application/json; charset=utf-8"
_HTML: Final = "text/html; charset=utf-8"
_NO_REPLY: Final = (FaultKind.RESET, FaultKind.LOST_REPLY)


@define
class CondoStandIn:
    """A Condo of our own: ``with CondoStandIn() as condo: condo.url``.

    ``hand`` does what a person does there, ``faults`` what goes wrong, ``drift`` edits the schema, ``books`` are the
    rows, ``answering`` the points, the tokens, and whether the schema is told.
    """

    books: Books = field(factory=Books.empty)
    faults: Faults = field(factory=Faults)
    port: int = 0
    answering: Answering = field(init=False)
    hand: CondoHand = field(init=False)
    _server: ThreadingHTTPServer | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        """Answer over the books."""
        self.answering = Answering(self.books)
        self.hand = CondoHand(self.books)

    @property
    def drift(self) -> Drift:
        """Edits the schema from now on."""
        return self.answering.drift

    @property
    def url(self) -> str:
        """Where it is, once it is started."""
        if self._server is None:
            raise RuntimeError("the stand-in is not started: use it in a with statement")
        return f"http://127.0.0.1:{self._server.server_port}"

    def token_of(self, kind: str = "service") -> str:
        """A token of the first user of a kind, as an admin makes one."""
        user = next(it for it in self.books.users.values() if it.kind == kind)
        token = f"token-of-{kind}-{len(self.answering.tokens)}"
        self.answering.tokens[token] = user
        return token

    def flush_tokens(self) -> None:
        """End all sessions, as a flushed Redis does."""
        self.answering.tokens.clear()

    def __enter__(self) -> Self:
        """Listen."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), partial(_Handler, self))
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, condo: CondoStandIn, *arguments: Any) -> None:  # noqa: ANN401 - as http.server gives them
        """Answer for that stand-in."""
        self.condo = condo
        super().__init__(*arguments)

    def do_POST(self) -> None:
        """Answer one request, as the script of faults says."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path != PATH:
            self._send(404, _PAGE, _HTML)
            return
        try:
            request = cast("dict[str, object]", json.loads(body))
        except ValueError:
            self._send(400, _PAGE, _HTML)
            return
        fault = self.condo.faults.take(str(request.get("operationName") or ""))
        if fault is None:
            self._reply(self._answered(request))
        else:
            self._fail(fault, request)

    def _answered(self, request: Mapping[str, object]) -> Reply:
        return self.condo.answering.answer(request, self.headers.get("Authorization", ""))

    def _fail(self, fault: Fault, request: Mapping[str, object]) -> None:
        kind = fault.kind
        if kind is FaultKind.LOST_TOKEN:
            self.condo.flush_tokens()
        if kind is FaultKind.SLOW:
            time.sleep(fault.seconds)
        if kind in _NO_REPLY:
            if kind is FaultKind.LOST_REPLY:
                self._answered(request)
            self.close_connection = True
        elif kind in (FaultKind.HTML, FaultKind.BAD_GATEWAY):
            self._send(200 if kind is FaultKind.HTML else 502, _PAGE, _HTML)
        elif kind is FaultKind.INTERNAL:
            error = refusals.Refusal("Something went wrong", "Error").error
            self._reply(Reply(200, {"data": {"objs": None}, "errors": [error]}))
        elif kind is FaultKind.RATE_LIMIT:
            reset = self.condo.books.instant() + timedelta(seconds=fault.seconds)
            self._reply(Reply(400, {"errors": [refusals.no_points(int(reset.timestamp())).error]}))
        elif kind is FaultKind.PARTIAL:
            self._reply(_partial(self._answered(request)))
        elif kind in (FaultKind.HALF_BODY, FaultKind.CUT_JSON, FaultKind.DRIPPING):
            self._send_badly(fault, self._answered(request))
        else:
            self._reply(self._answered(request))

    def _send_badly(self, fault: Fault, reply: Reply) -> None:
        whole = reply.text()
        half = whole[: len(whole) // 2]
        if fault.kind is FaultKind.CUT_JSON:
            self._send(reply.status, half, _JSON)
        elif fault.kind is FaultKind.HALF_BODY:
            self._send(reply.status, half, _JSON, length=len(whole))
            self.close_connection = True
        else:
            self._send(reply.status, b"", _JSON, length=len(whole))
            with suppress(OSError):
                for byte in whole:
                    self.wfile.write(bytes([byte]))
                    time.sleep(fault.seconds)

    def _reply(self, reply: Reply) -> None:
        self._send(reply.status, reply.text(), _JSON, headers=reply.headers)

    def _send(
        self,
        status: int,
        body: bytes,
        kind: str,
        *,
        headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _partial(reply: Reply) -> Reply:
    """Without the last row of a list, and with an error beside."""
    data = cast("dict[str, object]", reply.body.get("data") or {})
    left = {name: cast("list[object]", it)[:-1] if isinstance(it, list) else it for name, it in data.items()}
    error = refusals.denied("property").error | {"path": [*left, "property"]}
    return Reply(200, {"data": left, "errors": [error]}, reply.headers)
