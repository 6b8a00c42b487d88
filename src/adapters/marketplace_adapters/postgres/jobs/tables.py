"""The tables of the work, beside procrastinate's: all in one PostgreSQL schema, apart from the books."""

from __future__ import annotations

from typing import Final

WORK: Final = "marketplace_jobs"
"""The schema; procrastinate's functions are told to look there, whatever the connection's search path is."""

NEEDED_FUNCTIONS: Final = (
    "procrastinate_defer_jobs_v1",
    "procrastinate_finish_job_v1",
    "procrastinate_register_worker_v1",
    "procrastinate_retry_job_v2",
    "procrastinate_unregister_worker_v1",
    "procrastinate_update_heartbeat_v1",
)
"""What we call of it: a release without one of them is refused when the schema is made."""

TABLES: Final = """
CREATE TABLE job_notes (
    job_id BIGINT PRIMARY KEY REFERENCES procrastinate_jobs (id) ON DELETE CASCADE,
    error_kind TEXT NOT NULL DEFAULT '',
    error_words TEXT NOT NULL DEFAULT '',
    forgiven INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE job_schedules (
    schedule TEXT NOT NULL,
    portfolio_id TEXT COLLATE "C" NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (schedule, portfolio_id)
);
CREATE TABLE hook_routes (
    route_id TEXT COLLATE "C" PRIMARY KEY,
    partner TEXT NOT NULL,
    job_kind TEXT NOT NULL,
    portfolio_id TEXT COLLATE "C" NOT NULL,
    collection_account_id TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE
);
CREATE TABLE hook_tokens (
    digest TEXT COLLATE "C" PRIMARY KEY,
    route_id TEXT COLLATE "C" NOT NULL REFERENCES hook_routes (route_id),
    position INTEGER NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    UNIQUE (route_id, position)
);
CREATE TABLE hooks (
    hook_id TEXT COLLATE "C" PRIMARY KEY,
    route_id TEXT COLLATE "C" NOT NULL REFERENCES hook_routes (route_id),
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    headers JSONB NOT NULL,
    body BYTEA NOT NULL,
    state TEXT NOT NULL DEFAULT 'kept',
    reason TEXT NOT NULL DEFAULT '',
    settled_at TIMESTAMP WITH TIME ZONE
);
CREATE INDEX ix_hooks_state ON hooks (state, received_at, hook_id);
CREATE TABLE webhook_subscriptions (
    subscription_id TEXT COLLATE "C" PRIMARY KEY,
    portfolio_id TEXT COLLATE "C" NOT NULL,
    url TEXT NOT NULL,
    kinds JSONB NOT NULL,
    key_version INTEGER NOT NULL,
    old_key_version INTEGER,
    sequence BIGINT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since TIMESTAMP WITH TIME ZONE,
    retry_at TIMESTAMP WITH TIME ZONE,
    last_words TEXT NOT NULL DEFAULT '',
    disabled_at TIMESTAMP WITH TIME ZONE,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX ix_webhook_subscriptions_portfolio ON webhook_subscriptions (portfolio_id, subscription_id);
"""
