"""Identities in memory: every port of them over plain dictionaries, with the promises of a database."""

from marketplace_core.services.memory_identities.store import MemoryIdentities as MemoryIdentities

__all__ = ["MemoryIdentities"]
