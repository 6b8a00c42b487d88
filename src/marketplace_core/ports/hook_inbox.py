"""The port of the hooks' raw inbox: who may post, and what was posted."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.hooks import Hook, HookId, HookRoute, HookState, RouteId


class HookInbox(Protocol):
    """Keeps routes by the digests of their tokens, and bodies to the byte; ``NotFound`` for what is unknown."""

    @abstractmethod
    def add_route(self, route: HookRoute, digest: str) -> None:
        """A new way in, with its first token; ``AlreadyExists`` where the route or token is taken."""

    @abstractmethod
    def add_token(self, route_id: RouteId, digest: str, at: datetime) -> None:
        """A new token of a route: of the older ones only the newest lives on beside it."""

    @abstractmethod
    def end_old_tokens(self, route_id: RouteId, at: datetime) -> int:
        """Let none but the newest token of a route live; how many ended."""

    @abstractmethod
    def disable(self, route_id: RouteId, at: datetime) -> None:
        """Let nothing in by a route any more."""

    @abstractmethod
    def routes(self) -> tuple[HookRoute, ...]:
        """Every route, by id."""

    @abstractmethod
    def route_of(self, digest: str) -> HookRoute:
        """The route whose living token has the digest; of a disabled route none has."""

    @abstractmethod
    def keep(
        self, digest: str, hook_id: HookId, body: bytes, headers: Mapping[str, str], received_at: datetime
    ) -> HookRoute:
        """Keep a body that came by a living token, and its job, in one transaction; the route it came by."""

    @abstractmethod
    def hook(self, hook_id: HookId) -> tuple[Hook, HookRoute]:
        """What came in, and by which route."""

    @abstractmethod
    def settle(self, hook_id: HookId, state: HookState, reason: str, at: datetime) -> None:
        """Say what became of it; said again, the last word counts."""

    @abstractmethod
    def hooks(self, state: HookState, limit: int = 100) -> tuple[Hook, ...]:
        """Hooks in a state, the oldest first."""

    @abstractmethod
    def forget_hooks(self, settled_before: datetime) -> int:
        """Delete hooks that were processed or refused before an instant; how many."""
