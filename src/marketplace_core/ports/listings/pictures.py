"""The port that keeps pictures by their digest."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from marketplace_core.domain.listings.listing import Picture


class Pictures(Protocol):
    """Keeps each picture once, whole or not at all."""

    @abstractmethod
    def keep(self, content: bytes, caption: str = "") -> Picture:
        """Keep a picture; ``InvalidInput`` where its bytes are no JPEG, PNG or WebP, or too many."""

    @abstractmethod
    def content(self, name: str) -> bytes:
        """The bytes of a picture by its file's name; ``NotFound`` where there is none."""
