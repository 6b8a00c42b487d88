"""Who stands for a person who was recorded twice."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

COLUMN = """
ALTER TABLE people ADD COLUMN merged_into TEXT COLLATE "C";
ALTER TABLE people ADD CONSTRAINT ck_people_merged CHECK (merged_into <> person_id);
CREATE INDEX ix_people_merged ON people (portfolio_id, merged_into) WHERE merged_into IS NOT NULL;
ALTER TABLE people ADD CONSTRAINT fk_people_merged
    FOREIGN KEY (portfolio_id, merged_into) REFERENCES people (portfolio_id, person_id)
"""


def upgrade() -> None:
    """Add the mark."""
    for statement in COLUMN.split(";"):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: the books are not thrown away; restore a backup instead."""
    raise NotImplementedError
