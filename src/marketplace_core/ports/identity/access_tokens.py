"""The port that signs and verifies short access tokens."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from marketplace_core.domain.identity.access_claims import AccessClaims


class AccessTokens(Protocol):
    """Signs tokens with the newest key and verifies those of every key that counts."""

    @abstractmethod
    def sign(self, claims: AccessClaims) -> str:
        """The token as text."""

    @abstractmethod
    def verify(self, token: str, now: datetime) -> AccessClaims:
        """What a token says; ``NotAuthenticated`` for any that we did not sign, for us, and that counts now."""

    @abstractmethod
    def public_keys(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The public keys as a JWK set, for others to verify with."""
