"""How often one caller may do what, where it is limited at all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

from attrs import frozen
from typing_extensions import override

from marketplace_core.ports.identity.attempts import Attempts
from marketplace_core.services.identity.limits import AttemptLimit, attempt_key, require_few

LIMITS: Final[Mapping[str, AttemptLimit]] = {
    "exports": AttemptLimit(30, 3600),
    "hooks": AttemptLimit(6000, 60),
    "letters": AttemptLimit(60, 3600),
    "papers": AttemptLimit(600, 600),
    "runs": AttemptLimit(120, 600),
    "tokens": AttemptLimit(60, 900),
}
"""How often a caller may use the operations of each limit, and in how many seconds."""


class Rates(Protocol):
    """Counts calls of limited operations over every machine; ``TooManyAttempts`` above the limit."""

    @abstractmethod
    def require(self, limit: str, caller: str, now: datetime) -> None:
        """Count one call of a caller under the limit of that name."""


@frozen
class CountedRates(Rates):
    """Counts where logins are counted too."""

    attempts: Attempts
    limits: Mapping[str, AttemptLimit] = LIMITS

    @override
    def require(self, limit: str, caller: str, now: datetime) -> None:
        require_few(self.attempts, attempt_key(f"rate {limit}", caller), self.limits[limit], now)
