"""Jobs, hooks and subscriptions, in a schema of their own."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from marketplace_adapters.postgres.bulk.driver import driver_of
from marketplace_adapters.postgres.jobs.tables import NEEDED_FUNCTIONS, TABLES, WORK
from marketplace_adapters.postgres.migrations.rights import has_separate_roles
from marketplace_adapters.postgres.server.roles import APPLICATION_ROLE
from marketplace_core.errors import ConfigurationError

revision = "0003"
down_revision = "0002"

_FUNCTIONS = "SELECT p.oid::regprocedure::text, p.proname FROM pg_proc p WHERE pronamespace = to_regnamespace(:work)"


def upgrade() -> None:
    """Make procrastinate's tables where its functions find them whatever the search path, and ours beside them."""
    # Every command loads the revisions to see which is the latest; few ever apply this one.
    from procrastinate.schema import SchemaManager  # noqa: PLC0415

    connection = op.get_bind()
    before = connection.scalar(text("SELECT current_setting('search_path')"))
    connection.execute(text(f"CREATE SCHEMA {WORK}"))
    connection.execute(text(f"SET LOCAL search_path TO {WORK}"))
    driver = driver_of(connection)
    driver.execute(SchemaManager.get_schema())
    driver.execute(TABLES)
    functions = connection.execute(text(_FUNCTIONS), {"work": WORK}).all()
    missing = sorted(set(NEEDED_FUNCTIONS) - {name for _, name in functions})
    if missing:
        raise ConfigurationError(f"procrastinate lacks {', '.join(missing)}: install procrastinate 3.10")
    for signature, _ in functions:
        connection.execute(text(f"ALTER FUNCTION {signature} SET search_path TO {WORK}, pg_temp"))
    connection.execute(text("SELECT set_config('search_path', :before, true)"), {"before": before})
    if has_separate_roles(connection):
        for right in (
            f"USAGE ON SCHEMA {WORK}",
            f"SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {WORK}",
            f"USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {WORK}",
            f"EXECUTE ON ALL FUNCTIONS IN SCHEMA {WORK}",
        ):
            connection.execute(text(f"GRANT {right} TO {APPLICATION_ROLE}"))


def downgrade() -> None:
    """Refuse: what waits to be done is not thrown away; restore a backup instead."""
    raise NotImplementedError
