"""Ask a server as fast as it answers: ``python -m benchmarks.http_load`` with what to ask as JSON on standard input."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


class Connection(asyncio.Protocol):
    """A kept connection that has one request on its way at a time."""

    def __init__(self) -> None:
        """Not connected yet."""
        self._held = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_connection gives
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand over an answer as soon as it is whole."""
        self._held += data
        end = self._held.find(_END)
        if end < 0 or self._answer is None:
            return
        head = bytes(self._held[:end]).lower()
        at = head.index(_LENGTH) + len(_LENGTH)
        length = int(head[at:].split(b"\r\n", 1)[0])
        if len(self._held) >= end + len(_END) + length:
            content = bytes(self._held[end + len(_END) :])
            self._held.clear()
            self._answer.set_result((int(head.split(b" ", 2)[1]), content))

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so to whoever waits."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server hung up"))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; status and content of its answer."""
        assert self._transport is not None  # noqa: S101 - connected
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer


async def load(port: int, requests: list[bytes], concurrency: int, expected: int) -> dict[str, Any]:
    """Seconds of all, and of each; the last answer's content."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    content = b""
    waiting: Iterator[bytes] = iter(requests)

    async def work() -> None:
        nonlocal content
        transport, connection = await loop.create_connection(Connection, "127.0.0.1", port)
        for request in waiting:
            begun = time.perf_counter()
            status, content = await connection.ask(request)
            latencies.append(time.perf_counter() - begun)
            if status != expected:
                raise RuntimeError(f"{status} instead of {expected}: {content[:300]!r}")
        transport.close()

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "latencies": latencies, "content": content.decode()}


if __name__ == "__main__":
    told = json.load(sys.stdin)
    asked = [it.encode() for it in told["requests"]]
    print(json.dumps(asyncio.run(load(told["port"], asked, told["concurrency"], told["expected"]))))
