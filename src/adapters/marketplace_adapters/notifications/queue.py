"""A notifier that only takes messages, and sends them from a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Final

from typing_extensions import override

from marketplace_core.errors import MarketplaceError, PartnerUnavailable, Unavailable
from marketplace_core.ports.notifier import Message, Notifier

WAITING: Final = 1000
"""How many messages wait at most."""
WAITS_SECONDS: Final = (1.0, 10.0, 60.0)
"""Before each further try, where a server may take the message later."""
_GLANCE_SECONDS: Final = 0.2


class QueuedNotifier(Notifier):
    """Takes a message at once, whoever it is for: who asks learns nothing of how the sending goes.

    What could not be sent is told to ``on_failure`` with its error. Messages wait in memory: a machine that dies
    loses them, and the person asks again.
    """

    def __init__(
        self,
        inner: Notifier,
        on_failure: Callable[[Message, MarketplaceError], None],
        *,
        waits_seconds: tuple[float, ...] = WAITS_SECONDS,
        waiting: int = WAITING,
    ) -> None:
        """Send through another notifier; ``close`` when done."""
        self._inner = inner
        self._on_failure = on_failure
        self._waits_seconds = waits_seconds
        self._waiting: Queue[Message] = Queue(waiting)
        self._closing = Event()
        self._thread = Thread(target=self._work, name="messages", daemon=True)
        self._thread.start()

    @override
    def send(self, message: Message) -> None:
        if self._closing.is_set():
            raise PartnerUnavailable("messages are no longer taken: the program is ending")
        try:
            self._waiting.put_nowait(message)
        except Full:
            raise PartnerUnavailable("too many messages wait to be sent: try again later") from None

    def close(self, timeout_seconds: float = 10.0) -> None:
        """Take no more, send what waits without further tries, and end; what is left is told as a failure."""
        self._closing.set()
        self._thread.join(timeout_seconds)
        while (left := self._next()) is not None:
            self._on_failure(left, PartnerUnavailable("the program ended before the message was sent"))

    def _next(self) -> Message | None:
        try:
            return self._waiting.get_nowait()
        except Empty:
            return None

    def _work(self) -> None:
        while True:
            try:
                message = self._waiting.get(timeout=_GLANCE_SECONDS)
            except Empty:
                if self._closing.is_set():
                    return
                continue
            self._send(message)

    def _send(self, message: Message) -> None:
        for wait_seconds in (*self._waits_seconds, None):
            try:
                self._inner.send(message)
            except Unavailable as problem:
                if wait_seconds is None or self._closing.wait(wait_seconds):
                    self._on_failure(message, problem)
                    return
            except MarketplaceError as problem:
                self._on_failure(message, problem)
                return
            else:
                return
