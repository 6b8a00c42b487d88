"""The port that makes secrets."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Tokens(Protocol):
    """Makes random texts that nobody can guess."""

    @abstractmethod
    def new_secret(self) -> str:
        """A secret of 256 bits in letters, digits, ``-`` and ``_``; ``sessions.secret_hash`` is what is kept of it."""
