"""Passwords by Argon2id."""

from __future__ import annotations

from secrets import token_hex
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type
from typing_extensions import override

from marketplace_core.ports.identity.passwords import Passwords

MEMORY_KIB: Final = 64 * 1024
PASSES: Final = 3
LANES: Final = 1
"""RFC 9106's second choice but for the lanes, which threads of a server do not have to spare.

OWASP asks for at least 19 MiB and 2 passes.
"""
AT_ONCE: Final = 4
"""How many passwords are hashed side by side: more would let strangers fill the memory."""


class ArgonPasswords(Passwords):
    """Hashes with a random salt each; the hash names its own parameters, so that they may be raised later."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES, lanes: int = LANES) -> None:
        """Take more or less work than usual."""
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=lanes, hash_len=32, salt_len=16, type=Type.ID
        )
        self._places = BoundedSemaphore(AT_ONCE)
        self._nobodys = self.hash(token_hex(16))

    @override
    def hash(self, password: str) -> str:
        with self._places:
            return self._hasher.hash(password)

    @override
    def verify(self, password_hash: str, password: str) -> bool:
        with self._places:
            try:
                self._hasher.verify(password_hash or self._nobodys, password)
            except (VerificationError, InvalidHashError):
                return False
        return bool(password_hash)

    @override
    def needs_rehash(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)
