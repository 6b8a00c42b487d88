"""Pages of other origins that read ``/portal`` from browsers: by a list of their own, and never with credentials."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Final, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from marketplace_entrypoints.listing_settings import ANY_ORIGIN, ListingSettings

PORTAL: Final = "/portal/"
_EXPOSED: Final = b"ETag, Link, Retry-After, X-Request-Id"
_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"Accept, Content-Type, If-None-Match, X-Request-Id"),
    (b"access-control-max-age", b"600"),
)
_ANYWHERE: Final = (b"cross-origin-resource-policy", b"cross-origin")
"""Pages of any site may show a picture."""


def with_portal_origins(inner: ASGIApp, settings: ListingSettings) -> ASGIApp:
    """The application with its public part open to the pages of those origins.

    What is behind a sign-in has origins of its own (``allowed_origins``), which get credentials and mean nothing here:
    so the origin is kept from what answers them.
    """
    varies = ANY_ORIGIN not in settings.origins

    async def opened(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(PORTAL):
            await inner(scope, receive, send)
            return
        headers = dict(reversed(list(scope["headers"])))
        origin = headers.get(b"origin", b"").decode("latin-1")
        told = tuple(_told(settings, origin, varies=varies))
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            may = _PREFLIGHT if settings.lets_in(origin) else ()
            await _send_empty(send, (*told, *may))
            return

        async def send_opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *told]
            await send(message)

        # In place: what frames the request reads from the same scope which operation answered.
        seen = cast("MutableMapping[str, Any]", scope)
        seen["headers"] = [it for it in scope["headers"] if it[0] != b"origin"]
        await inner(scope, receive, send_opened)

    return opened


def _told(settings: ListingSettings, origin: str, *, varies: bool) -> Iterator[tuple[bytes, bytes]]:
    yield _ANYWHERE
    if varies:
        yield b"vary", b"Origin"
    if settings.lets_in(origin):
        yield b"access-control-allow-origin", origin.encode("latin-1") if varies else b"*"
        yield b"access-control-expose-headers", _EXPOSED


async def _send_empty(send: Send, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
