"""How a worker is stopped: asked once it ends the job it has, after a while or asked twice it gives the job back."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from attrs import define, field

from marketplace_entrypoints.cli.signals import Stopped

_ASKING: Final = (signal.SIGTERM, signal.SIGINT)


@define
class Stopping:
    """Whether the worker was asked to stop."""

    grace_seconds: float
    is_asked: bool = field(default=False, init=False)

    @contextmanager
    def heeded(self) -> Generator[None]:
        """Take the signals while the block runs."""
        before = {number: signal.signal(number, self._ask) for number in (*_ASKING, signal.SIGALRM)}
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, number: int, _: FrameType | None) -> None:
        if self.is_asked or number == signal.SIGALRM:
            raise Stopped(signal.SIGTERM if number == signal.SIGALRM else number)
        self.is_asked = True
        if self.grace_seconds:
            signal.setitimer(signal.ITIMER_REAL, self.grace_seconds)
        else:
            raise Stopped(number)
