"""Identities on PostgreSQL: users, sessions, clients, their log, and attempts."""

from marketplace_adapters.postgres.identity.store import PostgresIdentities

__all__ = ["PostgresIdentities"]
