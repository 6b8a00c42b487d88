"""What is kept of a property manager's system outside, in memory."""

from marketplace_core.services.memory_outside_property.progress import MemorySyncProgress

__all__ = ["MemorySyncProgress"]
