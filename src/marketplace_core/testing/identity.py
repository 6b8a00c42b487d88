"""Credentials and messages for tests: fast, counted instead of random, and open to be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import count
from threading import RLock
from typing import Any

from typing_extensions import override

from marketplace_core.domain.identity.access_claims import AccessClaims
from marketplace_core.errors import NotAuthenticated
from marketplace_core.ports.identity.access_tokens import AccessTokens
from marketplace_core.ports.identity.passwords import Passwords
from marketplace_core.ports.identity.tokens import Tokens
from marketplace_core.ports.notifier import Message, Notifier
from marketplace_core.services.memory_identities import MemoryIdentities as _MemoryIdentities


class MemoryIdentities(_MemoryIdentities):
    """Identities in memory that threads may share."""

    def __init__(self) -> None:
        """Begin with nobody."""
        super().__init__(lock=RLock())


class QuickPasswords(Passwords):
    """Hashes at once, with a counted salt; ``strength`` raised makes older hashes ask for a rehash."""

    def __init__(self, strength: int = 1) -> None:
        """Begin with no hash given."""
        self.strength = strength
        self.verified: list[str] = []
        """The hashes that were verified against, empty ones too."""
        self._salts = count(1)

    @override
    def hash(self, password: str) -> str:
        salt = next(self._salts)
        return f"quick${self.strength}${salt}${_digest(salt, password)}"

    @override
    def verify(self, password_hash: str, password: str) -> bool:
        self.verified.append(password_hash)
        _, _, salt, kept = password_hash.split("$") if password_hash else ("", "", "", "none")
        return kept == _digest(salt, password)

    @override
    def needs_rehash(self, password_hash: str) -> bool:
        return int(password_hash.split("$")[1]) < self.strength


def _digest(salt: object, password: str) -> str:
    return sha256(f"{salt}/{password}".encode()).hexdigest()


class CountedTokens(Tokens):
    """Secrets one can foretell: the first one's number is 1."""

    def __init__(self) -> None:
        """Begin with none given."""
        self.given: list[str] = []

    @override
    def new_secret(self) -> str:
        self.given.append(sha256(f"secret {len(self.given) + 1}".encode()).hexdigest()[:43])
        return self.given[-1]


class OpenAccessTokens(AccessTokens):
    """Tokens that are kept instead of signed."""

    def __init__(self) -> None:
        """Begin with none signed."""
        self._signed: dict[str, AccessClaims] = {}

    @override
    def sign(self, claims: AccessClaims) -> str:
        token = f"open.{claims.token_id}"
        self._signed[token] = claims
        return token

    @override
    def verify(self, token: str, now: datetime) -> AccessClaims:
        found = self._signed.get(token)
        if found is None or now >= found.expires_at or now < found.issued_at:
            raise NotAuthenticated("the access token does not count, or no longer: ask for a new one")
        return found

    @override
    def public_keys(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return {"keys": []}


class Outbox(Notifier):
    """Keeps what was sent."""

    def __init__(self) -> None:
        """Begin empty."""
        self.sent: list[Message] = []

    @override
    def send(self, message: Message) -> None:
        self.sent.append(message)

    def token_to(self, recipient: str) -> str:
        """The token of the last message with one to an address."""
        found = [it.text for it in self.sent if it.recipient == recipient and ("#" in it.text or "code: " in it.text)]
        return found[-1].replace("code: ", "#").partition("#")[2].strip()
