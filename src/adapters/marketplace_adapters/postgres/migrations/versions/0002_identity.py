"""Who may sign in; and what outside systems call one of ours."""

from __future__ import annotations

from alembic import op

from marketplace_adapters.postgres.migrations.rights import restrict
from marketplace_adapters.postgres.migrations.spread import distribute

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE users (
    user_id TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    salt TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    grants JSONB NOT NULL,
    epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (user_id),
    CONSTRAINT ck_users_counts CHECK (epoch >= 1 AND version >= 1)
);

CREATE UNIQUE INDEX uq_users_email ON users (email) WHERE email <> '';

CREATE INDEX ix_users_grants ON users USING gin (grants jsonb_path_ops);

CREATE TABLE api_clients (
    client_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    scopes JSONB NOT NULL,
    grants JSONB NOT NULL,
    secrets JSONB NOT NULL,
    is_disabled BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (client_id),
    CONSTRAINT ck_api_clients_version CHECK (version >= 1)
);

CREATE INDEX ix_api_clients_grants ON api_clients USING gin (grants jsonb_path_ops);

CREATE TABLE login_sessions (
    token_hash TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    epoch INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (token_hash)
);

CREATE INDEX ix_login_sessions_user ON login_sessions (user_id);

CREATE TABLE one_time_tokens (
    token_hash TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    epoch INTEGER NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (token_hash)
);

CREATE TABLE identity_events (
    sequence BIGINT NOT NULL,
    command_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    previous_hash TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (sequence),
    CONSTRAINT uq_identity_events_command UNIQUE (command_id),
    CONSTRAINT ck_identity_events_sequence CHECK (sequence >= 1)
);

CREATE TABLE identity_heads (
    chain INTEGER NOT NULL,
    sequence BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (chain),
    CONSTRAINT ck_identity_heads_one CHECK (chain = 1)
);

CREATE TABLE attempt_counts (
    key TEXT COLLATE "C" NOT NULL,
    begins_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (key, begins_at)
);

CREATE INDEX ix_attempt_counts_begins_at ON attempt_counts (begins_at);

CREATE INDEX ix_external_links_our_id ON external_links (portfolio_id, our_id)
"""

AFTER = """
ALTER TABLE login_sessions ADD CONSTRAINT fk_login_sessions_user FOREIGN KEY (user_id) REFERENCES users (user_id);

ALTER TABLE one_time_tokens ADD CONSTRAINT fk_one_time_tokens_user FOREIGN KEY (user_id) REFERENCES users (user_id);

INSERT INTO identity_heads (chain, sequence, hash) VALUES (1, 0, repeat('0', 64))
"""

OF_THE_INSTALLATION = (
    "users",
    "api_clients",
    "login_sessions",
    "one_time_tokens",
    "identity_events",
    "identity_heads",
    "attempt_counts",
)


def upgrade() -> None:
    """Make the tables, which every node has whole where Citus is installed."""
    for statement in TABLES.split(";"):
        op.execute(statement)
    distribute(op.get_bind(), by_portfolio=(), by_owner=OF_THE_INSTALLATION)
    for statement in AFTER.split(";"):
        op.execute(statement)
    restrict(op.get_bind(), append_only=["identity_events"], kept=["users", "api_clients", "identity_heads"])


def downgrade() -> None:
    """Refuse: nobody could sign in any more; restore a backup instead."""
    raise NotImplementedError
