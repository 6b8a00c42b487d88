"""The port that counts attempts, for all machines together."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Attempts(Protocol):
    """Counts how often something was tried in a span of time.

    A window ends with the attempt; its far end is exact to a tenth of it. Keys are hashed by whoever counts: they may
    be told of people.
    """

    @abstractmethod
    def count(self, key: str, window_seconds: int, at: datetime) -> int:
        """Count an attempt; how many there were in the window, this one too."""

    @abstractmethod
    def forget(self, key: str) -> None:
        """Begin from nothing, after a success."""

    @abstractmethod
    def retire_attempts(self, before: datetime) -> int:
        """Forget the counts of before an instant; how many rows."""
