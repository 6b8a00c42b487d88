"""How the database gets its tables: numbered revisions, each applied once, on any PostgreSQL."""

from marketplace_adapters.postgres.migrations.migrate import (
    current_revision,
    latest_revision,
    migrate,
    require_current,
)

__all__ = ["current_revision", "latest_revision", "migrate", "require_current"]
