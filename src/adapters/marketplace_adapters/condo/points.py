"""The points that Condo counts: when there are none left, a call waits for the next hour or is not sent at all.

A call that Condo refuses for want of points costs points too, so it is better not sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from attrs import frozen

from marketplace_core.errors import PartnerUnavailable

HEADER: Final = "x-rate-limit-complexity-"
_A_MOMENT_SECONDS: Final = 1.0
"""Resets are told in whole seconds."""
_MINUTE: Final = 60.0


@frozen
class Told:
    """What an answer says of our points, each None where it says nothing: ``reset`` in seconds since 1970."""

    limit: int | None = None
    remaining: int | None = None
    reset: int | None = None

    @staticmethod
    def of(headers: Mapping[str, str]) -> Told:
        """As the headers say."""
        return Told(*(_whole(headers.get(HEADER + it, "")) for it in ("limit", "remaining", "reset")))


NOTHING_TOLD: Final = Told()


class Points:
    """Knows until when nothing is left; threads may share it."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._lock = Lock()
        self._until = 0.0
        self._most = 0
        self.told = NOTHING_TOLD

    def note(self, told: Told, now: float) -> None:
        """An answer came, well or not."""
        if told.limit is None and told.remaining is None:
            return
        with self._lock:
            self.told = told
            self._most = max(self._most, told.limit or 0)
            if told.remaining == 0:
                self._until = self._end(told.reset, now)

    def refused(self, reset: int | None, now: float) -> None:
        """Condo took a call for one too many."""
        with self._lock:
            self._until = self._end(reset, now)

    def is_as_a_stranger(self, told: Told) -> bool:
        """True where the limit is lower than one that we had: whoever is not known shares few points by address."""
        return told.limit is not None and told.limit < self._most

    def forget(self) -> None:
        """Another token has points of its own."""
        with self._lock:
            self._until = 0.0

    def seconds_left(self, now: float) -> float:
        """How long there is nothing."""
        return max(0.0, self._until - now)

    def exhausted(self) -> PartnerUnavailable:
        """The error that says until when."""
        until = datetime.fromtimestamp(self._until, UTC).isoformat(timespec="seconds")
        limit = f" of {self.told.limit}" if self.told.limit else ""
        return PartnerUnavailable(f"Condo's points{limit} are used up: nothing is sent to it until {until}")

    @staticmethod
    def _end(reset: int | None, now: float) -> float:
        return now + _MINUTE if reset is None else reset + _A_MOMENT_SECONDS


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
