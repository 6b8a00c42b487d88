"""Jobs on procrastinate's tables: asked for, looked at, decided on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import snapshot
from marketplace_adapters.postgres.jobs.rows import SELECT_JOBS, STATUS_OF, args_of, job_of, joined
from marketplace_adapters.postgres.reading import Reader
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import Job, JobCounts, JobId, JobRequest, JobState
from marketplace_core.errors import AlreadyExists, IllegalTransition, NotFound
from marketplace_core.ports.jobs import Jobs

# A queue that ANALYZE saw empty makes fetching slow: procrastinate's own way in takes one job at a time as well.
DEFER = """
    unnest(marketplace_jobs.procrastinate_defer_jobs_v1(ARRAY[ROW(
        :kind, :kind, 0, :line, :key, CAST(:args AS jsonb), CAST(:due_at AS timestamptz)
    )::marketplace_jobs.procrastinate_job_to_defer_v1]))
"""
_ENQUEUE = joined("SELECT ", DEFER, " AS id")
_STANDING = text("SELECT id FROM marketplace_jobs.procrastinate_jobs WHERE queueing_lock = :key AND status = 'todo'")
_SCHEDULED = text("""
    INSERT INTO marketplace_jobs.job_schedules AS kept (schedule, portfolio_id, due_at)
    VALUES (:schedule, :portfolio, :due_at)
    ON CONFLICT (schedule, portfolio_id) DO UPDATE SET due_at = excluded.due_at WHERE kept.due_at < excluded.due_at
    RETURNING due_at
""")
_BEGUN = text("""
    INSERT INTO marketplace_jobs.job_schedules (schedule, portfolio_id, due_at) VALUES (:schedule, :portfolio, :due_at)
    ON CONFLICT DO NOTHING RETURNING due_at
""")
_ONE = joined(SELECT_JOBS, " WHERE j.id = :id")
_MANY = joined(
    SELECT_JOBS,
    " WHERE j.status = CAST(:status AS marketplace_jobs.procrastinate_job_status) ORDER BY j.id LIMIT :limit",
)
_COUNTS = text("""
    SELECT count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing'),
        count(*) FILTER (WHERE status = 'failed'),
        min(scheduled_at) FILTER (WHERE status = 'todo' AND scheduled_at <= :now)
    FROM marketplace_jobs.procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')
""")
_STATUS = text("SELECT status::text FROM marketplace_jobs.procrastinate_jobs WHERE id = :id FOR UPDATE")
_FORGIVE = text("""
    INSERT INTO marketplace_jobs.job_notes (job_id, forgiven)
    SELECT id, attempts FROM marketplace_jobs.procrastinate_jobs WHERE id = :id
    ON CONFLICT (job_id) DO UPDATE SET forgiven = excluded.forgiven
""")
# procrastinate's own retry counts an attempt, and a replay is none.
_REPLAY = text("UPDATE marketplace_jobs.procrastinate_jobs SET status = 'todo', scheduled_at = now() WHERE id = :id")
_CANCEL = text("UPDATE marketplace_jobs.procrastinate_jobs SET status = 'cancelled' WHERE id = :id")
_FORGET = text("""
    DELETE FROM marketplace_jobs.procrastinate_jobs j
    WHERE j.status::text = ANY(:statuses) AND NOT EXISTS (
        SELECT FROM marketplace_jobs.procrastinate_events e
        WHERE e.job_id = j.id AND e.type <> 'scheduled' AND e.at >= :before
    )
""")


def enqueue_on(connection: Connection, request: JobRequest) -> JobId:
    """Keep a job in a transaction of somebody's; of a key that waits, the job that waits."""
    standing = connection.scalar(_STANDING, {"key": request.key})
    if standing is None:
        standing = connection.scalar(_ENQUEUE, deferring(request))
    return JobId(str(standing))


def deferring(request: JobRequest) -> dict[str, Any]:
    """The parameters of ``DEFER``."""
    return {
        "kind": request.kind,
        "line": request.line,
        "key": request.key,
        "args": Jsonb(args_of(request)),
        "due_at": request.due_at,
    }


