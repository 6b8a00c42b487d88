"""Which streams may go on: none before the schema was looked at, and none whose fields are not as they were."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Final

from marketplace_adapters.condo.operations import Stream
from marketplace_core.errors import PartnerDrift

_AGAIN_AFTER_DRIFT_SECONDS: Final = 60.0


class Gate:
    """Looks at the schema now and then; threads may share it.

    ``look`` tells for each stream what is not as it was, "" where all is; it raises where Condo does not answer.
    """

    def __init__(
        self, look: Callable[[], Mapping[Stream, str]], every_seconds: float, monotonic: Callable[[], float]
    ) -> None:
        """Closed until the first look."""
        self._look, self._every_seconds, self._monotonic = look, every_seconds, monotonic
        self._lock = Lock()
        self._looked_at: float | None = None
        self._drift: Mapping[Stream, str] = {}

    @contextmanager
    def passing(self, stream: Stream) -> Generator[None]:
        """Let a stream pass, or raise PartnerDrift: nothing of it is read or written.

        Drift that shows only on the way, as a value that no schema told before, closes the gate until the next look.
        """
        reason = self._seen().get(stream, "")
        if reason:
            raise PartnerDrift(f"Condo is not as it was, so that {stream} stands still: {reason}")
        try:
            yield
        except PartnerDrift as problem:
            with self._lock:
                self._drift = {**self._drift, stream: str(problem)}
                self._looked_at = self._monotonic()
            raise

    @property
    def drift(self) -> Mapping[Stream, str]:
        """What is known to be otherwise, by stream; empty before the first look."""
        with self._lock:
            return self._drift

    def look_again(self) -> Mapping[Stream, str]:
        """Look now, whenever the last look was."""
        with self._lock:
            return self._looked()

    def _seen(self) -> Mapping[Stream, str]:
        with self._lock:
            if self._looked_at is None or self._monotonic() - self._looked_at > self._interval():
                return self._looked()
            return self._drift

    def _looked(self) -> Mapping[Stream, str]:
        self._drift = self._look()
        self._looked_at = self._monotonic()
        return self._drift

    def _interval(self) -> float:
        is_well = not any(self._drift.values())
        return self._every_seconds if is_well else min(self._every_seconds, _AGAIN_AFTER_DRIFT_SECONDS)
