"""Maintenance tickets with their history, comments, and what the system outside is to be told."""

from __future__ import annotations

from alembic import op

from marketplace_adapters.postgres.migrations.rights import restrict
from marketplace_adapters.postgres.migrations.spread import distribute

revision = "0010"
down_revision = "0009"

TABLES = """
CREATE TABLE tickets (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    ticket_id TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_on DATE NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    status_at TIMESTAMP WITH TIME ZONE NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    details TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    priority TEXT COLLATE "C" NOT NULL,
    property_id TEXT COLLATE "C",
    unit_id TEXT COLLATE "C",
    status_reason TEXT COLLATE "C" NOT NULL,
    deferred_until TIMESTAMP WITH TIME ZONE,
    reporter_id TEXT COLLATE "C",
    reporter_name TEXT COLLATE "C" NOT NULL,
    reporter_phone TEXT COLLATE "C" NOT NULL,
    assignee_id TEXT COLLATE "C",
    assignee_name TEXT COLLATE "C" NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    outside JSONB,
    archived_on DATE,
    is_erased BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (portfolio_id, ticket_id),
    CONSTRAINT uq_tickets_number UNIQUE (portfolio_id, number),
    CONSTRAINT ck_tickets_number CHECK (number > 0),
    CONSTRAINT ck_tickets_outside CHECK ((outside IS NULL) = (external_id = ''))
);

CREATE INDEX ix_tickets_opened ON tickets (portfolio_id, opened_on, ticket_id);

CREATE INDEX ix_tickets_property ON tickets (portfolio_id, property_id, opened_on, ticket_id);

CREATE INDEX ix_tickets_reporter ON tickets (portfolio_id, reporter_id, opened_on, ticket_id);

CREATE INDEX ix_tickets_status ON tickets (portfolio_id, status, opened_on, ticket_id);

CREATE UNIQUE INDEX uq_tickets_outside ON tickets (portfolio_id, system, external_id) WHERE external_id <> '';

CREATE TABLE ticket_counts (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    last_number INTEGER NOT NULL,
    PRIMARY KEY (portfolio_id)
);

CREATE TABLE ticket_changes (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    ticket_id TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    change_id TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    body JSONB NOT NULL,
    PRIMARY KEY (portfolio_id, ticket_id, position),
    CONSTRAINT uq_ticket_changes_id UNIQUE (portfolio_id, ticket_id, change_id)
);

CREATE TABLE ticket_comments (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    ticket_id TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    comment_id TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    author_name TEXT COLLATE "C" NOT NULL,
    body JSONB NOT NULL,
    PRIMARY KEY (portfolio_id, ticket_id, position),
    CONSTRAINT uq_ticket_comments_id UNIQUE (portfolio_id, comment_id)
);

CREATE UNIQUE INDEX uq_ticket_comments_outside ON ticket_comments (portfolio_id, ticket_id, external_id)
    WHERE external_id <> '';

CREATE TABLE ticket_intents (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    ticket_id TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    intent_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    planned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    body JSONB NOT NULL,
    PRIMARY KEY (portfolio_id, ticket_id, position),
    CONSTRAINT uq_ticket_intents_id UNIQUE (portfolio_id, intent_id),
    CONSTRAINT ck_ticket_intents_state CHECK (state IN ('planned', 'sent', 'done', 'refused', 'superseded'))
);

CREATE INDEX ix_ticket_intents_open ON ticket_intents (portfolio_id, planned_at, intent_id)
    WHERE state IN ('planned', 'sent')
"""

TIED = """
ALTER TABLE tickets ADD CONSTRAINT fk_tickets_assignee
    FOREIGN KEY (portfolio_id, assignee_id) REFERENCES people (portfolio_id, person_id);
ALTER TABLE tickets ADD CONSTRAINT fk_tickets_portfolio
    FOREIGN KEY (portfolio_id) REFERENCES portfolios (portfolio_id);
ALTER TABLE tickets ADD CONSTRAINT fk_tickets_property
    FOREIGN KEY (portfolio_id, property_id) REFERENCES properties (portfolio_id, property_id);
ALTER TABLE tickets ADD CONSTRAINT fk_tickets_reporter
    FOREIGN KEY (portfolio_id, reporter_id) REFERENCES people (portfolio_id, person_id);
ALTER TABLE tickets ADD CONSTRAINT fk_tickets_unit
    FOREIGN KEY (portfolio_id, unit_id) REFERENCES units (portfolio_id, unit_id);
ALTER TABLE ticket_counts ADD CONSTRAINT fk_ticket_counts_portfolio
    FOREIGN KEY (portfolio_id) REFERENCES portfolios (portfolio_id);
ALTER TABLE ticket_changes ADD CONSTRAINT fk_ticket_changes_ticket
    FOREIGN KEY (portfolio_id, ticket_id) REFERENCES tickets (portfolio_id, ticket_id);
ALTER TABLE ticket_comments ADD CONSTRAINT fk_ticket_comments_ticket
    FOREIGN KEY (portfolio_id, ticket_id) REFERENCES tickets (portfolio_id, ticket_id);
ALTER TABLE ticket_intents ADD CONSTRAINT fk_ticket_intents_ticket
    FOREIGN KEY (portfolio_id, ticket_id) REFERENCES tickets (portfolio_id, ticket_id)
"""

BY_PORTFOLIO = ("tickets", "ticket_counts", "ticket_changes", "ticket_comments", "ticket_intents")

CHANGING = {"ticket_changes": ("reason",)}
"""History is only added to; of a line the reason alone is emptied, when whoever it speaks of is erased."""

KEPT = ("tickets", "ticket_counts", "ticket_comments", "ticket_intents")
"""Rows that change and are never deleted."""


def upgrade() -> None:
    """Make the tables, let them be distributed, then tie them together: in that order for Citus."""
    for statement in filter(None, map(str.strip, TABLES.split(";"))):
        op.execute(statement)
    distribute(op.get_bind(), by_portfolio=BY_PORTFOLIO, by_owner=())
    for statement in filter(None, map(str.strip, TIED.split(";"))):
        op.execute(statement)
    restrict(op.get_bind(), changing=CHANGING, kept=KEPT)


def downgrade() -> None:
    """Refuse: what people reported is not thrown away; restore a backup instead."""
    raise NotImplementedError
