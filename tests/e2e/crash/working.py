"""What the tests of killed workers share: settings in which a silent worker is soon taken for dead, and its jobs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from tests.e2e.crash.crashing import MAIN, STEPPING, environment
from tests.fixtures.databases import Database

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.jobs.work import PostgresWork
from marketplace_core.domain.jobs import Job, JobId, JobRequest, JobState

DUE: Final = datetime(2026, 11, 1, 3, tzinfo=UTC)
SCHEDULES_OFF: Final = {
    f"MARKETPLACE_SCHEDULES_{name}": "off"
    for name in ("BILLING", "RECONCILE", "LATE_FEES", "DELIVER", "BACKUP", "RETENTION")
}
SOON: Final = {
    **SCHEDULES_OFF,
    "MARKETPLACE_WORKER_POLL": "0.05",
    "MARKETPLACE_WORKER_BEAT": "0.1",
    "MARKETPLACE_WORKER_SILENT": "0.5",
    "MARKETPLACE_WORKER_LOOK": "0.1",
}
ONE_LOOK: Final = {**SCHEDULES_OFF, "MARKETPLACE_WORKER_LOOK": "1000"}
"""A worker looks for silent ones once, as it begins, so that it takes the same steps however fast the machine is."""


def let_time_pass(books: Database) -> None:
    """Let every worker that was heard of have been silent for an hour."""
    with psycopg.connect(books.owner.conninfo()) as connection:
        connection.execute(
            "UPDATE marketplace_jobs.procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'"
        )


@contextmanager
def queue_of(books: Database) -> Generator[PostgresWork]:
    """The queue of these books, to look at."""
    engine = make_engine(books.application)
    try:
        yield PostgresWork(engine)
    finally:
        engine.dispose()


def ask_for_billing(books: Database) -> JobId:
    """Enqueue the billing of November 2026."""
    with queue_of(books) as queue:
        return queue.enqueue(JobRequest("bill", "bill/main/2026-11", DUE, MAIN))


def jobs_left(books: Database) -> list[Job]:
    """The jobs that wait, run or are dead."""
    with queue_of(books) as queue:
        return [it for state in (JobState.WAITING, JobState.RUNNING, JobState.DEAD) for it in queue.jobs(state)]


@contextmanager
def started(
    books: Database, settings: dict[str, str], log: Path, pause_at: int = -1
) -> Generator[subprocess.Popen[str]]:
    """A worker in a process of its own, paused at a moment if one is given; killed at the end if it still runs."""
    kill_at = f"pause:{pause_at}" if pause_at >= 0 else "-1"
    command = [sys.executable, str(STEPPING), str(log.with_suffix(".steps")), kill_at, "marketplace", "worker"]
    with (
        log.open("w", encoding="utf-8") as words,
        subprocess.Popen(command, env=environment(books, settings), stderr=words, text=True) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def is_paused(process: subprocess.Popen[str]) -> bool:
    """True where the process is stopped by a signal."""
    found = os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)
    return found[0] == process.pid and os.WIFSTOPPED(found[1])


def wait_until(what: Callable[[], bool], seconds: float = 60) -> float:
    """How many seconds it took until something was so."""
    begun = time.monotonic()
    while not what():
        assert time.monotonic() - begun < seconds, f"it is not so after {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - begun


def told_of(log: Path) -> list[dict[str, Any]]:
    """Each line of a worker's log."""
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]
