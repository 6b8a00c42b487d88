"""A request out of ASGI's messages, within bounds, and an answer into them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast

from litestar.connection import ASGIConnection
from litestar.types import Receive, Scope, Send

from marketplace_entrypoints.http.parts import Parts
from marketplace_entrypoints.http.problems import Refusal, TooLarge, TooSlow
from marketplace_entrypoints.http.reading import MOST_BYTES
from marketplace_entrypoints.http.running import Asked, Sent

_BODILESS: Final = frozenset([HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED])


async def asked_of(parts: Parts, scope: Scope, receive: Receive) -> Asked:
    """The request; raises what is refused before anything of it is read."""
    headers = _headers(scope)
    content = await _content(scope, headers, receive, parts.body_seconds)
    return Asked(
        path={name: str(value) for name, value in scope["path_params"].items()},
        pairs=_pairs(scope) if scope["query_string"] else (),
        headers=headers,
        content=content,
        address=_address(parts, scope, headers),
        now=parts.clock.now(),
    )


async def send_answer(sent: Sent, send: Send) -> None:
    """Send the answer whole."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in sent.headers]
    if sent.status not in _BODILESS:
        headers.append((b"content-length", str(len(sent.content)).encode()))
    await send({"type": "http.response.start", "status": sent.status, "headers": headers})
    await send({"type": "http.response.body", "body": sent.content, "more_body": False})


def _headers(scope: Scope) -> Mapping[str, str]:
    """The headers by their names in small letters; of those that come twice, the first."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(list(scope["headers"]))}


def _pairs(scope: Scope) -> list[tuple[str, str]]:
    asked: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
    return [(name, text) for name, text in asked.query_params.multi_items()]


async def _content(scope: Scope, headers: Mapping[str, str], receive: Receive, seconds: float) -> bytes:
    """The body, no larger than the bound and no slower than the given time."""
    told = headers.get("content-length", "0")
    if told.isdecimal() and int(told) > MOST_BYTES:
        raise TooLarge(f"the body is {told} bytes: at most {MOST_BYTES} are taken")
    if told == "0" and "transfer-encoding" not in headers and scope["http_version"].startswith("1."):
        return b""
    held = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Refusal(HTTPStatus.BAD_REQUEST, "the connection ended before the body was whole")
                held += message.get("body", b"")
                if len(held) > MOST_BYTES:
                    raise TooLarge(f"the body is larger than {MOST_BYTES} bytes")
                if not message.get("more_body", False):
                    return bytes(held)
    except TimeoutError:
        raise TooSlow(f"the body did not come within {seconds:g} seconds") from None


def _address(parts: Parts, scope: Scope, headers: Mapping[str, str]) -> str:
    """The client's address: of the connection, or where a trusted proxy is in front, of its header."""
    client = cast("Mapping[str, Any]", scope).get("client")
    peer = str(client[0]) if client else ""
    header = parts.settings.client_address_header.lower()
    if header and peer in parts.settings.trusted_proxies:
        return headers.get(header, peer).strip()[:64]
    return peer
