"""The port that keeps what we are about to do in an outside engine's books."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from marketplace_core.domain.outside_engine.intents import Intent, IntentState
from marketplace_core.domain.outside_engine.records import AccountKey

T = TypeVar("T")


class EngineIntents(Protocol):
    """Keeps intents by marker, each change a transaction unless ``alone``; ``NotFound`` for an unknown marker."""

    @abstractmethod
    def alone(self, key: AccountKey, work: Callable[[EngineIntents], T]) -> T:
        """What ``work`` gives, which changes intents of a lease, whole or not at all, while nobody else does so here.

        It works with the intents that it is given, and may be begun again where others' changes undo it.
        """

    @abstractmethod
    def plan(self, intent: Intent) -> Intent:
        """Keep a new intent; where one of its marker is kept already, that one stands and is given."""

    @abstractmethod
    def mark_sent(self, marker: str, attempts: int, at: datetime) -> Intent:
        """It is sent now, for the time after ``attempts``; ``ConcurrentChange`` where another did so meanwhile."""

    @abstractmethod
    def settle(self, marker: str, state: IntentState, at: datetime, their_id: str = "", words: str = "") -> None:
        """It is done, refused, or (``SENT`` with words) still not known; said again, the last word counts."""

    @abstractmethod
    def intent(self, marker: str) -> Intent:
        """The intent of that marker."""

    @abstractmethod
    def intents_of(self, key: AccountKey) -> tuple[Intent, ...]:
        """Every intent of a lease, the oldest first."""

    @abstractmethod
    def open_intents(self, limit: int = 100) -> tuple[Intent, ...]:
        """Those that are planned or sent and not settled, the oldest first."""
