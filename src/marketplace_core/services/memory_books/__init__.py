"""The books in memory: every port over plain dictionaries, with the constraints and promises of a database.

It serves the library without any database, is what a replay of the event log rebuilds, and is the fake of tests
(``marketplace_core.testing`` offers it again, safe for threads).
"""

from marketplace_core.services.memory_books.store import MemoryBooks as MemoryBooks

__all__ = ["MemoryBooks"]
