"""What a property manager's system outside tells of units, how far it is read, and who lives where."""

from __future__ import annotations

from alembic import op

from marketplace_adapters.postgres.migrations.rights import restrict
from marketplace_adapters.postgres.migrations.spread import distribute

revision = "0009"
down_revision = "0008"

COLUMNS = """
ALTER TABLE properties ADD COLUMN archived_on DATE;

ALTER TABLE units
    ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'flat',
    ADD COLUMN number TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN floor TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN block TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN archived_on DATE
"""
"""A constant default rewrites no row, and units written by hand need none of these."""

TABLES = """
CREATE TABLE sync_runs (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    since TIMESTAMP WITH TIME ZONE,
    stage TEXT COLLATE "C" NOT NULL,
    cursor TEXT COLLATE "C" NOT NULL,
    counts JSONB NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    trouble TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, system, stream, begun_at),
    CONSTRAINT ck_sync_runs_stage CHECK (stage IN ('changes', 'sweep', 'done'))
);

CREATE UNIQUE INDEX uq_sync_runs_running ON sync_runs (portfolio_id, system, stream) WHERE ended_at IS NULL;

CREATE TABLE occupancies (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    stay INTEGER NOT NULL,
    occupancy_id TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C",
    role TEXT COLLATE "C" NOT NULL,
    seen_from DATE NOT NULL,
    seen_until DATE,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    is_verified BOOLEAN NOT NULL,
    is_erased BOOLEAN NOT NULL,
    PRIMARY KEY (portfolio_id, system, external_id, stay),
    CONSTRAINT ck_occupancies_stay CHECK (stay >= 1),
    CONSTRAINT ck_occupancies_seen CHECK (seen_until >= seen_from),
    CONSTRAINT ck_occupancies_erased CHECK (NOT is_erased OR (name, phone, email) = ('', '', ''))
);

CREATE UNIQUE INDEX uq_occupancies_current ON occupancies (portfolio_id, system, external_id)
    WHERE seen_until IS NULL;

CREATE INDEX ix_occupancies_id ON occupancies (portfolio_id, occupancy_id);

CREATE INDEX ix_occupancies_unit ON occupancies (portfolio_id, unit_id) WHERE unit_id IS NOT NULL;

CREATE INDEX ix_occupancies_phone ON occupancies (portfolio_id, phone) WHERE phone <> '';

CREATE INDEX ix_occupancies_place ON occupancies (portfolio_id, system, place)
    WHERE unit_id IS NULL AND seen_until IS NULL
"""

KEYS = """
ALTER TABLE occupancies ADD CONSTRAINT fk_occupancies_portfolio
    FOREIGN KEY (portfolio_id) REFERENCES portfolios (portfolio_id);

ALTER TABLE occupancies ADD CONSTRAINT fk_occupancies_unit
    FOREIGN KEY (portfolio_id, unit_id) REFERENCES units (portfolio_id, unit_id)
"""

BY_PORTFOLIO = ("sync_runs", "occupancies")

CHANGING = {"sync_runs": ("stage", "cursor", "counts", "ended_at", "trouble")}
"""What was read and when is not forgotten; only how far a run is may change."""


def upgrade() -> None:
    """Add the columns, make the tables, and let occupancies point to units."""
    for statement in (*COLUMNS.split(";"), *TABLES.split(";")):
        op.execute(statement)
    distribute(op.get_bind(), by_portfolio=BY_PORTFOLIO, by_owner=())
    for statement in KEYS.split(";"):
        op.execute(statement)
    restrict(op.get_bind(), changing=CHANGING, kept=("occupancies",))


def downgrade() -> None:
    """Refuse: the books are not thrown away; restore a backup instead."""
    raise NotImplementedError
