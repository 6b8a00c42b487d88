"""The answers kept for idempotency keys."""

from __future__ import annotations

from alembic import op

from marketplace_adapters.postgres.migrations.spread import distribute

revision = "0005"
down_revision = "0004"

TABLE = """
CREATE TABLE kept_answers (
    owner TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status INTEGER,
    headers JSONB,
    content BYTEA,
    PRIMARY KEY (owner, key)
)
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(TABLE)
    distribute(op.get_bind(), by_portfolio=[], by_owner=["kept_answers"])


def downgrade() -> None:
    """Refuse: restore a backup instead."""
    raise NotImplementedError
