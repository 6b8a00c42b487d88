"""Workers that are killed or paused in the middle of a job: another does it, once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, Literal

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytest.importorskip("structlog", reason="structlog is not installed")

from tests.e2e.crash.crashing import (
    COMMANDS,
    Programs,
    Undisturbed,
    books_of,
    copied,
    problems_of,
    steps_of,
    was_killed,
)
from tests.e2e.crash.working import (
    ONE_LOOK,
    SCHEDULES_OFF,
    SOON,
    ask_for_billing,
    is_paused,
    jobs_left,
    let_time_pass,
    queue_of,
    started,
    told_of,
    wait_until,
)

from marketplace_core.domain.jobs import JobState

if TYPE_CHECKING:
    from tests.fixtures.databases import Database

pytestmark = [pytest.mark.crash, pytest.mark.postgres, pytest.mark.xdist_group("crash")]

POINTS: Final = {"smoke": 2, "slice": 20, "full": 200}
"""Moments at which a worker is killed: ``make crash`` tries 200."""
SEED: Final = 2026_11
WORK: Final = ("marketplace", "worker", "--once")


@pytest.fixture(scope="module")
def billing(
    postgres_server: Database, undisturbed: dict[str, Undisturbed], programs: Programs
) -> Iterator[tuple[Programs, Undisturbed]]:
    """Let an undisturbed worker bill the month: the books with the job, the books after it, and its steps."""
    soon = programs.with_settings(ONE_LOOK)
    with copied(postgres_server, undisturbed["import"].before) as before:
        ready = soon.run(["marketplace", *COMMANDS[1]], before)
        assert ready.returncode == 0, ready.stderr
        ask_for_billing(before)
        with copied(postgres_server, before) as after:
            process = soon.step(WORK, after)
            assert process.returncode == 0, process.stderr
            assert jobs_left(after) == []
            control = Undisturbed(before, books_of(after), *steps_of(soon.report))
        assert control.after == undisturbed["bill"].after
        yield soon, control


def test_a_killed_workers_job_is_done_once(
    billing: tuple[Programs, Undisturbed], postgres_server: Database, scale: Literal["smoke", "slice", "full"]
) -> None:
    """Killed before or after any exchange, the job is done by the next worker: the month is billed once."""
    programs, control = billing
    bad: list[str] = []
    for moment in control.moments(Random(SEED), POINTS[scale]):
        with copied(postgres_server, control.before) as books:
            killed = programs.step(WORK, books, moment)
            assert was_killed(killed), f"moment {moment} of {2 * control.steps} was not reached: {killed.stderr}"
            let_time_pass(books)
            again = programs.run(WORK, books)
            if again.returncode:
                bad.append(f"moment {moment}: the next worker ended with {again.returncode}: {again.stderr}")
            found = books_of(books)
            if found != control.after:
                bad.append(f"moment {moment}: {list((found - control.after) + (control.after - found))[:3]}")
            bad.extend(f"moment {moment}: {it}" for it in (*problems_of(books), *jobs_left(books)))
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("place", [0.45, 0.65, 0.84])
def test_a_late_zombie_changes_nothing(
    place: float, billing: tuple[Programs, Undisturbed], postgres_server: Database, tmp_path: Path
) -> None:
    """Paused in the middle, taken for dead, then continued: its end is refused, the books are billed once."""
    _, control = billing
    pause_at = int(2 * control.steps * place)
    with copied(postgres_server, control.before) as books, started(books, SOON, tmp_path / "late", pause_at) as late:
        wait_until(lambda: is_paused(late))
        with started(books, SOON, tmp_path / "next") as other:
            wait_until(lambda: not jobs_left(books))
            late.send_signal(signal.SIGCONT)
            wait_until(lambda: bool(ended_late(tmp_path / "late")))
            for process in (late, other):
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0
        assert books_of(books) == control.after
        assert problems_of(books) == []
        with queue_of(books) as queue:
            (done,) = queue.jobs(JobState.DONE)
        assert done.attempts == 2
        assert ended_late(tmp_path / "late") <= {"lost", "unavailable"}


def ended_late(log: Path) -> set[str]:
    """What came of the late worker's attempt: taken from it, or its open transaction was undone."""
    return {it.get("outcome", it["event"]) for it in told_of(log) if "outcome" in it or it["event"] == "unavailable"}


def test_with_the_default_settings_a_killed_workers_job_runs_again_within_a_minute(
    billing: tuple[Programs, Undisturbed],
    postgres_server: Database,
    tmp_path: Path,
    scale: Literal["smoke", "slice", "full"],
    record_property: Callable[[str, object], None],
) -> None:
    """Heartbeats, silence and look-out as they ship; in the daily slice a tenth of each."""
    _, control = billing
    tenth = {"MARKETPLACE_WORKER_BEAT": "1", "MARKETPLACE_WORKER_SILENT": "3", "MARKETPLACE_WORKER_LOOK": "1"}
    settings = SCHEDULES_OFF if scale == "full" else {**SCHEDULES_OFF, **tenth}
    limit = 60 if scale == "full" else 6
    with copied(postgres_server, control.before) as books:
        with started(books, settings, tmp_path / "first", int(control.steps * 1.2)) as first:
            wait_until(lambda: is_paused(first))
        with started(books, settings, tmp_path / "next") as other:
            seconds = wait_until(lambda: not jobs_left(books), 90)
            other.send_signal(signal.SIGTERM)
            assert other.wait(30) == 0
        assert books_of(books) == control.after
    record_property("seconds until a killed worker's job was done", round(seconds, 1))
    assert seconds <= limit


def test_a_worker_that_is_asked_to_stop_ends_its_job(
    billing: tuple[Programs, Undisturbed], postgres_server: Database, tmp_path: Path
) -> None:
    """SIGTERM in the middle of a job: the job is done, nothing further is begun, the exit code is 0."""
    _, control = billing
    with copied(postgres_server, control.before) as books:
        with started(books, SCHEDULES_OFF, tmp_path / "log", int(control.steps * 1.2)) as process:
            wait_until(lambda: is_paused(process))
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGCONT)
            assert process.wait(30) == 0
        assert jobs_left(books) == []
        assert books_of(books) == control.after


def test_a_worker_without_grace_gives_its_job_back(
    billing: tuple[Programs, Undisturbed], postgres_server: Database, tmp_path: Path
) -> None:
    """It ends at once; the job waits with none of its tries spent, and nothing of it is written."""
    programs, control = billing
    settings = {**SCHEDULES_OFF, "MARKETPLACE_WORKER_GRACE": "0"}
    with copied(postgres_server, control.before) as books:
        before = books_of(books)
        with started(books, settings, tmp_path / "log", int(control.steps * 1.2)) as process:
            wait_until(lambda: is_paused(process))
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGCONT)
            assert process.wait(30) == 128 + signal.SIGTERM
        (job,) = jobs_left(books)
        assert (job.state, job.tries) == (JobState.WAITING, 0)
        assert books_of(books) == before
        assert programs.run(WORK, books).returncode == 0
        assert books_of(books) == control.after
