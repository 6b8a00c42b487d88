"""The roles of an embedded server: who may do what in it.

The superuser cannot log in at all: `pg_hba.conf` has no line for it, and the bootstrap speaks to a
single-user backend before the server first starts.
"""

from __future__ import annotations

from collections.abc import Iterable

APPLICATION_ROLE = "marketplace_app"
"""Reads and writes rows; owns nothing, so that a REVOKE in a migration binds it."""

OWNER_ROLE = "marketplace_owner"
"""Owns databases and tables: migrations, backup, restore; may have all that waits written out."""

SUPERUSER = "postgres"
DATABASE = "marketplace"

_ORDINARY = "LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS"
_DEFAULTS = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER_ROLE} GRANT"

BOOTSTRAP_STATEMENTS = (
    f"CREATE ROLE {APPLICATION_ROLE} {_ORDINARY} NOCREATEDB",
    f"CREATE ROLE {OWNER_ROLE} {_ORDINARY} CREATEDB",
    f"GRANT {APPLICATION_ROLE} TO {OWNER_ROLE}",
    f"GRANT pg_checkpoint TO {OWNER_ROLE}",
    f"{_DEFAULTS} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION_ROLE}",
    f"{_DEFAULTS} USAGE, SELECT ON SEQUENCES TO {APPLICATION_ROLE}",
    f"{_DEFAULTS} USAGE ON SCHEMAS TO {APPLICATION_ROLE}",
    f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}",
)
"""Run once, in ``template1``, so that every later database has the same default rights."""

HOST_BASED_ACCESS = f'local all "{OWNER_ROLE}","{APPLICATION_ROLE}" peer map=marketplace\n'
"""Only the kernel's word about the asking process's user opens the server, and only to the two roles."""


def identity_map(system_users: Iterable[str]) -> str:
    """Return `pg_ident.conf`: each of the system's users may be either of the two roles."""
    return "".join(
        f'marketplace "{user}" "{role}"\n' for user in system_users for role in (OWNER_ROLE, APPLICATION_ROLE)
    )