def number_of(job_id: JobId) -> int:
    """The key of a job's row; ``NotFound`` for what is none."""
    if not (job_id.isascii() and job_id.isdecimal() and len(job_id) < 19):  # noqa: PLR2004 - digits of a bigint
        raise _unknown(job_id)
    return int(job_id)


class PostgresJobs(Reader, Jobs):
    """Jobs in procrastinate's tables."""

    @override
    def enqueue(self, request: JobRequest) -> JobId:
        while True:
            try:
                return in_transaction(self._engine, lambda connection: enqueue_on(connection, request))
            except AlreadyExists:  # one of its key came in between: the next look finds it, or that it has begun
                continue

    @override
    def enqueue_once(self, schedule: str, request: JobRequest) -> bool:
        slot = {"schedule": schedule, "portfolio": request.portfolio_id or "", "due_at": request.due_at}

        def work(connection: Connection) -> bool:
            if connection.scalar(_SCHEDULED, slot) is None:
                return False
            enqueue_on(connection, request)
            return True

        return in_transaction(self._engine, work)

    @override
    def begin_schedule(self, schedule: str, portfolio_id: PortfolioId | None, due_at: datetime) -> bool:
        slot = {"schedule": schedule, "portfolio": portfolio_id or "", "due_at": due_at}
        return in_transaction(self._engine, lambda connection: connection.scalar(_BEGUN, slot)) is not None

    @override
    def job(self, job_id: JobId) -> Job:
        with snapshot(self._engine) as connection:
            row = connection.execute(_ONE, {"id": number_of(job_id)}).one_or_none()
        if row is None:
            raise _unknown(job_id)
        return job_of(row)

    @override
    def jobs(self, state: JobState, limit: int = 100) -> tuple[Job, ...]:
        with snapshot(self._engine) as connection:
            found = connection.execute(_MANY, {"status": STATUS_OF[state], "limit": limit}).all()
        return tuple(job_of(row) for row in found)

    @override
    def replay(self, job_id: JobId) -> None:
        number = number_of(job_id)

        def work(connection: Connection) -> None:
            status = connection.scalar(_STATUS, {"id": number})
            if status is None:
                raise _unknown(job_id)
            if status != "failed":
                raise IllegalTransition(f"job {job_id} is {_state(status)}: only a dead one is replayed")
            connection.execute(_FORGIVE, {"id": number})
            connection.execute(_REPLAY, {"id": number})

        try:
            in_transaction(self._engine, work)
        except AlreadyExists as error:
            raise AlreadyExists(f"a job like {job_id} waits already: discard this one") from error

    @override
    def discard(self, job_id: JobId) -> None:
        number = number_of(job_id)

        def work(connection: Connection) -> None:
            status = connection.scalar(_STATUS, {"id": number})
            if status is None:
                raise _unknown(job_id)
            if status not in ("todo", "failed"):
                raise IllegalTransition(f"job {job_id} is {_state(status)}: only a waiting or dead one is discarded")
            connection.execute(_CANCEL, {"id": number})

        in_transaction(self._engine, work)

    @override
    def counts(self, now: datetime) -> JobCounts:
        with snapshot(self._engine) as connection:
            waiting, running, dead, oldest_due = connection.execute(_COUNTS, {"now": now}).one()
        return JobCounts(waiting, running, dead, oldest_due)

    @override
    def forget(self, ended_before: datetime, *, dead_too: bool = False) -> int:
        statuses = ["succeeded", "cancelled", "aborted", *(["failed"] if dead_too else [])]
        given = {"statuses": statuses, "before": ended_before}
        return in_transaction(self._engine, lambda connection: connection.execute(_FORGET, given).rowcount)


def _state(status: str) -> str:
    return next((str(state) for state, name in STATUS_OF.items() if name == status), status)


def _unknown(job_id: JobId) -> NotFound:
    return NotFound(f"there is no job {job_id}; it may have been forgotten after it ended")
