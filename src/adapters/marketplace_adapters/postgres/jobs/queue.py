"""The queue that workers take jobs from: procrastinate's tables and functions, each end fenced by its attempt."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, event, text
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.jobs.jobs import number_of
from marketplace_adapters.postgres.jobs.rows import COLUMNS, job_of, joined
from marketplace_adapters.postgres.reading import Reader
from marketplace_core.domain.jobs import DIED, Attempt, Failure, JobId, WorkerId
from marketplace_core.errors import AlreadyExists, ConcurrentChange, NotFound
from marketplace_core.ports.job_queue import JobQueue

_REGISTER = text("SELECT worker_id FROM marketplace_jobs.procrastinate_register_worker_v1()")
_BEAT = text("UPDATE marketplace_jobs.procrastinate_workers SET last_heartbeat = now() WHERE id = :worker RETURNING id")
_LEAVE = text("SELECT marketplace_jobs.procrastinate_unregister_worker_v1(CAST(:worker AS bigint))")
# procrastinate's own fetch lets a job that waits for its next try hold up its whole line. This one does not; that no
# two of a line run is still its unique index over the locks of running jobs.
_CLAIM = joined(
    """
    WITH candidate AS (
        SELECT j.id FROM marketplace_jobs.procrastinate_jobs j
        WHERE j.status = 'todo' AND j.scheduled_at <= now()
            AND (CAST(:kinds AS text[]) IS NULL OR j.task_name = ANY(CAST(:kinds AS text[])))
            AND NOT EXISTS (
                SELECT FROM marketplace_jobs.procrastinate_jobs running
                WHERE running.lock = j.lock AND running.status = 'doing'
            )
        ORDER BY j.priority DESC, j.id LIMIT 1 FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE marketplace_jobs.procrastinate_jobs AS taken SET status = 'doing', worker_id = CAST(:worker AS bigint)
        FROM candidate WHERE taken.id = candidate.id RETURNING taken.*
    )
    SELECT """,
    COLUMNS,
    """ FROM claimed j LEFT JOIN marketplace_jobs.job_notes n ON n.job_id = j.id
""",
)
_HOLD = text("""
    SELECT queueing_lock FROM marketplace_jobs.procrastinate_jobs
    WHERE id = :id AND status = 'doing' AND worker_id = CAST(:worker AS bigint) AND attempts = :attempts FOR UPDATE
""")
_FINISH = text("SELECT marketplace_jobs.procrastinate_finish_job_v1(:id, :status, false)")
_RETRY = text("SELECT marketplace_jobs.procrastinate_retry_job_v2(:id, :due_at, NULL, NULL, NULL)")
_MAKE_WAY = text("""
    UPDATE marketplace_jobs.procrastinate_jobs SET status = 'cancelled' WHERE queueing_lock = :key AND status = 'todo'
""")
_NOTE = text("""
    INSERT INTO marketplace_jobs.job_notes AS kept (job_id, error_kind, error_words) VALUES (:id, :kind, :words)
    ON CONFLICT (job_id) DO UPDATE SET error_kind = excluded.error_kind, error_words = excluded.error_words
""")
_FORGIVE_ONE = text("""
    INSERT INTO marketplace_jobs.job_notes AS kept (job_id, forgiven) VALUES (:id, 1)
    ON CONFLICT (job_id) DO UPDATE SET forgiven = kept.forgiven + 1
""")
_PRUNE = text("""
    DELETE FROM marketplace_jobs.procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => :seconds)
    RETURNING id
""")
_END_SESSIONS = text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = ANY(CAST(:names AS text[])) AND datname = current_database() AND usename = current_user
        AND pid <> pg_backend_pid()
""")
_ORPHANS = text("""
    SELECT j.id, j.queueing_lock, j.attempts + 1 - coalesce(n.forgiven, 0) AS tries
    FROM marketplace_jobs.procrastinate_jobs j LEFT JOIN marketplace_jobs.job_notes n ON n.job_id = j.id
    WHERE j.status = 'doing' AND j.worker_id IS NULL ORDER BY j.id FOR UPDATE OF j SKIP LOCKED
""")


