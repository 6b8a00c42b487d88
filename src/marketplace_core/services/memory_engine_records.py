"""Intents, passes, faults and differences of an outside engine, in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeVar

from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.outside_engine.agreement import Difference, Fault, FullPass, Standing
from marketplace_core.domain.outside_engine.intents import Intent, IntentState
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.errors import ConcurrentChange, NotFound
from marketplace_core.ports.outside_engine.engine_intents import EngineIntents
from marketplace_core.ports.outside_engine.engine_log import EngineLog

T = TypeVar("T")


class MemoryEngineIntents(EngineIntents):
    """Intents by marker, safe for threads where ``lock`` is a lock."""

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        """No intents."""
        self._lock = lock
        self._intents: dict[str, Intent] = {}

    @override
    def alone(self, key: AccountKey, work: Callable[[EngineIntents], T]) -> T:
        with self._lock:
            before = dict(self._intents)
            try:
                return work(self)
            except BaseException:
                self._intents = before
                raise

    @override
    def plan(self, intent: Intent) -> Intent:
        with self._lock:
            return self._intents.setdefault(intent.marker, intent)

    @override
    def mark_sent(self, marker: str, attempts: int, at: datetime) -> Intent:
        with self._lock:
            found = self.intent(marker)
            if found.attempts != attempts or found.state is IntentState.DONE:
                raise ConcurrentChange(
                    f"intent {marker} is {found.state} after {found.attempts} attempts, not open after {attempts}"
                )
            sent = evolve(found, state=IntentState.SENT, attempts=attempts + 1, sent_at=at, settled_at=None)
            self._intents[marker] = sent
            return sent

    @override
    def settle(self, marker: str, state: IntentState, at: datetime, their_id: str = "", words: str = "") -> None:
        with self._lock:
            settled_at = at if state in (IntentState.DONE, IntentState.REFUSED) else None
            self._intents[marker] = evolve(
                self.intent(marker), state=state, settled_at=settled_at, their_id=their_id, last_words=words
            )

    @override
    def intent(self, marker: str) -> Intent:
        with self._lock:
            if marker not in self._intents:
                raise NotFound(f"there is no intent {marker}")
            return self._intents[marker]

    @override
    def intents_of(self, key: AccountKey) -> tuple[Intent, ...]:
        return tuple(it for it in self._oldest_first() if it.key == key)

    @override
    def open_intents(self, limit: int = 100) -> tuple[Intent, ...]:
        return tuple(it for it in self._oldest_first() if it.is_open)[:limit]

    def _oldest_first(self) -> list[Intent]:
        with self._lock:
            return sorted(self._intents.values(), key=lambda it: (it.planned_at, it.marker))


class MemoryEngineRecords(MemoryEngineIntents, EngineLog):
    """All that is kept of an outside engine here, safe for threads where ``lock`` is a lock."""

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        """Nothing is known."""
        super().__init__(lock)
        self._passes: dict[str, FullPass] = {}
        self._faults: dict[tuple[str, str], Fault] = {}
        self._differences: dict[AccountKey | None, tuple[Difference, ...]] = {}
        self._digests: dict[AccountKey, str] = {}
        self._watched_at: datetime | None = None

    @override
    def begin_pass(self, begun: FullPass) -> FullPass:
        with self._lock:
            running = next((it for it in self._passes.values() if it.ended_at is None), None)
            return running or self._passes.setdefault(begun.pass_id, begun)

    @override
    def advance_pass(self, before: FullPass, after: FullPass) -> None:
        with self._lock:
            if self._passes.get(before.pass_id) != before:
                raise ConcurrentChange(f"pass {before.pass_id} was moved on by another worker: read it again")
            self._passes[before.pass_id] = after

    @override
    def passes(self, limit: int = 20) -> tuple[FullPass, ...]:
        with self._lock:
            newest = sorted(self._passes.values(), key=lambda it: (it.begun_at, it.pass_id), reverse=True)
            return tuple(newest[:limit])

    @override
    def note_fault(self, fault: Fault) -> None:
        with self._lock:
            place = (fault.kind, fault.subject)
            self._faults[place] = evolve(self._faults.get(place, fault), words=fault.words)

    @override
    def clear_fault(self, kind: str, subject: str = "") -> bool:
        with self._lock:
            return self._faults.pop((kind, subject), None) is not None

    @override
    def note_watched(self, at: datetime) -> None:
        with self._lock:
            self._watched_at = max(at, self._watched_at or at)

    @override
    def put_differences(self, key: AccountKey | None, found: Sequence[Difference], at: datetime) -> None:
        with self._lock:
            self._differences[key] = tuple(found)

    @override
    def differences(self, limit: int = 1000, offset: int = 0) -> tuple[Difference, ...]:
        return tuple(self._all_differences()[offset : offset + limit])

    @override
    def remember_lease(self, key: AccountKey, digest: str, at: datetime) -> None:
        with self._lock:
            self._digests[key] = digest

    @override
    def lease_digest(self, key: AccountKey) -> str:
        with self._lock:
            return self._digests.get(key, "")

    @override
    def standing(self) -> Standing:
        with self._lock:
            passes = self.passes(len(self._passes))
            return Standing(
                next(iter(passes), None),
                next((it for it in passes if it.is_clean), None),
                tuple(self._faults[place] for place in sorted(self._faults)),
                sum(it.is_drift for it in self._all_differences()),
                min((it.planned_at for it in self._intents.values() if it.is_open), default=None),
                self._watched_at,
            )

    def _all_differences(self) -> list[Difference]:
        with self._lock:
            found = [it for of_key in self._differences.values() for it in of_key]
        return sorted(found, key=lambda it: (*_place(it.key), it.kind, it.subject))


def _place(key: AccountKey | None) -> tuple[str, str]:
    return (key.portfolio_id, key.lease_id) if key else ("", "")
