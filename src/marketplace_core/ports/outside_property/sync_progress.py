"""The port that keeps how far each stream of a system outside is read."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.outside_property.progress import Stream, SyncRun


class SyncProgress(Protocol):
    """Keeps the runs of every stream, of which one at most has not ended; each call is a transaction."""

    @abstractmethod
    def begin(self, run: SyncRun) -> SyncRun:
        """Begin a run; where one of its stream has begun and not ended, that one goes on and is given.

        The run that began at the same instant is given as it is kept, ended or not.
        """

    @abstractmethod
    def advance(self, before: SyncRun, after: SyncRun) -> None:
        """Move a run on, or end it; ``ConcurrentChange`` where another worker moved it meanwhile."""

    @abstractmethod
    def last_good(self, stream: Stream) -> SyncRun | None:
        """The newest that came to its end without trouble."""

    @abstractmethod
    def runs(self, stream: Stream, limit: int = 20) -> tuple[SyncRun, ...]:
        """The newest first."""

    @abstractmethod
    def latest(self) -> tuple[SyncRun, ...]:
        """The newest run of each stream, by portfolio, system and name."""

    @abstractmethod
    def forget(self, before: datetime) -> int:
        """Forget runs that began earlier, but for those that run, and each stream's newest and newest good one.

        How many there were.
        """
