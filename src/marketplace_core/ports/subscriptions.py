"""The port of the subscriptions to events, each with its cursor."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.delivery import Subscription, SubscriptionId
from marketplace_core.domain.identifiers import PortfolioId


class Subscriptions(Protocol):
    """Keeps who is told what, and how far; ``NotFound`` for an unknown one."""

    @abstractmethod
    def add_subscription(self, subscription: Subscription) -> None:
        """Keep a new one; ``AlreadyExists`` where its id is taken."""

    @abstractmethod
    def subscriptions(self, portfolio_id: PortfolioId | None = None) -> tuple[Subscription, ...]:
        """Those of a portfolio, or all, by id; disabled ones too."""

    @abstractmethod
    def acknowledge(self, subscription_id: SubscriptionId, seen: int, now_at: int) -> bool:
        """Move the cursor from where it was ``seen``, and forget its failures.

        False, and nothing changes, where it stands elsewhere by now or the subscription is disabled.
        """

    @abstractmethod
    def fail(self, subscription_id: SubscriptionId, at: datetime, retry_at: datetime, words: str) -> Subscription:
        """Note a failure, and when to try again; the subscription as it stands then."""

    @abstractmethod
    def rotate_key(self, subscription_id: SubscriptionId, *, end_old: bool = False) -> Subscription:
        """Sign with a new key and the present one, or with the newest alone; the subscription as it stands then."""

    @abstractmethod
    def disable_subscription(self, subscription_id: SubscriptionId, at: datetime) -> None:
        """Tell it nothing any more."""

    @abstractmethod
    def enable_subscription(self, subscription_id: SubscriptionId) -> None:
        """Tell it again, from where it stopped."""
