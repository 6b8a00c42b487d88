"""A circuit breaker: after several failures in a row calls fail at once, until one that is let through succeeds."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from marketplace_core.errors import PartnerUnavailable


class Breaker:
    """Counts failures in a row; ``monotonic`` is a clock in seconds that never goes back. Threads may share it."""

    def __init__(self, failures_to_open: int, cooldown_seconds: float, monotonic: Callable[[], float]) -> None:
        """Closed: every call may pass."""
        self._failures_to_open, self._cooldown_seconds = failures_to_open, cooldown_seconds
        self._monotonic = monotonic
        self._lock = Lock()
        self._failures = 0
        self._closed_until = float("-inf")

    @property
    def is_open(self) -> bool:
        """True while calls fail at once."""
        return self._failures >= self._failures_to_open

    def enter(self) -> None:
        """Let a call pass, or raise PartnerUnavailable; after the cooldown one call probes, others still fail."""
        with self._lock:
            if not self.is_open:
                return
            now = self._monotonic()
            if now < self._closed_until:
                raise PartnerUnavailable(
                    f"Kill Bill did not answer {self._failures} times in a row: nothing is sent to it for"
                    f" {self._closed_until - now:.0f} s"
                )
            self._closed_until = now + self._cooldown_seconds

    def succeed(self) -> None:
        """A call was answered: all may pass again."""
        with self._lock:
            self._failures = 0

    def fail(self) -> None:
        """A call was not answered."""
        with self._lock:
            self._failures += 1
            if self.is_open:
                self._closed_until = self._monotonic() + self._cooldown_seconds
