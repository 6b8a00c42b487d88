"""Around every request: its id, the headers that every answer has, a log line and the figures of the metrics."""

from __future__ import annotations

import re
import time
from collections.abc import MutableMapping
from typing import Any, Final, cast
from uuid import uuid4

from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from marketplace_entrypoints.http.logs import log
from marketplace_entrypoints.http.parts import Parts

_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-site"),
)
_SECURE: Final = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
_UNKNOWN: Final = "unknown"


def request_id_of(scope: MutableMapping[str, Any] | Scope) -> str:
    """The id of a request."""
    return str(scope["state"].get("request_id", ""))


def framed(inner: ASGIApp, parts: Parts) -> ASGIApp:
    """The application with an id for each request and headers on each answer.

    Requests are counted and logged by the operation's name: paths may hold tokens, so that no path is ever logged.
    """
    of_every = (*_HEADERS, _SECURE) if parts.is_public else _HEADERS

    async def frame(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await inner(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given.decode() if _ID.fullmatch(given) else uuid4().hex
        seen = cast("MutableMapping[str, Any]", scope)
        seen.setdefault("state", {})["request_id"] = request_id
        begun = time.perf_counter()
        status = 500

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message["headers"])
                present = {name.lower() for name, _ in headers}
                headers.extend((name, value) for name, value in of_every if name not in present)
                headers.append((b"x-request-id", request_id.encode()))
                message["headers"] = headers
            await send(message)

        try:
            await inner(scope, receive, send_framed)
        finally:
            _note(parts, seen, request_id, status, time.perf_counter() - begun)

    return frame


def _note(parts: Parts, seen: MutableMapping[str, Any], request_id: str, status: int, seconds: float) -> None:
    handler: BaseRouteHandler | None = seen.get("route_handler")
    name = str(handler.opt.get("operation", _UNKNOWN)) if handler else _UNKNOWN
    parts.metrics.count(name, status, seconds)
    told = {"request_id": request_id, "operation": name}
    milliseconds = round(seconds * 1000, 1)
    log().info("request", **told, method=str(seen["method"]), status=status, milliseconds=milliseconds)
    fault = seen["state"].get("fault")
    if fault is not None:
        log().error("fault", **told, exc_info=fault)
