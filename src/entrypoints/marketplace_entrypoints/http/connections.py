"""Connections that must ask something soon: without a bound, half a request would hold a place for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


_NO_HEAD: Final = 1 << 40
"""So many bytes may come before they are taken for a head again."""


class PromptConnection(HttpToolsProtocol):
    """A connection that is closed where no request is whole within ``seconds`` of its begin or of the last answer.

    So it is where a request's head is larger than ``most_head_bytes``. The body of a request has its own bound, and
    what runs is waited for.
    """

    seconds: ClassVar[float] = 20.0
    most_head_bytes: ClassVar[int] = 64 * 1024
    _deadline: asyncio.TimerHandle | None = None
    _head_bytes: int = 0

    @override
    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > self.most_head_bytes and not self.transport.is_closing():
            self.transport.close()

    @override
    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        # What comes now is a body, until the next head begins.
        self._head_bytes = -_NO_HEAD

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expect()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._forget()
        self._deadline = self.loop.call_later(self.seconds, self._close_if_idle)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close_if_idle(self) -> None:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        is_running = cycle is not None and not cycle.response_complete
        if not is_running and not self.transport.is_closing():
            self.transport.close()
