"""Subscriptions in memory."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.delivery import Subscription, SubscriptionId
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.errors import AlreadyExists, NotFound
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.subscriptions import Subscriptions
from marketplace_core.services.memory_work.hooks import MemoryHooks


class MemorySubscriptions(MemoryHooks, Subscriptions):
    """Subscriptions by id."""

    def __init__(self, clock: Clock, lock: AbstractContextManager[object]) -> None:
        """None yet."""
        super().__init__(clock, lock)
        self._subscriptions: dict[SubscriptionId, Subscription] = {}

    @override
    def add_subscription(self, subscription: Subscription) -> None:
        with self._lock:
            if subscription.subscription_id in self._subscriptions:
                raise AlreadyExists(f"subscription {subscription.subscription_id} is there already")
            self._subscriptions[subscription.subscription_id] = subscription

    @override
    def subscriptions(self, portfolio_id: PortfolioId | None = None) -> tuple[Subscription, ...]:
        with self._lock:
            found = [self._subscriptions[it] for it in sorted(self._subscriptions)]
            return tuple(it for it in found if portfolio_id in (None, it.portfolio_id))

    @override
    def acknowledge(self, subscription_id: SubscriptionId, seen: int, now_at: int) -> bool:
        with self._lock:
            known = self._subscriptions.get(subscription_id)
            if known is None or known.sequence != seen or known.disabled_at is not None:
                return False
            self._subscriptions[subscription_id] = evolve(
                known, sequence=now_at, failures=0, failing_since=None, retry_at=None, last_words=""
            )
            return True

    @override
    def fail(self, subscription_id: SubscriptionId, at: datetime, retry_at: datetime, words: str) -> Subscription:
        with self._lock:
            known = self._of(subscription_id)
            told = evolve(
                known,
                failures=known.failures + 1,
                failing_since=known.failing_since or at,
                retry_at=retry_at,
                last_words=words,
            )
            self._subscriptions[subscription_id] = told
            return told

    @override
    def rotate_key(self, subscription_id: SubscriptionId, *, end_old: bool = False) -> Subscription:
        with self._lock:
            known = self._of(subscription_id)
            newer = evolve(known, key_version=known.key_version + 1, old_key_version=known.key_version)
            told = evolve(known, old_key_version=None) if end_old else newer
            self._subscriptions[subscription_id] = told
            return told

    @override
    def disable_subscription(self, subscription_id: SubscriptionId, at: datetime) -> None:
        with self._lock:
            known = self._of(subscription_id)
            self._subscriptions[subscription_id] = evolve(known, disabled_at=known.disabled_at or at)

    @override
    def enable_subscription(self, subscription_id: SubscriptionId) -> None:
        with self._lock:
            known = self._of(subscription_id)
            self._subscriptions[subscription_id] = evolve(
                known, disabled_at=None, failures=0, failing_since=None, retry_at=None, last_words=""
            )

    def _of(self, subscription_id: SubscriptionId) -> Subscription:
        if subscription_id not in self._subscriptions:
            raise NotFound(f"there is no subscription {subscription_id}")
        return self._subscriptions[subscription_id]
