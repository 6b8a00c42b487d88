"""Clients: services that act with a secret and short access tokens."""

from __future__ import annotations

from datetime import datetime
from hmac import compare_digest
from typing import Any, Final

from attrs import evolve, field, frozen

from marketplace_core.domain.access import Action
from marketplace_core.domain.codec import to_plain
from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import ClientId, checked_id
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.errors import InvalidInput

LIVE_SECRETS: Final = 2
"""How many secrets of a client count at once, so that a new one can be put in place before the old one ends."""


def _sorted(scopes: tuple[Action, ...]) -> tuple[Action, ...]:
    return tuple(sorted(set(scopes)))


@frozen
class ClientSecret:
    """What is kept of a client's secret."""

    secret_hash: str = field(repr=False)
    created_at: datetime = field(converter=require_instant)


@frozen
class ApiClient:
    """A service; its commands' actor is ``service:CLIENT_ID``. It may what its roles and its scopes both allow."""

    client_id: ClientId
    name: str
    scopes: tuple[Action, ...] = field(converter=_sorted)
    grants: tuple[StoredGrant, ...]
    secrets: tuple[ClientSecret, ...] = field(default=(), repr=False)
    is_disabled: bool = False
    version: int = 1

    def __attrs_post_init__(self) -> None:
        """Refuse a client that could do nothing, or that no command could name."""
        checked_id(self.client_id)
        if not self.scopes:
            raise InvalidInput(f"client {self.client_id}: name at least one scope, such as {Action.READ_LEASE}")
        if not self.grants:
            raise InvalidInput(f"client {self.client_id}: name at least one role in a portfolio")

    @property
    def actor_name(self) -> str:
        """What the client's commands name as their actor."""
        return f"service:{self.client_id}"

    def knows(self, hashed: str) -> bool:
        """True where a secret of that hash counts."""
        found = [compare_digest(it.secret_hash, hashed) for it in self.secrets]
        return any(found) and not self.is_disabled

    def with_secret(self, hashed: str, now: datetime) -> ApiClient:
        """With one more secret; of more than two the oldest ends."""
        return evolve(self, secrets=(*self.secrets, ClientSecret(hashed, now))[-LIVE_SECRETS:])

    def said(self) -> dict[str, Any]:
        """What the log says of the client: everything but its id; a hash of a random secret betrays nothing."""
        plain: dict[str, Any] = to_plain(self)
        plain.pop("client_id", None)
        return plain
