"""Nothing is read or written before the tables were looked at, and nothing while they are not as we need them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from marketplace_adapters.cocorico.columns import Findings
from marketplace_core.errors import ConfigurationError, PartnerDrift

_AGAIN_SECONDS: Final = 60.0


class Gate:
    """Looks at the tables now and then; threads may share it.

    ``look`` tells what it finds; it raises where the database does not answer, which leaves the gate as it was.
    """

    def __init__(self, look: Callable[[], Findings], every_seconds: float, monotonic: Callable[[], float]) -> None:
        """Closed until the first look."""
        self._look, self._every_seconds, self._monotonic = look, every_seconds, monotonic
        self._lock = Lock()
        self._looked_at: float | None = None
        self._findings = Findings()

    @contextmanager
    def passing(self) -> Generator[None]:
        """Let pass, or raise: PartnerDrift for other tables than we need, ConfigurationError for lacking rights.

        Drift that shows only on the way closes the gate until the next look.
        """
        with self._lock:
            is_new = self._looked_at is None or self._monotonic() - self._looked_at > self._interval()
            found = self._looked() if is_new else self._findings
        require(found)
        try:
            yield
        except PartnerDrift:
            with self._lock:
                self._looked_at = None
            raise

    def look_again(self) -> Findings:
        """Look now, whenever the last look was."""
        with self._lock:
            return self._looked()

    def _looked(self) -> Findings:
        self._findings = self._look()
        self._looked_at = self._monotonic()
        return self._findings

    def _interval(self) -> float:
        return min(self._every_seconds, _AGAIN_SECONDS) if self._findings else self._every_seconds


def require(found: Findings) -> None:
    """Refuse to go on with tables or rights that do not do, and name all that is wrong."""
    if found.drift:
        raise PartnerDrift(str(found))
    if found.rights:
        raise ConfigurationError(str(found))
