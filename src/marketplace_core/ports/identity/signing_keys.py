"""The port that rotates the keys of access tokens."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class SigningKeys(Protocol):
    """Keeps the private keys that access tokens are signed with."""

    @abstractmethod
    def rotate(self, now: datetime) -> str:
        """Add a key that signs from now on, drop those whose tokens have all expired; the new key's id."""
