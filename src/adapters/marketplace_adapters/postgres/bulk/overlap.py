"""Computing in Python while the server works: one thread of its own speaks with the database."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")


class Overlap:
    """Runs one connection's work in order on one other thread; at most one write waits, so memory is bounded.

    ``cancelling`` is for blocks that wait for it: else Ctrl-C would wait for a lock that somebody holds.
    """

    def __init__(self, cancel: Callable[[], object]) -> None:
        """Start the thread with the first work; ``cancel`` asks the server to stop the connection's statement."""
        self._cancel = cancel
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="marketplace-copy")
        self._write: Future[object] | None = None

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
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    @contextmanager
    def cancelling(self) -> Generator[None]:
        """Stop what the server does when the block is left by an exception: whatever closes next needs the server."""
        try:
            yield
        except BaseException:
            with suppress(Exception):  # the server may be gone, and with it what was to be stopped
                self._cancel()
            raise


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
