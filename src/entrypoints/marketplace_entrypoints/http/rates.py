"""How often one caller may do what, where it is limited at all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Final, Protocol

from attrs import field, frozen
from typing_extensions import override

from marketplace_core.errors import TooManyAttempts
from marketplace_core.ports.identity.attempts import Attempts
from marketplace_core.services.identity.limits import AttemptLimit, attempt_key, require_few

LIMITS: Final[Mapping[str, AttemptLimit]] = {
    "exports": AttemptLimit(30, 3600),
    "hooks": AttemptLimit(6000, 60),
    "inquiries": AttemptLimit(20, 3600),
    "letters": AttemptLimit(60, 3600),
    "papers": AttemptLimit(600, 600),
    "portal": AttemptLimit(600, 60),
    "runs": AttemptLimit(120, 600),
    "tokens": AttemptLimit(60, 900),
}
"""How often a caller may use the operations of each limit, and in how many seconds."""


OF_PROCESS: Final = frozenset(["portal"])
"""What is counted by each process for itself: what a crowd reads must not cost the database a write each."""
_MOST_CALLERS: Final = 100_000


class Rates(Protocol):
    """Counts calls of limited operations; ``TooManyAttempts`` above the limit."""

    @abstractmethod
    def require(self, limit: str, caller: str, now: datetime) -> None:
        """Count one call of a caller under the limit of that name."""


class ProcessRates(Rates):
    """Counts in this process, a window at a time; of more callers than it has room for it forgets all."""

    def __init__(self, limits: Mapping[str, AttemptLimit] = LIMITS, most_callers: int = _MOST_CALLERS) -> None:
        """Under these limits, with room for so many callers."""
        self._limits, self._most = limits, most_callers
        self._lock = Lock()
        self._seen: dict[str, tuple[int, int]] = {}

    @override
    def require(self, limit: str, caller: str, now: datetime) -> None:
        allowed = self._limits[limit]
        key, window = attempt_key(f"rate {limit}", caller), int(now.timestamp()) // allowed.window_seconds
        with self._lock:
            if key not in self._seen and len(self._seen) >= self._most:
                self._seen.clear()
            begun, count = self._seen.get(key, (window, 0))
            count = count + 1 if begun == window else 1
            self._seen[key] = window, count
        if count > allowed.most:
            wait = (window + 1) * allowed.window_seconds - int(now.timestamp())
            raise TooManyAttempts(f"asked too often: wait {wait} seconds, then ask again", wait)


@frozen
class CountedRates(Rates):
    """Counts where logins are counted too, over every machine; what ``OF_PROCESS`` names, in this process alone."""

    attempts: Attempts
    limits: Mapping[str, AttemptLimit] = LIMITS
    own: Rates = field(factory=ProcessRates)

    @override
    def require(self, limit: str, caller: str, now: datetime) -> None:
        if limit in OF_PROCESS:
            self.own.require(limit, caller, now)
        else:
            require_few(self.attempts, attempt_key(f"rate {limit}", caller), self.limits[limit], now)
