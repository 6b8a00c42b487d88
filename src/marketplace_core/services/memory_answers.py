"""Kept answers in memory."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen
from typing_extensions import override

from marketplace_core.errors import KeyReused, StillRunning
from marketplace_core.ports.kept_answers import KeptAnswer, KeptAnswers

TAKEN_OVER_AFTER: Final = timedelta(minutes=1)
"""How long a call may take before another with its key takes it for dead."""


@frozen
class _Row:
    fingerprint: str
    begun_at: datetime
    answer: KeptAnswer | None = None


class MemoryKeptAnswers(KeptAnswers):
    """Keeps answers while the process lives; safe for threads where it is given a lock."""

    def __init__(self, *, lock: AbstractContextManager[object] | None = None) -> None:
        """Begin with none."""
        self._rows: dict[tuple[str, str], _Row] = {}
        self._lock = lock or nullcontext()

    @override
    def begin(self, owner: str, key: str, fingerprint: str, at: datetime) -> KeptAnswer | None:
        with self._lock:
            row = self._rows.get((owner, key))
            if row is not None:
                require_same(key, row.fingerprint, fingerprint)
                if row.answer is not None:
                    return row.answer
                if at - row.begun_at < TAKEN_OVER_AFTER:
                    raise still_running(key)
            self._rows[owner, key] = _Row(fingerprint, at)
        return None

    @override
    def complete(self, owner: str, key: str, answer: KeptAnswer) -> None:
        with self._lock:
            row = self._rows.get((owner, key))
            if row is not None and row.answer is None:
                self._rows[owner, key] = _Row(row.fingerprint, row.begun_at, answer)

    @override
    def give_up(self, owner: str, key: str) -> None:
        with self._lock:
            row = self._rows.get((owner, key))
            if row is not None and row.answer is None:
                del self._rows[owner, key]

    @override
    def forget_before(self, instant: datetime) -> int:
        with self._lock:
            old = [it for it, row in self._rows.items() if row.begun_at < instant]
            for it in old:
                del self._rows[it]
        return len(old)


def require_same(key: str, kept: str, given: str) -> None:
    """Refuse a key that came before with another request."""
    if kept != given:
        raise KeyReused(f"idempotency key {key} came before with another request: give this one a key of its own")


def still_running(key: str) -> StillRunning:
    """What is said while the first call with a key runs."""
    return StillRunning(f"the request with idempotency key {key} is not answered yet: ask again in a moment")
