"""Everything of identities on one PostgreSQL, behind the core's ports."""

from __future__ import annotations

from marketplace_adapters.postgres.identity.sessions import PostgresSessions
from marketplace_adapters.postgres.identity.users import PostgresUsers


class PostgresIdentities(PostgresUsers, PostgresSessions):
    """Users, sessions, clients, their log and attempts, over the pool of connections that the books use."""
