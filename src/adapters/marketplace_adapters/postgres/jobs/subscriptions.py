"""Subscriptions on PostgreSQL; a cursor moves only from where it was seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, TextClause, text
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import snapshot
from marketplace_adapters.postgres.reading import Reader
from marketplace_core.domain.delivery import Subscription, SubscriptionId
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.errors import NotFound
from marketplace_core.ports.subscriptions import Subscriptions

_ADD = text("""
    INSERT INTO marketplace_jobs.webhook_subscriptions (subscription_id, portfolio_id, url, made_at, kinds,
        key_version, old_key_version, sequence, failures, failing_since, retry_at, last_words, disabled_at)
    VALUES (:subscription_id, :portfolio_id, :url, :made_at, :kinds,
        :key_version, :old_key_version, :sequence, :failures, :failing_since, :retry_at, :last_words, :disabled_at)
""")
_LIST = text("""
    SELECT * FROM marketplace_jobs.webhook_subscriptions
    WHERE CAST(:portfolio AS text) IS NULL OR portfolio_id = :portfolio ORDER BY subscription_id
""")
_ACKNOWLEDGE = text("""
    UPDATE marketplace_jobs.webhook_subscriptions
    SET sequence = :now_at, failures = 0, failing_since = NULL, retry_at = NULL, last_words = ''
    WHERE subscription_id = :id AND sequence = :seen AND disabled_at IS NULL RETURNING sequence
""")
_FAIL = text("""
    UPDATE marketplace_jobs.webhook_subscriptions SET failures = failures + 1,
        failing_since = coalesce(failing_since, :at), retry_at = :retry_at, last_words = :words
    WHERE subscription_id = :id RETURNING *
""")
_ROTATE = text("""
    UPDATE marketplace_jobs.webhook_subscriptions SET key_version = key_version + 1, old_key_version = key_version
    WHERE subscription_id = :id RETURNING *
""")
_END_OLD = text("""
    UPDATE marketplace_jobs.webhook_subscriptions SET old_key_version = NULL WHERE subscription_id = :id RETURNING *
""")
_DISABLE = text("""
    UPDATE marketplace_jobs.webhook_subscriptions SET disabled_at = coalesce(disabled_at, :at)
    WHERE subscription_id = :id RETURNING *
""")
_ENABLE = text("""
    UPDATE marketplace_jobs.webhook_subscriptions
    SET disabled_at = NULL, failures = 0, failing_since = NULL, retry_at = NULL, last_words = ''
    WHERE subscription_id = :id RETURNING *
""")


class PostgresSubscriptions(Reader, Subscriptions):
    """Who is told what, and how far."""

    @override
    def add_subscription(self, subscription: Subscription) -> None:
        it = subscription
        given = {
            "subscription_id": it.subscription_id,
            "portfolio_id": it.portfolio_id,
            "url": it.url,
            "made_at": it.made_at,
            "kinds": Jsonb(list(it.kinds)),
            "key_version": it.key_version,
            "old_key_version": it.old_key_version,
            "sequence": it.sequence,
            "failures": it.failures,
            "failing_since": it.failing_since,
            "retry_at": it.retry_at,
            "last_words": it.last_words,
            "disabled_at": it.disabled_at,
        }
        in_transaction(self._engine, lambda connection: connection.execute(_ADD, given).rowcount)

    @override
    def subscriptions(self, portfolio_id: PortfolioId | None = None) -> tuple[Subscription, ...]:
        with snapshot(self._engine) as connection:
            return tuple(_subscription_of(row) for row in connection.execute(_LIST, {"portfolio": portfolio_id}))

    @override
    def acknowledge(self, subscription_id: SubscriptionId, seen: int, now_at: int) -> bool:
        given = {"id": subscription_id, "seen": seen, "now_at": now_at}
        return in_transaction(self._engine, lambda connection: connection.scalar(_ACKNOWLEDGE, given)) is not None

    @override
    def fail(self, subscription_id: SubscriptionId, at: datetime, retry_at: datetime, words: str) -> Subscription:
        given = {"at": at, "retry_at": retry_at, "words": words.replace("\0", "")}
        return self._changed(_FAIL, subscription_id, given)

    @override
    def rotate_key(self, subscription_id: SubscriptionId, *, end_old: bool = False) -> Subscription:
        return self._changed(_END_OLD if end_old else _ROTATE, subscription_id, {})

    @override
    def disable_subscription(self, subscription_id: SubscriptionId, at: datetime) -> None:
        self._changed(_DISABLE, subscription_id, {"at": at})

    @override
    def enable_subscription(self, subscription_id: SubscriptionId) -> None:
        self._changed(_ENABLE, subscription_id, {})

    def _changed(self, statement: TextClause, subscription_id: SubscriptionId, given: dict[str, Any]) -> Subscription:
        def work(connection: Connection) -> Subscription:
            row = connection.execute(statement, {"id": subscription_id, **given}).one_or_none()
            if row is None:
                raise NotFound(f"there is no subscription {subscription_id}")
            return _subscription_of(row)

        return in_transaction(self._engine, work)


def _subscription_of(row: Any) -> Subscription:  # noqa: ANN401 - columns by name
    return Subscription(
        subscription_id=SubscriptionId(row.subscription_id),
        portfolio_id=PortfolioId(row.portfolio_id),
        url=row.url,
        made_at=row.made_at,
        kinds=tuple(row.kinds),
        key_version=row.key_version,
        old_key_version=row.old_key_version,
        sequence=row.sequence,
        failures=row.failures,
        failing_since=row.failing_since,
        retry_at=row.retry_at,
        last_words=row.last_words,
        disabled_at=row.disabled_at,
    )
