"""Old runs of what is read outside may be deleted: only how far each stream is read matters for long."""

from __future__ import annotations

from alembic import op

from marketplace_adapters.postgres.migrations.rights import has_separate_roles
from marketplace_adapters.postgres.server.roles import APPLICATION_ROLE

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Give the application the right to forget runs."""
    if has_separate_roles(op.get_bind()):
        op.execute(f"GRANT DELETE ON sync_runs TO {APPLICATION_ROLE}")


def downgrade() -> None:
    """Refuse: the books are not thrown away; restore a backup instead."""
    raise NotImplementedError
