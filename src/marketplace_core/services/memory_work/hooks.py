"""The hooks' raw inbox in memory."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime

from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.hooks import Hook, HookId, HookRoute, HookState, RouteId, hook_job
from marketplace_core.errors import AlreadyExists, NotFound
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.hook_inbox import HookInbox
from marketplace_core.services.memory_work.jobs import MemoryJobs


class MemoryHooks(MemoryJobs, HookInbox):
    """Routes, living tokens from the oldest to the newest, and bodies."""

    def __init__(self, clock: Clock, lock: AbstractContextManager[object]) -> None:
        """No routes."""
        super().__init__(clock, lock)
        self._routes: dict[RouteId, HookRoute] = {}
        self._tokens: dict[RouteId, list[str]] = {}
        self._used_digests: set[str] = set()
        self._hooks: dict[HookId, Hook] = {}

    @override
    def add_route(self, route: HookRoute, digest: str) -> None:
        with self._lock:
            if route.route_id in self._routes or digest in self._used_digests:
                raise AlreadyExists(f"route {route.route_id} or its token is there already")
            self._routes[route.route_id] = route
            self._tokens[route.route_id] = [digest]
            self._used_digests.add(digest)

    @override
    def add_token(self, route_id: RouteId, digest: str, at: datetime) -> None:
        with self._lock:
            self._route(route_id)
            if digest in self._used_digests:
                raise AlreadyExists("the token is taken")
            self._tokens[route_id] = [*self._tokens[route_id][-1:], digest]
            self._used_digests.add(digest)

    @override
    def end_old_tokens(self, route_id: RouteId, at: datetime) -> int:
        with self._lock:
            self._route(route_id)
            before = self._tokens[route_id]
            self._tokens[route_id] = before[-1:]
            return len(before) - len(before[-1:])

    @override
    def disable(self, route_id: RouteId, at: datetime) -> None:
        with self._lock:
            route = self._route(route_id)
            self._routes[route_id] = evolve(route, disabled_at=route.disabled_at or at)

    @override
    def routes(self) -> tuple[HookRoute, ...]:
        with self._lock:
            return tuple(self._told(self._routes[it]) for it in sorted(self._routes))

    @override
    def route_of(self, digest: str) -> HookRoute:
        with self._lock:
            for route_id, tokens in self._tokens.items():
                route = self._routes[route_id]
                if digest in tokens and route.disabled_at is None:
                    return self._told(route)
            raise NotFound("nothing is let in by this address")

    @override
    def keep(
        self, digest: str, hook_id: HookId, body: bytes, headers: Mapping[str, str], received_at: datetime
    ) -> HookRoute:
        with self._lock:
            route = self.route_of(digest)
            if hook_id in self._hooks:
                raise AlreadyExists(f"hook {hook_id} is kept already")
            self._hooks[hook_id] = Hook(hook_id, route.route_id, received_at, body, dict(headers))
            self.enqueue(hook_job(hook_id, route, received_at))
            return route

    @override
    def hook(self, hook_id: HookId) -> tuple[Hook, HookRoute]:
        with self._lock:
            found = self._hook(hook_id)
            return found, self._told(self._routes[found.route_id])

    @override
    def settle(self, hook_id: HookId, state: HookState, reason: str, at: datetime) -> None:
        with self._lock:
            self._hooks[hook_id] = evolve(self._hook(hook_id), state=state, reason=reason, settled_at=at)

    @override
    def hooks(self, state: HookState, limit: int = 100) -> tuple[Hook, ...]:
        with self._lock:
            found = sorted(self._hooks.values(), key=lambda it: (it.received_at, it.hook_id))
            return tuple(it for it in found if it.state is state)[:limit]

    @override
    def forget_hooks(self, settled_before: datetime) -> int:
        with self._lock:
            old = [it for it in self._hooks.values() if it.settled_at is not None and it.settled_at < settled_before]
            for one in old:
                del self._hooks[one.hook_id]
            return len(old)

    def _route(self, route_id: RouteId) -> HookRoute:
        if route_id not in self._routes:
            raise NotFound(f"there is no route {route_id}")
        return self._routes[route_id]

    def _hook(self, hook_id: HookId) -> Hook:
        if hook_id not in self._hooks:
            raise NotFound(f"there is no hook {hook_id}; it may have been forgotten")
        return self._hooks[hook_id]

    def _told(self, route: HookRoute) -> HookRoute:
        return evolve(route, live_tokens=0 if route.disabled_at else len(self._tokens[route.route_id]))
