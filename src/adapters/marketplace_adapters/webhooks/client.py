"""The HTTP client: the only module that imports httpx. It connects to checked addresses and follows nobody."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from socket import SHUT_RDWR, socket
from ssl import SSLContext
from threading import Timer
from types import TracebackType
from typing import Any, Final, Self

import httpx
from attrs import define, field, frozen

from marketplace_adapters.webhooks.addresses import Addresses
from marketplace_core.errors import InvalidInput, MarketplaceError, PartnerUnavailable

MOST_BYTES: Final = 64 * 1024
"""So much of an answer is read."""
WHOLE: Final = 3
"""The whole of a post takes at most so many times what one step may."""
_PORTS: Final = {"https": 443, "http": 80}

_BY_ERROR: Final[tuple[tuple[type[Exception], type[MarketplaceError], str], ...]] = (
    (httpx.ConnectTimeout, PartnerUnavailable, "it could not be reached in time"),
    (httpx.TimeoutException, PartnerUnavailable, "it did not answer in time"),
    (httpx.ConnectError, PartnerUnavailable, "it could not be reached, or its certificate does not hold"),
    (httpx.NetworkError, PartnerUnavailable, "the connection was lost"),
    (httpx.ProtocolError, PartnerUnavailable, "it does not speak HTTP as it should"),
    (httpx.InvalidURL, InvalidInput, "that is no address"),
    (httpx.HTTPError, PartnerUnavailable, "the request failed"),
)


@frozen
class GuardedClient:
    """Posts to one address at a time; ``seconds`` bound each step, reading the answer, and ``WHOLE`` times the post."""

    addresses: Addresses = field(factory=Addresses)
    allow_http: bool = False
    seconds: float = 10.0

    def check(self, url: str) -> None:
        """Refuse an address that may not be posted to; asks the resolver."""
        target = self._target(url)
        self.addresses.of(_host_of(target), _port_of(target))

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer, whatever it is; at most so much of it is read as is bounded.

        Raises InvalidInput or RuleViolation where the address may not be posted to, PartnerUnavailable where there is
        no answer.
        """
        target = self._target(url)
        host = _host_of(target)
        address = self.addresses.of(host, _port_of(target))
        deadline = _Deadline(self.seconds * WHOLE)
        try:
            with deadline:
                return self._post(target, address, host, body, headers, deadline)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            if deadline.is_over:
                raise PartnerUnavailable(f"{host}: it did not answer in time") from problem
            kind, says = next((kind, says) for error, kind, says in _BY_ERROR if isinstance(problem, error))
            raise kind(f"{host}: {says}") from problem

    def _post(
        self,
        target: httpx.URL,
        address: str,
        host: str,
        body: bytes,
        headers: Mapping[str, str],
        deadline: _Deadline,
    ) -> int:
        until = time.monotonic() + self.seconds
        # No proxy of the environment, no redirects; the name goes into Host and TLS, the connection to the address.
        with (
            httpx.Client(verify=_trusted(), trust_env=False, follow_redirects=False, timeout=self.seconds) as client,
            client.stream(
                "POST",
                target.copy_with(host=address, fragment=None),
                content=body,
                headers={**headers, "Host": target.netloc.decode("ascii"), "Connection": "close"},
                extensions={"sni_hostname": host, "trace": deadline.note},
            ) as answer,
        ):
            size = 0
            for chunk in answer.iter_raw():
                size += len(chunk)
                if size > MOST_BYTES or time.monotonic() > until:
                    break
            return answer.status_code

    def _target(self, url: str) -> httpx.URL:
        try:
            target = httpx.URL(url)
        except httpx.InvalidURL as problem:
            raise InvalidInput(f"{url[:100]!r} is no address") from problem
        if target.scheme not in _PORTS or (target.scheme == "http" and not self.allow_http) or not target.host:
            raise InvalidInput(f"{url[:100]!r}: the address must begin with https://")
        if target.userinfo:
            raise InvalidInput("the address must not hold a user or password")
        return target


@define
class _Deadline:
    """Ends the connection once the time is over: who sends a sign now and then keeps to every step's bound."""

    seconds: float
    is_over: bool = field(default=False, init=False)
    _held: socket | None = field(default=None, init=False)
    _timer: Timer = field(init=False)

    def __enter__(self) -> Self:
        self._timer = Timer(self.seconds, self._end)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._held is not None:
            self._held.close()

    def note(self, event: str, told: Mapping[str, Any]) -> None:
        """Hold on to the connection: a copy of its own, which lasts when TLS takes the socket over."""
        if event == "connection.connect_tcp.complete":
            self._held = told["return_value"].get_extra_info("socket").dup()
            if self.is_over:
                self._end()

    def _end(self) -> None:
        self.is_over = True
        if self._held is not None:
            with suppress(OSError):
                self._held.shutdown(SHUT_RDWR)


@cache
def _trusted() -> SSLContext:
    """Whom we trust; read once, for reading it takes longer than a post."""
    return httpx.create_ssl_context(trust_env=False)


def _host_of(target: httpx.URL) -> str:
    return target.raw_host.decode("ascii").strip("[]")


def _port_of(target: httpx.URL) -> int:
    return target.port or _PORTS[target.scheme]
