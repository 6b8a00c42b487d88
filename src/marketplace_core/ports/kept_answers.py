"""The port that keeps what was answered to an idempotency key, so that the same request is answered the same."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from attrs import field, frozen


@frozen
class KeptAnswer:
    """An answer as it was given: status, headers and bytes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes = field(repr=False)


class KeptAnswers(Protocol):
    """Keeps one answer a key of an owner; of many that begin at once, one goes on.

    ``fingerprint`` tells requests apart. A call that neither completed nor gave up within a minute, since its machine
    died, is taken over by the next.
    """

    @abstractmethod
    def begin(self, owner: str, key: str, fingerprint: str, at: datetime) -> KeptAnswer | None:
        """The answer kept, or None where the caller is to go on and then must complete or give up.

        ``KeyReused`` where the fingerprint is another, ``StillRunning`` where somebody else is at it.
        """

    @abstractmethod
    def complete(self, owner: str, key: str, answer: KeptAnswer) -> None:
        """Keep the answer."""

    @abstractmethod
    def give_up(self, owner: str, key: str) -> None:
        """Forget the key: nothing was done, the same request may come again."""

    @abstractmethod
    def forget_before(self, instant: datetime) -> int:
        """Forget answers begun before an instant; how many."""
