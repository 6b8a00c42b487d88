"""The port for the time."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the instant; domain functions never ask, services do and pass it in."""

    @abstractmethod
    def now(self) -> datetime:
        """The instant, in UTC."""
