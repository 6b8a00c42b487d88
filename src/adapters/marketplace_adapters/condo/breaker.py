"""A circuit breaker: after several failures in a row calls fail at once, until one that is let through succeeds."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from marketplace_core.errors import PartnerUnavailable


class Breaker:
    """Counts calls in a row that Condo left without an answer; threads may share it.

    ``monotonic`` is a clock in seconds that never goes back.
    """

    def __init__(self, failures_to_open: int, cooldown_seconds: float, monotonic: Callable[[], float]) -> None:
        """Closed: every call may pass."""
        self._most, self._cooldown_seconds, self._monotonic = failures_to_open, cooldown_seconds, monotonic
        self._lock = Lock()
        self._failures = 0
        self._opens_again = float("-inf")

    @property
    def is_open(self) -> bool:
        """True while calls fail at once."""
        return self._failures >= self._most

    def enter(self) -> None:
        """Let a call pass, or raise PartnerUnavailable; after the cooldown one call probes, others still fail."""
        with self._lock:
            now = self._monotonic()
            if self.is_open and now < self._opens_again:
                left = self._opens_again - now
                raise PartnerUnavailable(
                    f"Condo did not answer {self._failures} times in a row: nothing is sent to it for {left:.0f} s"
                )
            if self.is_open:
                self._opens_again = now + self._cooldown_seconds

    def succeed(self) -> None:
        """A call was answered: all may pass again."""
        with self._lock:
            self._failures = 0

    def fail(self) -> None:
        """A call was not answered."""
        with self._lock:
            self._failures += 1
            if self.is_open:
                self._opens_again = self._monotonic() + self._cooldown_seconds
