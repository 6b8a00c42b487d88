"""How far streams are read, in memory."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from typing_extensions import override

from marketplace_core.domain.outside_property.progress import Stream, SyncRun, moved_on, require_same_run
from marketplace_core.ports.outside_property.sync_progress import SyncProgress


class MemorySyncProgress(SyncProgress):
    """Runs by stream and beginning, safe for threads where ``lock`` is a lock."""

    def __init__(self, lock: AbstractContextManager[object] | None = None) -> None:
        """No runs."""
        self._lock: AbstractContextManager[object] = nullcontext() if lock is None else lock
        self._runs: dict[tuple[Stream, datetime], SyncRun] = {}

    @override
    def begin(self, run: SyncRun) -> SyncRun:
        with self._lock:
            running = (it for it in self._of(run.stream) if it.ended_at is None)
            return next(running, None) or self._runs.setdefault((run.stream, run.begun_at), run)

    @override
    def advance(self, before: SyncRun, after: SyncRun) -> None:
        require_same_run(before, after)
        with self._lock:
            key = (before.stream, before.begun_at)
            if self._runs.get(key) != before:
                raise moved_on(before)
            self._runs[key] = after

    @override
    def last_good(self, stream: Stream) -> SyncRun | None:
        return next((it for it in self._of(stream) if it.is_good), None)

    @override
    def runs(self, stream: Stream, limit: int = 20) -> tuple[SyncRun, ...]:
        return tuple(self._of(stream)[:limit])

    @override
    def latest(self) -> tuple[SyncRun, ...]:
        with self._lock:
            newest: dict[Stream, SyncRun] = {}
            for it in _newest_first(self._runs.values()):
                newest.setdefault(it.stream, it)
        return tuple(sorted(newest.values(), key=lambda it: _place(it.stream)))

    @override
    def forget(self, before: datetime) -> int:
        with self._lock:
            kept: set[SyncRun] = set()
            newest: dict[tuple[Stream, bool], SyncRun] = {}
            for it in _newest_first(self._runs.values()):
                kept.add(newest.setdefault((it.stream, False), it))
                if it.is_good:
                    kept.add(newest.setdefault((it.stream, True), it))
            old = [it for it in self._runs.values() if it.begun_at < before and it.ended_at and it not in kept]
            for it in old:
                del self._runs[it.stream, it.begun_at]
            return len(old)

    def _of(self, stream: Stream) -> list[SyncRun]:
        with self._lock:
            return _newest_first(it for it in self._runs.values() if it.stream == stream)


def _newest_first(runs: Iterable[SyncRun]) -> list[SyncRun]:
    return sorted(runs, key=lambda it: it.begun_at, reverse=True)


def _place(stream: Stream) -> tuple[str, str, str]:
    return (stream.portfolio_id, stream.system, stream.name)
