"""Jobs, hooks and subscriptions in memory: what a database keeps, in dictionaries."""

from marketplace_core.services.memory_work.work import MemoryWork

__all__ = ["MemoryWork"]
