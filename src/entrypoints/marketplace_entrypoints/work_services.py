"""The services of hooks over an open store: for the command line, the worker and the HTTP server alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace_core.errors import AdapterMissing
from marketplace_core.services.payment_hooks import AnswerValidation, KeepHook, ReceivePaymentHook
from marketplace_entrypoints.store import EveryWork, Store

if TYPE_CHECKING:
    from marketplace_entrypoints.composition import Container


def work_of(store: Store) -> EveryWork:
    """Where the store keeps jobs and hooks."""
    if store.work is None:
        raise AdapterMissing("this store keeps no jobs and hooks")
    return store.work


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
