"""Everything of the work in memory, behind all its ports."""

from __future__ import annotations

from marketplace_core.services.memory_work.subscriptions import MemorySubscriptions


class MemoryWork(MemorySubscriptions):
    """Jobs and what is kept in one transaction with them."""
