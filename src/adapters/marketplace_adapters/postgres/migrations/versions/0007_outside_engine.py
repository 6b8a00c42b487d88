"""What is done in an outside billing engine, and what is known of the agreement with it."""

from __future__ import annotations

from alembic import op

from marketplace_adapters.postgres.migrations.rights import restrict
from marketplace_adapters.postgres.migrations.spread import distribute

revision = "0007"
down_revision = "0006"

TABLES = """
CREATE TABLE engine_intents (
    marker TEXT COLLATE "C" NOT NULL,
    portfolio_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    planned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT,
    amount_currency TEXT COLLATE "C",
    attempts INTEGER NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    their_id TEXT COLLATE "C" NOT NULL,
    last_words TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (marker),
    CONSTRAINT ck_engine_intents_state CHECK (state IN ('planned', 'sent', 'done', 'refused')),
    CONSTRAINT ck_engine_intents_attempts CHECK (attempts >= 0),
    CONSTRAINT ck_engine_intents_amount CHECK ((amount_minor IS NULL) = (amount_currency IS NULL)),
    CONSTRAINT ck_engine_intents_settled CHECK ((settled_at IS NULL) = (state IN ('planned', 'sent')))
);

CREATE INDEX ix_engine_intents_lease ON engine_intents (portfolio_id, lease_id, planned_at, marker);

CREATE INDEX ix_engine_intents_open ON engine_intents (planned_at, marker) WHERE state IN ('planned', 'sent');

CREATE TABLE engine_passes (
    pass_id TEXT COLLATE "C" NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    stage TEXT COLLATE "C" NOT NULL,
    cursor TEXT COLLATE "C" NOT NULL,
    checked INTEGER NOT NULL,
    differences INTEGER NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (pass_id),
    CONSTRAINT ck_engine_passes_counts CHECK (checked >= 0 AND differences >= 0)
);

CREATE UNIQUE INDEX uq_engine_passes_running ON engine_passes (NULLIF(ended_at IS NULL, false));

CREATE INDEX ix_engine_passes_begun ON engine_passes (begun_at, pass_id);

CREATE TABLE engine_faults (
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, subject)
);

CREATE TABLE engine_watches (
    watch TEXT COLLATE "C" NOT NULL,
    watched_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (watch)
);

CREATE TABLE engine_differences (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    ours_minor BIGINT,
    ours_currency TEXT COLLATE "C",
    theirs_minor BIGINT,
    theirs_currency TEXT COLLATE "C",
    words TEXT COLLATE "C" NOT NULL,
    repair TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, lease_id, kind, subject, position),
    CONSTRAINT ck_engine_differences_ours CHECK ((ours_minor IS NULL) = (ours_currency IS NULL)),
    CONSTRAINT ck_engine_differences_theirs CHECK ((theirs_minor IS NULL) = (theirs_currency IS NULL)),
    CONSTRAINT ck_engine_differences_lease CHECK ((portfolio_id = '') = (lease_id = ''))
);

CREATE INDEX ix_engine_differences_drift ON engine_differences (portfolio_id) WHERE kind <> 'paid_otherwise';

CREATE TABLE engine_leases (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    remembered_at TIMESTAMP WITH TIME ZONE,
    compared_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (portfolio_id, lease_id)
)
"""

OF_THE_INSTALLATION = (
    "engine_intents",
    "engine_passes",
    "engine_faults",
    "engine_watches",
    "engine_differences",
    "engine_leases",
)

CHANGING = {
    "engine_intents": ("state", "attempts", "sent_at", "settled_at", "their_id", "last_words"),
    "engine_passes": ("stage", "cursor", "checked", "differences", "ended_at"),
}
"""Rows that prove something: never deleted, and the columns of them that may change."""


def upgrade() -> None:
    """Make the tables, which every node has whole where Citus is installed."""
    for statement in TABLES.split(";"):
        op.execute(statement)
    distribute(op.get_bind(), by_portfolio=(), by_owner=OF_THE_INSTALLATION)
    restrict(op.get_bind(), changing=CHANGING)


def downgrade() -> None:
    """Refuse: what was sent elsewhere is not forgotten; restore a backup instead."""
    raise NotImplementedError
