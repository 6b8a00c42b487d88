"""The port that hashes passwords."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Passwords(Protocol):
    """Hashes and verifies passwords slowly, with a salt of its own each."""

    @abstractmethod
    def hash(self, password: str) -> str:
        """What is kept of a password; another text each time."""

    @abstractmethod
    def verify(self, password_hash: str, password: str) -> bool:
        """True where it is the password; for an empty hash False, after as long as for a wrong password."""

    @abstractmethod
    def needs_rehash(self, password_hash: str) -> bool:
        """True where a hash was made with less work than is asked for now."""
