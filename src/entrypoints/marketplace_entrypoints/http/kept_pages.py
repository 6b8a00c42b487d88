"""Answers that are the same for everybody, kept for seconds: a crowd asks the database once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Final

from attrs import field, frozen

from marketplace_entrypoints.settings import Settings

_MOST_BYTES: Final = 32_000_000
"""Of all that is kept together."""


@frozen
class KeptPage:
    """An answer's bytes, and the tag by which it is known again."""

    content: bytes = field(repr=False)
    etag: str
    until: datetime

    @classmethod
    def of(cls, content: bytes, until: datetime) -> KeptPage:
        """The page of some bytes."""
        return cls(content, f'"{sha256(content).hexdigest()[:32]}"', until)


class KeptPages:
    """Keeps the newest of one process, so many and so many bytes at most; what fails is not kept.

    Those who ask for the same at once wait for the first of them, so that it is made once.
    """

    def __init__(self, lifetime: timedelta, most: int) -> None:
        """Keep each for so long, and so many of them."""
        self._lifetime, self._most = lifetime, most
        self._lock = Lock()
        self._kept: OrderedDict[str, KeptPage] = OrderedDict()
        self._making: dict[str, Lock] = {}
        self._bytes = 0

    def get(self, key: str, now: datetime, make: Callable[[], bytes]) -> KeptPage:
        """What is kept under the key, else what is made now."""
        if not self._lifetime:
            return KeptPage.of(make(), now)
        with self._lock:
            found = self._fresh(key, now)
            if found is not None:
                return found
            making = self._making.setdefault(key, Lock())
        with making:
            with self._lock:
                found = self._fresh(key, now)
            if found is not None:
                return found
            try:
                page = KeptPage.of(make(), now + self._lifetime)
                with self._lock:
                    self._keep(key, page)
                return page
            finally:
                with self._lock:
                    self._making.pop(key, None)

    def forget(self) -> None:
        """Keep nothing of until now."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def _fresh(self, key: str, now: datetime) -> KeptPage | None:
        found = self._kept.get(key)
        if found is None or found.until <= now:
            return None
        self._kept.move_to_end(key)
        return found

    def _keep(self, key: str, page: KeptPage) -> None:
        self._drop(key)
        self._kept[key] = page
        self._bytes += len(page.content)
        while self._kept and (len(self._kept) > self._most or self._bytes > _MOST_BYTES):
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._bytes -= len(gone.content)


def pages_of(settings: Settings) -> KeptPages:
    """What keeps answers of ``/portal`` as the settings say."""
    return KeptPages(timedelta(seconds=settings.listings.cache), settings.listings.cached)
