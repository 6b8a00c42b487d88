"""How often one caller may do what, where it is limited at all."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Rates(Protocol):
    """Counts calls of limited operations over every machine; ``TooManyAttempts`` above the limit."""

    @abstractmethod
    def require(self, limit: str, caller: str, now: datetime) -> None:
        """Count one call of a caller under the limit of that name."""
