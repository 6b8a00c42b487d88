"""The HTTP client: the only module that imports httpx. One call, its bounds, and what may be repeated."""

from __future__ import annotations

import json
import random
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

import httpx
from attrs import frozen
from typing_extensions import override

from marketplace_adapters.killbill.answers import Answer
from marketplace_adapters.killbill.breaker import Breaker
from marketplace_adapters.killbill.errors import translated
from marketplace_adapters.killbill.server import KillBillServer
from marketplace_core.errors import ConfigurationError, MarketplaceError, PartnerUnavailable

MOST_BYTES: Final = 64 * 1024 * 1024
"""A longer answer is not read."""
_PART: Final = {"connect": 0.2, "pool": 0.1, "write": 0.1, "read": 0.6}
"""How a call's time is shared out: together they are no more than the whole."""
_NOT_READY: Final = frozenset({429, 502, 503, 504})
_FIRST_PAUSE_SECONDS: Final = 0.2
_BASE: Final = "/1.0/kb"
_UNCLEAR: Final = "unclear whether it was done"

_BY_ERROR: Final[tuple[tuple[type[Exception], type[MarketplaceError], str], ...]] = (
    (httpx.ConnectTimeout, PartnerUnavailable, "could not be reached in time: see whether it runs, and killbill.url"),
    (httpx.PoolTimeout, PartnerUnavailable, "has too many calls of ours under way"),
    (
        httpx.ConnectError,
        PartnerUnavailable,
        "could not be reached, or its certificate does not hold: see whether it runs, and killbill.url",
    ),
    (httpx.UnsupportedProtocol, ConfigurationError, "has no address: look at killbill.url"),
    (httpx.TimeoutException, PartnerUnavailable, f"did not answer in time: {_UNCLEAR}"),
    (httpx.TransportError, PartnerUnavailable, f"broke the connection off: {_UNCLEAR}"),
    (httpx.InvalidURL, ConfigurationError, "has no address: look at killbill.url"),
    (httpx.HTTPError, PartnerUnavailable, f"did not answer as it should: {_UNCLEAR}"),
)


@frozen
class Time:
    """The clocks and dice of the client; tests pass their own."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random


class Client:
    """Calls one tenant of a Kill Bill; threads may share it.

    It works on httpx's transport: no cookies, no redirects, no proxy of the environment, and no line in a log that
    would show an address with a token in it.
    """

    def __init__(
        self, server: KillBillServer, transport: httpx.BaseTransport | None = None, clocks: Time | None = None
    ) -> None:
        """Connect at the first call."""
        self.server = server
        self._time = clocks or Time()
        self._breaker = Breaker(server.failures_to_open, server.cooldown_seconds, self._time.monotonic)
        self._transport = transport or httpx.HTTPTransport(
            trust_env=False, limits=httpx.Limits(max_connections=16, keepalive_expiry=5.0)
        )

    @override
    def __repr__(self) -> str:
        """Where it calls, and nothing secret."""
        return f"Client({self.server.url!r})"

    def close(self) -> None:
        """End its connections."""
        self._transport.close()

    def get(self, path: str, **query: object) -> Answer:
        """Read; repeated where no answer came."""
        return self._repeated("GET", path, query, None)

    def ask(self, path: str, body: object, **query: object) -> Answer:
        """POST something that writes nothing; repeated where no answer came."""
        return self._repeated("POST", path, query, body)

    def send(self, method: str, path: str, body: object = None, **query: object) -> Answer:
        """Write, once: PartnerUnavailable leaves open whether it was done. A refusal is an answer too."""
        return self._once(method, path, query, body)

    def done(self, method: str, path: str, body: object = None, **query: object) -> Answer:
        """Write, once, and raise our error where it was refused."""
        return self.well(self.send(method, path, body, **query))

    def well(self, answer: Answer) -> Answer:
        """The answer itself, or our error for a refusal."""
        if not answer.is_well:
            error = translated(answer)
            raise type(error)(self.server.without_secrets(str(error)))
        return answer

    def _repeated(self, method: str, path: str, query: Mapping[str, object], body: object) -> Answer:
        """Call up to ``attempts`` times with longer and longer pauses of uneven length between."""
        for attempt in range(1, self.server.attempts + 1):
            try:
                answer = self._once(method, path, query, body)
                if answer.status not in _NOT_READY or attempt == self.server.attempts:
                    return answer
            except PartnerUnavailable:
                if attempt == self.server.attempts or self._breaker.is_open:
                    raise
            self._time.sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * (0.5 + self._time.jitter()))
        raise AssertionError

    def _once(self, method: str, path: str, query: Mapping[str, object], body: object) -> Answer:
        call = f"{method} {path}"
        self._breaker.enter()
        try:
            answer = self._exchange(call, self._request(method, path, query, body))
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            self._breaker.fail()
            raise _translated(problem, self.server.without_secrets(self.server.url), call) from problem
        except PartnerUnavailable:
            self._breaker.fail()
            raise
        if answer.status in _NOT_READY:
            self._breaker.fail()
        else:
            self._breaker.succeed()
        return answer

    def _exchange(self, call: str, request: httpx.Request) -> Answer:
        until = self._time.monotonic() + self.server.timeout_seconds
        response = self._transport.handle_request(request)
        try:
            parts, size = list[bytes](), 0
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES or self._time.monotonic() > until:
                    raise PartnerUnavailable(f"Kill Bill's answer to {call} is too long or too slow: {_UNCLEAR}")
        finally:
            response.close()
        return Answer(
            call,
            response.status_code,
            b"".join(parts).decode("utf-8", "replace"),
            response.headers.get("location", ""),
            response.headers.get("x-killbill-pagination-nextoffset", ""),
            is_json="json" in response.headers.get("content-type", ""),
            said_at=response.headers.get("date", ""),
        )

    def _request(self, method: str, path: str, query: Mapping[str, object], body: object) -> httpx.Request:
        server = self.server
        known = b64encode(f"{server.user}:{server.password}".encode()).decode()
        content, kind = _written(body)
        url = httpx.URL(server.url.rstrip("/") + (path if path.startswith("/1.0/") else _BASE + path))
        return httpx.Request(
            method,
            url.copy_merge_params({name: _in_query(value) for name, value in query.items()}),
            content=content,
            headers={
                "Authorization": f"Basic {known}",
                "X-Killbill-ApiKey": server.api_key,
                "X-Killbill-ApiSecret": server.api_secret,
                "X-Killbill-CreatedBy": server.created_by,
                "Content-Type": kind,
                "Accept": "application/json, text/xml",
                "Accept-Encoding": "identity",
                "User-Agent": "marketplace-core",
            },
            extensions={"timeout": {name: server.timeout_seconds * share for name, share in _PART.items()}},
        )


def _translated(problem: Exception, url: str, call: str) -> MarketplaceError:
    kind, says = next((kind, says) for error, kind, says in _BY_ERROR if isinstance(problem, error))
    return kind(f"Kill Bill at {url} {says}; {call}")


def _written(body: object) -> tuple[bytes | None, str]:
    """A body and its type: a text as it is, XML by its first sign, all else as JSON."""
    if body is None:
        return None, "application/json"
    if isinstance(body, str):
        return body.encode(), "text/xml" if body.startswith("<") else "text/plain"
    return json.dumps(body, default=_plain).encode(), "application/json"


def _plain(value: object) -> str:
    """An amount as its digits: Kill Bill reads exact numbers from texts."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{type(value).__name__} does not go into a request")


def _in_query(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
