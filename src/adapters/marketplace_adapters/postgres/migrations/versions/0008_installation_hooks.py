"""Hook routes of no one book: a billing engine posts to the installation."""

from __future__ import annotations

from alembic import op

from marketplace_adapters.postgres.jobs.tables import WORK

revision = "0008"
down_revision = "0007"

ROUTES = f"""
ALTER TABLE {WORK}.hook_routes ALTER COLUMN portfolio_id DROP NOT NULL;
ALTER TABLE {WORK}.hook_routes ALTER COLUMN collection_account_id DROP NOT NULL;
ALTER TABLE {WORK}.hook_routes ADD CONSTRAINT ck_hook_routes_home
    CHECK ((portfolio_id IS NULL) = (collection_account_id IS NULL))
"""


def upgrade() -> None:
    """Let a route name neither a book nor an account, and never one without the other."""
    for statement in ROUTES.split(";"):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: a way in is not thrown away; restore a backup instead."""
    raise NotImplementedError
