"""Faults between us and an outside engine: lost replies, late arrivals, refusals and silence, as a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from hashlib import blake2b
from threading import RLock
from typing import Protocol, TypeVar

from attrs import frozen
from typing_extensions import override

from marketplace_core.domain.outside_engine.records import (
    AccountKey,
    TheirAccount,
    TheirBooks,
    TheirInvoice,
    TheirItem,
    TheirPayment,
)
from marketplace_core.domain.outside_engine.steps import Step
from marketplace_core.errors import MarketplaceError, PartnerUnavailable, RuleViolation
from marketplace_core.ports.outside_engine.engine_reading import EngineReading, Page
from marketplace_core.ports.outside_engine.engine_writing import EngineWriting

T = TypeVar("T")


class Engine(EngineWriting, EngineReading, Protocol):
    """Both sides of an outside engine."""


class FaultKind(StrEnum):
    """What goes wrong with a call."""

    LOST_REPLY = "lost_reply"
    """It is done, and the answer is lost."""
    SLOW = "slow"
    """It is done, but the answer comes after the caller gave up: to the caller, a lost one."""
    LATE = "late"
    """It seems lost, and is done later: after more calls, or when the test lets it arrive."""
    UNAVAILABLE = "unavailable"
    """It is not done, and nobody answers."""
    REFUSED = "refused"
    """It is not done, and the engine says so."""


@frozen
class Fault:
    """A fault of one call; a late one arrives before the call that comes ``after`` so many, or never by itself (0)."""

    kind: FaultKind
    after: int = 0


Faults = Callable[[int], "Fault | None"]
"""The fault of a call by its number, from 1."""


def scripted(faults: Mapping[int, Fault]) -> Faults:
    """Those faults at those calls, and no other."""
    return faults.get


def seeded(seed: int, percent: int, *kinds: FaultKind, after: int = 3) -> Faults:
    """Of each hundred calls about ``percent`` fail, in a way that the seed and the call's number decide."""
    chosen = kinds or tuple(FaultKind)

    def fault(number: int) -> Fault | None:
        dice = int.from_bytes(blake2b(f"{seed}/{number}".encode(), digest_size=8).digest())
        return Fault(chosen[dice // 100 % len(chosen)], after) if dice % 100 < percent else None

    return fault


def no_faults(number: int) -> Fault | None:
    """Nothing goes wrong."""
    del number
    return None


class FaultyEngine(EngineWriting, EngineReading):
    """An engine behind a bad line: ``writing`` faults count steps, ``reading`` ones count reads; safe for threads."""

    def __init__(self, engine: Engine, writing: Faults = no_faults, reading: Faults = no_faults) -> None:
        """Put faults before the engine; change them at any time by setting them."""
        self.engine, self.writing, self.reading = engine, writing, reading
        self.steps: list[Step] = []
        self._reads = self._calls = 0
        self._late: list[tuple[int | None, Callable[[], str]]] = []
        self._lock = RLock()

    @property
    def in_flight(self) -> int:
        """How many steps seemed lost and may still arrive."""
        return len(self._late)

    def arrive(self) -> None:
        """Let every step arrive that seemed lost."""
        with self._lock:
            late, self._late = self._late, []
        for _, call in late:
            _quietly(call)

    @override
    def require_holds(self, step: Step) -> None:
        self.engine.require_holds(step)

    @override
    def perform(self, key: AccountKey, account_id: str, step: Step) -> str:
        def send() -> str:
            return self.engine.perform(key, account_id, step)

        self._let_arrive()
        with self._lock:
            self.steps.append(step)
            fault = self.writing(len(self.steps))
            if fault is not None and fault.kind is FaultKind.LATE:
                self._late.append((self._calls + fault.after if fault.after else None, send))
        if fault is None:
            return send()
        return _fail(fault, send)

    @override
    def books_of(self, key: AccountKey) -> TheirBooks | None:
        return self._read(lambda: self.engine.books_of(key))

    @override
    def account_key_of(self, account_id: str) -> str:
        return self._read(lambda: self.engine.account_key_of(account_id))

    @override
    def preview(self, account_id: str, until: date) -> tuple[TheirItem, ...]:
        return self._read(lambda: self.engine.preview(account_id, until))

    @override
    def account_page(self, offset: int, limit: int) -> Page[TheirAccount]:
        return self._read(lambda: self.engine.account_page(offset, limit))

    @override
    def invoice_page(self, offset: int, limit: int) -> Page[TheirInvoice]:
        return self._read(lambda: self.engine.invoice_page(offset, limit))

    @override
    def payment_page(self, offset: int, limit: int) -> Page[TheirPayment]:
        return self._read(lambda: self.engine.payment_page(offset, limit))

    def _read(self, read: Callable[[], T]) -> T:
        self._let_arrive()
        with self._lock:
            self._reads += 1
            fault = self.reading(self._reads)
        if fault is not None:
            raise PartnerUnavailable(f"the engine does not answer ({fault.kind}): try again")
        return read()

    def _let_arrive(self) -> None:
        with self._lock:
            self._calls += 1
            due = [call for at, call in self._late if at is not None and at < self._calls]
            self._late = [(at, call) for at, call in self._late if at is None or at >= self._calls]
        for call in due:
            _quietly(call)


def _fail(fault: Fault, send: Callable[[], str]) -> str:
    if fault.kind is FaultKind.REFUSED:
        raise RuleViolation("the engine refused it")
    if fault.kind in (FaultKind.LOST_REPLY, FaultKind.SLOW):
        send()
    raise PartnerUnavailable(f"the engine gave no answer ({fault.kind}): nobody knows whether it was done")


def _quietly(call: Callable[[], str]) -> None:
    """What arrives late may be refused, and nobody hears of it."""
    try:
        call()
    except MarketplaceError:
        return
