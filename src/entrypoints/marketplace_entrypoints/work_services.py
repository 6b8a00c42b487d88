"""The services of hooks over an open store: for the command line, the worker and the HTTP server alike."""

from __future__ import annotations

import hmac
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from marketplace_core.domain.delivery import SubscriptionId
from marketplace_core.errors import AdapterMissing, ConfigurationError
from marketplace_core.services.deliver import DeliverEvents, KeyOf
from marketplace_core.services.payment_hooks import AnswerValidation, KeepHook, ReceivePaymentHook
from marketplace_core.services.run_jobs import Told
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import EveryWork, Store

if TYPE_CHECKING:
    from marketplace_entrypoints.composition import Container

_LEAST_KEY: Final = 32


Retention = Callable[[datetime], Told]
"""Deletes what is kept no longer, as of an instant; says how much."""
ANSWERS_ARE_KEPT: Final = timedelta(hours=48)
"""How long an idempotency key is answered as it was the first time."""
RUNS_ARE_KEPT: Final = timedelta(days=90)
"""How long it is known what each run of a property manager's system came to."""


def work_of(store: Store) -> EveryWork:
    """Where the store keeps jobs and hooks."""
    if store.work is None:
        raise AdapterMissing("this store keeps no jobs and hooks")
    return store.work


def retentions_of(settings: Settings, store: Store) -> tuple[Retention, ...]:
    """What is kept no longer beside jobs and hooks: sessions, tokens, counts of attempts, kept answers and runs."""
    found: list[Retention] = []
    if store.identities is not None:
        from marketplace_entrypoints.composition_identity import wired_identity

        retire = wired_identity(settings, store).retire_rows()
        found.append(lambda now: {"identity_rows": retire(now)})
    kept = store.kept_answers
    if kept is not None:
        found.append(lambda now: {"kept_answers": kept.forget_before(now - ANSWERS_ARE_KEPT)})
    progress = store.sync_progress
    if progress is not None:
        found.append(lambda now: {"sync_runs": progress.forget(now - RUNS_ARE_KEPT)})
    return tuple(found)


def keep_hook(store: Store, container: Container) -> KeepHook:
    """What takes a body that was posted."""
    return KeepHook(work_of(store), container.clock())


def answer_validation(store: Store, container: Container) -> AnswerValidation:
    """What answers a validation request, by the rule of the settings."""
    from marketplace_entrypoints.composition import payment_hook_readers

    rule = container.settings().hooks.rule
    return AnswerValidation(work_of(store), payment_hook_readers(), store.ports, store.ports, rule)


def receive_payment_hook(store: Store, container: Container, actor: str) -> ReceivePaymentHook:
    """The job that reads a kept body."""
    from marketplace_entrypoints.composition import payment_hook_readers

    work = work_of(store)
    return ReceivePaymentHook(
        work,
        work,
        store.ports,
        container.import_payments(),
        payment_hook_readers(),
        container.clock(),
        actor,
        reconcile=container.settings().hooks.reconcile,
    )


def key_of(settings: Settings) -> KeyOf:
    """The signing keys, each derived from the settings' key, the subscription and the version."""
    master = settings.webhooks.key.reveal().encode()
    if len(master) < _LEAST_KEY:
        raise ConfigurationError(
            f"webhooks.key must be a random text of {_LEAST_KEY} signs or more: set MARKETPLACE_WEBHOOKS_KEY to, say,"
            ' what python -c "import secrets; print(secrets.token_urlsafe(32))" says, and keep it'
        )

    def derived(subscription_id: SubscriptionId, version: int) -> bytes:
        return hmac.digest(master, f"{subscription_id}/{version}".encode(), "sha256")

    return derived


def deliver_events(store: Store, container: Container) -> DeliverEvents:
    """What tells a portfolio's events to those who asked."""
    from marketplace_entrypoints.composition import event_sink

    settings = container.settings()
    chance = random.SystemRandom().random
    sink, clock = event_sink(settings), container.clock()
    return DeliverEvents(store.ports, work_of(store), sink, key_of(settings), clock, chance)
