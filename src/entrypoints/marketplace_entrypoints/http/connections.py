"""Connections that must ask something soon: without a bound, half a request would hold a place for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, cast

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle


class PromptConnection(H11Protocol):
    """A connection that is closed where no request is whole within ``seconds`` of its begin or of the last answer.

    The body of a request has its own bound, and what runs is waited for.
    """

    seconds: ClassVar[float] = 20.0
    _deadline: asyncio.TimerHandle | None = None

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
