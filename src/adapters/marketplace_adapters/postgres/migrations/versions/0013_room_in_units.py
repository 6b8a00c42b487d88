"""Pages of units are filled by half, so that a sync which changes them all finds room beside each row.

A changed row then stays in its page, and none of the three indexes gets an entry. Full pages come to the same size: the
first sync that changes every unit writes each a second time. Rows that are there already are left where they are.
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Leave room."""
    op.execute("ALTER TABLE units SET (fillfactor = 50)")


def downgrade() -> None:
    """Refuse: the books are not thrown away; restore a backup instead."""
    raise NotImplementedError
