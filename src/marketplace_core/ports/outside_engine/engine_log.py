"""The port that keeps what is known of the agreement with an outside engine."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.outside_engine.agreement import Difference, Fault, FullPass, Standing
from marketplace_core.domain.outside_engine.records import AccountKey


class EngineLog(Protocol):
    """Keeps passes, faults and differences of the one engine of the installation, each call a transaction."""

    @abstractmethod
    def begin_pass(self, begun: FullPass) -> FullPass:
        """Begin a full pass; where one has begun and not ended, that one goes on and is given."""

    @abstractmethod
    def advance_pass(self, before: FullPass, after: FullPass) -> None:
        """Move a pass on, or end it; ``ConcurrentChange`` where another worker moved it meanwhile."""

    @abstractmethod
    def passes(self, limit: int = 20) -> tuple[FullPass, ...]:
        """The newest first."""

    @abstractmethod
    def note_fault(self, fault: Fault) -> None:
        """Keep a fault; one of its kind and subject that stands keeps its ``since`` and gets the new words."""

    @abstractmethod
    def clear_fault(self, kind: str, subject: str = "") -> bool:
        """It is well again; False where no such fault stood."""

    @abstractmethod
    def note_watched(self, at: datetime) -> None:
        """Somebody has looked for faults; an instant before the one that is known changes nothing."""

    @abstractmethod
    def put_differences(self, key: AccountKey | None, found: Sequence[Difference], at: datetime) -> None:
        """What is known of a lease now (None: of accounts that are no lease of ours): replaces what was known."""

    @abstractmethod
    def differences(self, limit: int = 1000, offset: int = 0) -> tuple[Difference, ...]:
        """What stands, by key, kind and subject, without the first ``offset``; none at the end."""

    @abstractmethod
    def remember_lease(self, key: AccountKey, digest: str, at: datetime) -> None:
        """A lease was synchronised: what both sides said, as a digest, and when."""

    @abstractmethod
    def lease_digest(self, key: AccountKey) -> str:
        """The digest that was remembered last, empty where none was."""

    @abstractmethod
    def standing(self) -> Standing:
        """What the verdict rests on."""
