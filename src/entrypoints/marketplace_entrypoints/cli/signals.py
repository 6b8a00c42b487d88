"""Ctrl-C, a closed terminal and a polite end: each leaves through every ``finally``, as an exception."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Final

_HEEDED: Final = tuple(
    number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
)
_SIGNALLED: Final = 128


class Stopped(KeyboardInterrupt):
    """A signal asked the program to end; raised wherever the program is, so that transactions roll back."""

    def __init__(self, number: int) -> None:
        """By this signal."""
        super().__init__(signal.Signals(number).name)
        self.number = number


def heed() -> None:
    """From now on each of the signals raises `Stopped`; those that whoever started us ignores stay ignored."""
    for number in _HEEDED:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def heed_no_more() -> None:
    """Let a second signal not disturb the last words."""
    for number in _HEEDED:
        if signal.getsignal(number) is _stop:
            signal.signal(number, _go_on)


def exit_code_of_stop(stop: KeyboardInterrupt) -> int:
    """What shells say of a program that a signal ended: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP."""
    return _SIGNALLED + (stop.number if isinstance(stop, Stopped) else signal.SIGINT)


def _stop(number: int, _: FrameType | None) -> None:
    raise Stopped(number)


def _go_on(_: int, __: FrameType | None) -> None:
    """Do nothing: a handler of ours, unlike SIG_IGN, is not inherited by programs that are started."""
