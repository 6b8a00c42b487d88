"""The books in memory for tests: safe for threads, and built in one line."""

from __future__ import annotations

from contextlib import AbstractContextManager
from threading import RLock

from marketplace_core.services.memory_books import MemoryBooks as _MemoryBooks
from marketplace_core.services.memory_books.engine import SaltOf, derived_salt


class MemoryBooks(_MemoryBooks):
    """Books in memory that threads may share: one transaction after another.

    >>> books = MemoryBooks.with_portfolio("p1")
    >>> [portfolio.portfolio_id for portfolio in books.portfolios()]
    ['p1']
    """

    def __init__(self, *, lock: AbstractContextManager[object] | None = None, salt_of: SaltOf = derived_salt) -> None:
        """Begin with empty books and a reentrant lock of their own."""
        super().__init__(lock=RLock() if lock is None else lock, salt_of=salt_of)
