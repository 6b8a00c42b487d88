"""A job ends as its handler ends: done, tried again, or dead with its reason."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import RLock

import pytest

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import Job, JobRequest, JobState, retry_delay
from marketplace_core.domain.schedule import Schedule
from marketplace_core.errors import ConcurrentChange, InvalidInput, RuleViolation, StoreUnavailable
from marketplace_core.services.keep_schedules import KeepSchedules
from marketplace_core.services.memory_work import MemoryWork
from marketplace_core.services.run_jobs import JobOutcome, JobRun, RunNextJob, Told
from marketplace_core.testing.clocks import FixedClock
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

NOW = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)


class Bench:
    """A queue with one waiting job, a worker, and a clock to set."""

    def __init__(self) -> None:
        """Keep one job that is due."""
        self.clock = FixedClock(NOW)
        self.work = MemoryWork(self.clock, RLock())
        self.job_id = self.work.enqueue(JobRequest("bill", "k1", NOW, PortfolioId("p1")))
        self.worker_id = self.work.enlist()

    def run(self, handler: Callable[[Job], Told], tries: int = 3) -> JobRun:
        """Run the job by a handler."""
        found = RunNextJob(self.work, self.clock, {"bill": handler}, lambda: 1.0, tries)(self.worker_id)
        assert found is not None
        return found

    @property
    def job(self) -> Job:
        """The job as it stands."""
        return self.work.job(self.job_id)


@pytest.fixture
def bench() -> Bench:
    """Give a bench."""
    return Bench()


def raising(error: BaseException) -> Callable[[Job], Told]:
    """A handler that fails."""

    def handler(_: Job) -> Told:
        raise error

    return handler


def test_a_job_whose_handler_returns_is_done(bench: Bench) -> None:
    """It says what it did, and is not run again."""
    run = bench.run(lambda _: {"invoices": 3})
    assert (run.outcome, run.told) == (JobOutcome.DONE, {"invoices": 3})
    assert bench.job.state is JobState.DONE


@pytest.mark.parametrize(
    "error", [StoreUnavailable("away"), ConcurrentChange("later"), ZeroDivisionError("0722000111")]
)
def test_what_may_be_well_later_is_tried_again(bench: Bench, error: Exception) -> None:
    """It waits longer each time, and is dead after the last try."""
    for wait in (2, 4):
        assert bench.run(raising(error)).outcome is JobOutcome.RETRIED
        bench.clock.instant += timedelta(seconds=wait) - timedelta(milliseconds=1)
        assert bench.work.claim(bench.worker_id) is None
        bench.clock.instant += timedelta(milliseconds=1)
    assert bench.run(raising(error)).outcome is JobOutcome.DEAD
    assert bench.job.state is JobState.DEAD


@pytest.mark.parametrize("error", [InvalidInput("no such day"), RuleViolation("not allowed")])
def test_what_will_not_be_well_is_dead_at_once(bench: Bench, error: Exception) -> None:
    """A person sees the error's kind and words."""
    assert bench.run(raising(error)).outcome is JobOutcome.DEAD
    found = bench.job.last_error
    assert found is not None
    assert (found.kind, found.words) == (type(error).__name__, str(error))


def test_the_words_of_others_errors_are_not_kept(bench: Bench) -> None:
    """They may hold anything, a phone number too."""
    bench.run(raising(ValueError("0722000111")))
    found = bench.job.last_error
    assert found is not None
    assert found.kind == "ValueError"
    assert "0722000111" not in found.words


def test_a_job_that_nobody_knows_is_dead(bench: Bench) -> None:
    """An older worker does not lose a newer one's job."""
    RunNextJob(bench.work, bench.clock, {}, lambda: 0.0)(bench.worker_id)
    assert bench.job.state is JobState.DEAD


def test_an_interrupted_job_is_given_back(bench: Bench) -> None:
    """The interruption goes on; the job waits, none of its tries spent."""
    with pytest.raises(KeyboardInterrupt):
        bench.run(raising(KeyboardInterrupt()))
    assert (bench.job.state, bench.job.tries) == (JobState.WAITING, 0)


def test_a_job_that_was_taken_over_is_lost_to_who_had_it(bench: Bench) -> None:
    """Its late end changes nothing; whoever took it says how it ends."""

    def paused(_: Job) -> Told:
        bench.clock.instant += timedelta(minutes=5)
        bench.work.take_over(timedelta(seconds=30), 8)
        other = bench.work.claim(bench.work.enlist())
        assert other is not None
        return {}

    assert bench.run(paused).outcome is JobOutcome.LOST
    assert bench.job.state is JobState.RUNNING


def test_waits_double_up_to_five_minutes() -> None:
    """Half of each wait is certain, the other half is chance."""
    assert [retry_delay(tries, 1.0).total_seconds() for tries in (1, 2, 3, 8, 9, 99)] == [2, 4, 8, 256, 300, 300]
    assert retry_delay(3, 0.0).total_seconds() == 4


def test_a_schedule_gives_each_portfolio_one_job_a_due_instant() -> None:
    """Two workers ask all day: what was due before they began is not made up for, what is due after is kept once."""
    books, clock = MemoryBooks(), FixedClock(NOW)
    for name in ("p1", "p2"):
        PortfolioLife(books, name).opened()
    work, daily = MemoryWork(clock, RLock()), Schedule.parse("0 6 * * *")
    assert daily is not None
    keepers = [KeepSchedules(work, books, {"bill": daily}, {"backup": daily}) for _ in range(2)]
    assert [keep(NOW) for keep in keepers] == [0, 0]
    tomorrow = NOW + timedelta(days=1)
    assert sum(keep(tomorrow) for keep in keepers for _ in range(3)) == 3
    found = [(it.request.kind, it.request.portfolio_id, it.request.due_at) for it in work.jobs(JobState.WAITING)]
    nairobi, utc = datetime(2026, 11, 27, 3, tzinfo=UTC), datetime(2026, 11, 27, 6, tzinfo=UTC)
    assert found == [("bill", "p1", nairobi), ("bill", "p2", nairobi), ("backup", None, utc)]


def test_of_missed_instants_the_latest_is_made_up_for() -> None:
    """After a week without a worker one job is kept, not seven."""
    books, clock = MemoryBooks(), FixedClock(NOW)
    PortfolioLife(books, "p1").opened()
    work, daily = MemoryWork(clock, RLock()), Schedule.parse("0 6 * * *")
    assert daily is not None
    KeepSchedules(work, books, {"bill": daily}, {})(NOW)
    assert KeepSchedules(work, books, {"bill": daily}, {})(NOW + timedelta(days=7)) == 1
    (job,) = work.jobs(JobState.WAITING)
    assert job.request.due_at == datetime(2026, 12, 3, 3, tzinfo=UTC)
