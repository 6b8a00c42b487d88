"""The HTTP client: the only module that imports httpx. One POST, its bounds, and what may be repeated."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from typing import Final

import httpx
from attrs import frozen
from typing_extensions import override

from marketplace_adapters.condo.answers import Answer
from marketplace_adapters.condo.breaker import Breaker
from marketplace_adapters.condo.operations import Operation
from marketplace_adapters.condo.points import Told
from marketplace_adapters.condo.server import PATH, CondoServer
from marketplace_core.errors import ConfigurationError, MarketplaceError, PartnerUnavailable

MOST_BYTES: Final = 64 * 1024 * 1024
"""A longer answer is not read."""
_PART: Final = {"connect": 0.2, "pool": 0.1, "write": 0.1, "read": 0.6}
"""How a call's time is shared out: together they are no more than the whole."""
_NOT_READY: Final = frozenset({429, 500, 502, 503, 504})
_SERVER_ERRORS: Final = range(500, 600)
_FIRST_PAUSE_SECONDS: Final = 0.2
_UNCLEAR: Final = "unclear whether it was done"

_BY_ERROR: Final[tuple[tuple[type[Exception], type[MarketplaceError], str], ...]] = (
    (httpx.ConnectTimeout, PartnerUnavailable, "could not be reached in time"),
    (httpx.PoolTimeout, PartnerUnavailable, "has too many calls of ours under way"),
    (httpx.ConnectError, PartnerUnavailable, "could not be reached, or its certificate does not hold"),
    (httpx.UnsupportedProtocol, ConfigurationError, "has no address: look at condo.url"),
    (httpx.TimeoutException, PartnerUnavailable, f"did not answer in time: {_UNCLEAR}"),
    (httpx.TransportError, PartnerUnavailable, f"broke the connection off: {_UNCLEAR}"),
    (httpx.InvalidURL, ConfigurationError, "has no address: look at condo.url"),
    (httpx.HTTPError, PartnerUnavailable, f"did not answer as it should: {_UNCLEAR}"),
)

Transport = httpx.BaseTransport


@frozen
class Time:
    """The clocks and dice of the adapter; tests pass their own. ``now`` is in seconds since 1970."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    now: Callable[[], float] = time.time


class Client:
    """Posts operations to one Condo; threads may share it.

    It works on httpx's transport: no cookies, no redirects, no proxy of the environment, and no line in a log that
    would show what stands in a header.
    """

    def __init__(self, server: CondoServer, transport: Transport | None = None, clocks: Time | None = None) -> None:
        """Connect at the first call."""
        self.server = server
        self.time = clocks or Time()
        self._breaker = Breaker(server.failures_to_open, server.cooldown_seconds, self.time.monotonic)
        self._transport = transport or httpx.HTTPTransport(
            trust_env=False, limits=httpx.Limits(max_connections=8, keepalive_expiry=5.0)
        )

    @override
    def __repr__(self) -> str:
        """Where it calls, and nothing secret."""
        return f"Client({self.server.url!r})"

    def close(self) -> None:
        """End its connections."""
        self._transport.close()

    def post(self, operation: Operation, variables: Mapping[str, object], token: str) -> Answer:
        """Send it: a query up to ``attempts`` times where no whole answer comes, a mutation once."""
        if operation.is_mutation:
            return self._once(operation, variables, token)
        for attempt in range(1, self.server.attempts + 1):
            try:
                answer = self._once(operation, variables, token)
                if answer.status not in _NOT_READY or attempt == self.server.attempts:
                    return answer
            except PartnerUnavailable:
                if attempt == self.server.attempts or self._breaker.is_open:
                    raise
            self.time.sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * (0.5 + self.time.jitter()))
        raise AssertionError

    def _once(self, operation: Operation, variables: Mapping[str, object], token: str) -> Answer:
        self._breaker.enter()
        try:
            answer = self._exchange(operation.name, self._request(operation, variables, token))
            if answer.is_well:
                answer.body()
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            self._breaker.fail()
            raise _translated(problem, operation.name) from problem
        except PartnerUnavailable:
            self._breaker.fail()
            raise
        if answer.status in _SERVER_ERRORS:
            self._breaker.fail()
        else:
            self._breaker.succeed()
        return answer

    def _exchange(self, call: str, request: httpx.Request) -> Answer:
        until = self.time.monotonic() + self.server.timeout_seconds
        response = self._transport.handle_request(request)
        try:
            parts, size = list[bytes](), 0
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES or self.time.monotonic() > until:
                    raise PartnerUnavailable(f"Condo's answer to {call} is too long or too slow: {_UNCLEAR}")
        finally:
            response.close()
        text = b"".join(parts).decode("utf-8", "replace")
        return Answer(call, response.status_code, text, Told.of(response.headers))

    def _request(self, operation: Operation, variables: Mapping[str, object], token: str) -> httpx.Request:
        server = self.server
        body = {"operationName": operation.name, "query": operation.text, "variables": variables}
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "marketplace-core",
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Request(
            "POST",
            httpx.URL(server.url.rstrip("/") + PATH),
            content=json.dumps(body).encode(),
            headers=headers,
            extensions={"timeout": {name: server.timeout_seconds * share for name, share in _PART.items()}},
        )


def _translated(problem: Exception, call: str) -> MarketplaceError:
    kind, says = next((kind, says) for error, kind, says in _BY_ERROR if isinstance(problem, error))
    return kind(f"Condo {says}; {call}")
