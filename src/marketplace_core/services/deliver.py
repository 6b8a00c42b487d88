"""Tell events to whoever asked: in order, each until it is acknowledged, at least once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from itertools import islice
from typing import Final

from attrs import frozen

from marketplace_core.domain.delivery import (
    DISABLED_AFTER,
    Message,
    Subscription,
    SubscriptionId,
    body_of,
    message_id_of,
)
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import retry_delay
from marketplace_core.errors import MarketplaceError
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.event_log import EventLog
from marketplace_core.ports.event_sink import EventSink
from marketplace_core.ports.subscriptions import Subscriptions
from marketplace_core.services.run_jobs import Told

AT_ONCE: Final = 500
"""So many events a subscription gets in one job, that others of the portfolio have their turn."""

TURN: Final = timedelta(seconds=60)
"""For so long a subscription is told events in one job: a slow receiver would hold the worker for hours."""

_BATCH: Final = 50

KeyOf = Callable[[SubscriptionId, int], bytes]
"""The signing key of a subscription in a version; never kept in the database."""


@frozen
class DeliverEvents:
    """Posts a portfolio's events after each subscription's cursor; the cursor follows what was acknowledged.

    A subscription that fails waits by itself, longer each time, and is disabled in the end; others do not wait for it.
    ``chance`` gives numbers from 0 to 1.
    """

    log: EventLog
    subscriptions: Subscriptions
    sink: EventSink
    key_of: KeyOf
    clock: Clock
    chance: Callable[[], float]

    def __call__(self, portfolio_id: PortfolioId) -> Told:
        """How many events were acknowledged, and how many subscriptions failed."""
        delivered, failed = 0, 0
        for subscription in self.subscriptions.subscriptions(portfolio_id):
            if subscription.is_due(self.clock.now()):
                count, is_well = self._deliver(subscription)
                delivered += count
                failed += not is_well
        return {"delivered": delivered, "failed": failed}

    def _deliver(self, subscription: Subscription) -> tuple[int, bool]:
        """How many were acknowledged, and False where one was not."""
        seen, count = subscription.sequence, 0
        last, until = seen, self.clock.now() + TURN
        for event in self._next_events(subscription.portfolio_id, seen):
            last = event.sequence
            if not subscription.wants(event):
                continue
            try:
                self.sink.post(self._message(subscription, event))
            except MarketplaceError as problem:
                self._fail(subscription, problem)
                return count, False
            if not self.subscriptions.acknowledge(subscription.subscription_id, seen, event.sequence):
                return count, True  # another worker is at it, or it was disabled
            seen, count = event.sequence, count + 1
            if self.clock.now() >= until:
                break
        if last != seen:
            self.subscriptions.acknowledge(subscription.subscription_id, seen, last)
        return count, True

    def _next_events(self, portfolio_id: PortfolioId, after: int) -> Iterator[Event]:
        """The events of one turn, read in batches: nobody is posted to while the store's stream is open."""
        for _ in range(AT_ONCE // _BATCH):
            stream = self.log.events(portfolio_id, after)
            batch = tuple(islice(stream, _BATCH))
            if isinstance(stream, Generator):
                stream.close()
            if not batch:
                return
            yield from batch
            after = batch[-1].sequence

    def _message(self, subscription: Subscription, event: Event) -> Message:
        versions = (subscription.key_version, subscription.old_key_version)
        keys = tuple(self.key_of(subscription.subscription_id, it) for it in versions if it is not None)
        return Message(message_id_of(event), subscription.url, self.clock.now(), body_of(event), keys)

    def _fail(self, subscription: Subscription, problem: MarketplaceError) -> None:
        now = self.clock.now()
        retry_at = now + retry_delay(subscription.failures + 1, self.chance())
        told = self.subscriptions.fail(subscription.subscription_id, now, retry_at, str(problem)[:500])
        if told.failing_since is not None and now - told.failing_since >= DISABLED_AFTER:
            self.subscriptions.disable_subscription(subscription.subscription_id, now)
