"""Everything of the work on one PostgreSQL, behind the core's ports."""

from __future__ import annotations

from marketplace_adapters.postgres.jobs.hooks import PostgresHooks
from marketplace_adapters.postgres.jobs.jobs import PostgresJobs
from marketplace_adapters.postgres.jobs.queue import PostgresJobQueue
from marketplace_adapters.postgres.jobs.subscriptions import PostgresSubscriptions


class PostgresWork(PostgresJobs, PostgresJobQueue, PostgresHooks, PostgresSubscriptions):
    """Jobs and what is kept in one transaction with them, over the pool of the books."""
