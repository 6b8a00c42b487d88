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
"""
