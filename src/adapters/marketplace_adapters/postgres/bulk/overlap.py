"""Computing in Python while the server works: one thread of its own speaks with the database."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Final, Self, TypeVar

T = TypeVar("T")

TURN_SECONDS: Final = 0.0005
"""How long the computing thread keeps the interpreter once the server has answered: Python's own 5 ms is as long as
the server takes for all that a socket holds, and it would wait that long between any two blocks."""


class Overlap:
    """Runs one connection's work in order on one other thread; at most one write waits, so memory is bounded.

    ``cancelling`` is for blocks that wait for it: else Ctrl-C would wait for a lock that somebody holds.
    """

    def __init__(self, cancel: Callable[[], object]) -> None:
        """Start the thread with the first work; ``cancel`` asks the server to stop the connection's statement."""
        self._cancel = cancel
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="marketplace-copy")
        self._write: Future[object] | None = None
        self._turns = _turns.short()

    def begin(self, work: Callable[[], T]) -> Future[T]:
        """Begin a work whose result is asked for later."""
        return self._thread.submit(work)

    def write(self, work: Callable[[], object]) -> None:
        """Begin a write after the one before it has ended well; its error comes with the next call."""
        self.settle()
        self._write = self._thread.submit(work)

    def settle(self) -> None:
        """Wait for the last write."""
        write, self._write = self._write, None
        if write is not None:
            write.result()

    def __enter__(self) -> Self:
        self._turns.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._thread.shutdown(wait=True, cancel_futures=True)
        finally:
            self._turns.__exit__(None, None, None)

    @contextmanager
    def cancelling(self) -> Generator[None]:
        """Stop what the server does when the block is left by an exception: whatever closes next needs the server."""
        try:
            yield
        except BaseException:
            with suppress(Exception):  # the server may be gone, and with it what was to be stopped
                self._cancel()
            raise


class _Turns:
    """Shortens the turns of threads while anybody asks for it, in the whole process, and sets them back after."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = 0
        self._before = 0.0

    @contextmanager
    def short(self) -> Generator[None]:
        with self._lock:
            if self._asked == 0:
                self._before = sys.getswitchinterval()
                sys.setswitchinterval(min(self._before, TURN_SECONDS))
            self._asked += 1
        try:
            yield
        finally:
            with self._lock:
                self._asked -= 1
                if self._asked == 0:
                    sys.setswitchinterval(self._before)


_turns: Final = _Turns()


@contextmanager
def few_collections() -> Generator[None]:
    """Let the cycle collector rest: bulk work makes many values and no cycles, and each pass would walk them all."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