class PostgresJobQueue(Reader, JobQueue):
    """Each due job for one worker at a time; the database's clock says what is due and who was silent."""

    _name = ""
    """What the sessions of the worker that this process is are called, so that whoever takes over can end them."""

    @override
    def enlist(self, silent_for: timedelta = timedelta(seconds=30)) -> WorkerId:
        if not self._name:
            event.listen(self._engine, "connect", partial(self._mark, silent_for=silent_for))
        worker_id = WorkerId(str(in_transaction(self._engine, lambda connection: connection.scalar(_REGISTER))))
        self._name = _name_of(worker_id)
        # The connections of before have another name: each is made anew when it is next needed.
        self._engine.dispose()
        return worker_id

    def _mark(self, driver: Any, _: object, *, silent_for: timedelta) -> None:  # noqa: ANN401 - the driver's connection
        """Name a session, and have the server undo what a paused or lost worker left open in it."""
        milliseconds = max(int(silent_for.total_seconds() * 1000), 1)
        driver.execute(f"SET idle_in_transaction_session_timeout = {milliseconds}")
        driver.execute("SELECT set_config('application_name', %s, false)", [self._name])
        driver.commit()

    @override
    def beat(self, worker_id: WorkerId) -> bool:
        given = {"worker": int(worker_id)}
        return in_transaction(self._engine, lambda connection: connection.scalar(_BEAT, given)) is not None

    @override
    def leave(self, worker_id: WorkerId) -> None:
        in_transaction(self._engine, lambda connection: connection.execute(_LEAVE, {"worker": int(worker_id)}).all())

    @override
    def claim(self, worker_id: WorkerId, kinds: Collection[str] | None = None) -> Attempt | None:
        given = {"worker": int(worker_id), "kinds": None if kinds is None else sorted(kinds)}
        while True:
            try:
                row = in_transaction(self._engine, lambda connection: connection.execute(_CLAIM, given).one_or_none())
            except AlreadyExists:  # another worker began a job of the same line at this moment
                continue
            except NotFound as error:
                raise ConcurrentChange(f"worker {worker_id} was taken for dead: enlist again") from error
            if row is None:
                return None
            job = job_of(row)
            return Attempt(job, worker_id, job.attempts)

    @override
    def finish(self, attempt: Attempt) -> None:
        self._settle(attempt, lambda connection, given: connection.execute(_FINISH, {**given, "status": "succeeded"}))

    @override
    def retry(self, attempt: Attempt, due_at: datetime, failure: Failure) -> None:
        def work(connection: Connection, given: dict[str, Any]) -> None:
            _note(connection, given["id"], failure)
            _again(connection, given["id"], attempt.job.request.key, due_at)

        self._settle(attempt, work)

    @override
    def give_back(self, attempt: Attempt) -> None:
        def work(connection: Connection, given: dict[str, Any]) -> None:
            connection.execute(_FORGIVE_ONE, {"id": given["id"]})
            _again(connection, given["id"], attempt.job.request.key, attempt.job.request.due_at)

        self._settle(attempt, work)

    @override
    def bury(self, attempt: Attempt, failure: Failure) -> None:
        def work(connection: Connection, given: dict[str, Any]) -> None:
            _note(connection, given["id"], failure)
            connection.execute(_FINISH, {**given, "status": "failed"})

        self._settle(attempt, work)

    @override
    def take_over(self, silent_for: timedelta, most_tries: int) -> tuple[JobId, ...]:
        def work(connection: Connection) -> tuple[JobId, ...]:
            # A job's worker becomes NULL when the worker's row goes: such a job is nobody's, and locked by us here.
            silent = connection.execute(_PRUNE, {"seconds": silent_for.total_seconds()}).scalars().all()
            # A paused one may hold locks in the middle of a statement, which no limit of idleness ends.
            connection.execute(_END_SESSIONS, {"names": [_name_of(str(it)) for it in silent]})
            taken = connection.execute(_ORPHANS).all()
            for row in taken:
                _note(connection, row.id, DIED)
                if row.tries >= most_tries:
                    connection.execute(_FINISH, {"id": row.id, "status": "failed"})
                else:
                    _again(connection, row.id, row.queueing_lock, None)
            return tuple(JobId(str(row.id)) for row in taken)

        return in_transaction(self._engine, work)

    def _settle(self, attempt: Attempt, work: Callable[[Connection, dict[str, Any]], object]) -> None:
        """Let ``work`` end the job, in one transaction with the proof that the attempt is still its worker's."""
        job_id = attempt.job.job_id
        held = {"id": number_of(job_id), "worker": int(attempt.worker_id), "attempts": attempt.number - 1}

        def settle(connection: Connection) -> None:
            if connection.execute(_HOLD, held).one_or_none() is None:
                raise ConcurrentChange(f"job {job_id} was taken over: attempt {attempt.number} decides no more")
            work(connection, {"id": held["id"]})

        while True:
            try:
                return in_transaction(self._engine, settle)
            except AlreadyExists:  # one of its key came in the moment after way was made
                continue


def _note(connection: Connection, number: int, failure: Failure) -> None:
    connection.execute(_NOTE, {"id": number, "kind": failure.kind, "words": failure.words})


def _again(connection: Connection, number: int, key: str, due_at: datetime | None) -> None:
    """Let a job wait again, in place of one of its key that came meanwhile; at once without a time."""
    connection.execute(_MAKE_WAY, {"key": key})
    connection.execute(_RETRY, {"id": number, "due_at": due_at or connection.scalar(text("SELECT now()"))})


def _name_of(worker_id: WorkerId | str) -> str:
    return f"marketplace worker {worker_id}"
