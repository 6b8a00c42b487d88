"""What every queue of jobs must do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Protocol

import pytest

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import DIED, Attempt, Failure, JobId, JobRequest, JobState
from marketplace_core.errors import AlreadyExists, ConcurrentChange, IllegalTransition, NotFound
from marketplace_core.ports.job_queue import JobQueue
from marketplace_core.ports.jobs import Jobs
from marketplace_core.testing.contracts.base import at_once

LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
FAR_OFF: Final = datetime(2999, 1, 1, tzinfo=UTC)
TROUBLE: Final = Failure("PartnerUnavailable", "no answer")
NEVER: Final = timedelta(days=3650)
AT_ONCE: Final = timedelta(0)


class WorkStore(Jobs, JobQueue, Protocol):
    """Both sides of a queue."""


def request(key: str, portfolio: str = "p1", kind: str = "bill", due_at: datetime = LONG_AGO) -> JobRequest:
    """A job that is due, of a portfolio."""
    return JobRequest(kind, key, due_at, PortfolioId(portfolio), {"month": "2026-11"})


class JobsContract:
    """Needs a fixture ``work``: a fresh, empty queue for each test, safe for eight threads."""

    @pytest.fixture
    def work(self) -> WorkStore:
        """Override me."""
        raise NotImplementedError("give a fixture `work` that returns a fresh, empty queue")

    def test_a_job_is_kept_as_it_was_asked_for(self, work: WorkStore) -> None:
        """What comes out is what went in."""
        asked = request("k1")
        found = work.job(work.enqueue(asked))
        assert (found.request, found.state, found.attempts, found.last_error) == (asked, JobState.WAITING, 0, None)

    def test_the_same_key_waits_once(self, work: WorkStore) -> None:
        """Asked again while it waits, it is the same job; once it has begun, another."""
        first = work.enqueue(request("k1"))
        assert work.enqueue(request("k1", "p2")) == first
        taken(work)
        assert work.enqueue(request("k1")) != first

    def test_eight_ask_at_once_for_one_key(self, work: WorkStore) -> None:
        """Eight threads enqueue one key: one job waits."""
        done = at_once([partial(work.enqueue, request("k1")) for _ in range(8)])
        assert len(set(done)) == 1
        assert len(work.jobs(JobState.WAITING)) == 1

    def test_a_schedule_keeps_each_due_instant_once(self, work: WorkStore) -> None:
        """Of eight that ask at once one is first; nor is it kept again once the job is over, or for an earlier time."""
        due = LONG_AGO + timedelta(days=1)
        done = at_once([partial(work.enqueue_once, "bill", request("k1", due_at=due)) for _ in range(8)])
        assert sorted(map(bool, done)) == [False] * 7 + [True]
        work.finish(taken(work))
        assert not work.enqueue_once("bill", request("k1", due_at=due))
        assert not work.enqueue_once("bill", request("k0", due_at=LONG_AGO))
        assert work.enqueue_once("bill", request("k1", "p2", due_at=due))
        assert work.enqueue_once("bill", request("k2", due_at=due + timedelta(days=1)))

    def test_a_schedule_begins_once(self, work: WorkStore) -> None:
        """What was due before it began is not made up for; what comes later is kept."""
        portfolio = PortfolioId("p1")
        assert work.begin_schedule("bill", portfolio, LONG_AGO)
        assert not work.begin_schedule("bill", portfolio, FAR_OFF)
        assert not work.enqueue_once("bill", request("k1", due_at=LONG_AGO))
        assert work.enqueue_once("bill", request("k2", due_at=LONG_AGO + timedelta(days=1)))

    def test_only_what_is_due_is_claimed(self, work: WorkStore) -> None:
        """A job of the future waits, and holds nobody of its line up."""
        work.enqueue(request("later", due_at=FAR_OFF))
        now = work.enqueue(request("now"))
        assert taken(work).job.job_id == now
        assert work.claim(work.enlist()) is None

    def test_only_the_kinds_that_are_asked_for_are_claimed(self, work: WorkStore) -> None:
        """A worker for one kind takes no other, and no other of its line holds it up."""
        work.enqueue(request("k1", kind="bill"))
        second = work.enqueue(request("k2", kind="reconcile"))
        found = work.claim(work.enlist(), ["reconcile"])
        assert found is not None
        assert found.job.job_id == second

    def test_one_job_of_a_portfolio_runs_at_a_time(self, work: WorkStore) -> None:
        """The next of the line begins when the one before has ended; another portfolio's does not wait."""
        for key, portfolio in (("k1", "p1"), ("k2", "p1"), ("k3", "p2")):
            work.enqueue(request(key, portfolio))
        first, other = taken(work), taken(work)
        assert [first.job.request.key, other.job.request.key] == ["k1", "k3"]
        assert work.claim(work.enlist()) is None
        work.finish(first)
        assert taken(work).job.request.key == "k2"

    def test_eight_workers_take_each_job_once(self, work: WorkStore) -> None:
        """Eight workers claim at once: eight portfolios' jobs go to eight workers."""
        wanted = {work.enqueue(request(f"k{n}", f"p{n}")) for n in range(8)}
        workers = [work.enlist() for _ in range(8)]
        found = at_once([partial(work.claim, worker) for worker in workers])
        assert {it.job.job_id for it in found if isinstance(it, Attempt)} == wanted

    def test_eight_workers_at_one_line_take_one_job(self, work: WorkStore) -> None:
        """Eight workers claim at once from one portfolio's line: one gets a job, seven get none."""
        for n in range(8):
            work.enqueue(request(f"k{n}"))
        workers = [work.enlist() for _ in range(8)]
        found = at_once([partial(work.claim, worker) for worker in workers])
        assert sum(isinstance(it, Attempt) for it in found) == 1
        assert found.count(None) == 7

    def test_what_is_done_is_done(self, work: WorkStore) -> None:
        """A finished job is claimed no more, and its attempt decides no more."""
        work.enqueue(request("k1"))
        attempt = taken(work)
        work.finish(attempt)
        assert work.job(attempt.job.job_id).state is JobState.DONE
        assert work.claim(work.enlist()) is None
        with pytest.raises(ConcurrentChange):
            work.finish(attempt)

    def test_a_retry_waits_and_keeps_its_reason(self, work: WorkStore) -> None:
        """It waits until it is due again, with the error and the count of tries."""
        work.enqueue(request("k1"))
        attempt = taken(work)
        work.retry(attempt, FAR_OFF, TROUBLE)
        found = work.job(attempt.job.job_id)
        assert (found.state, found.tries, found.last_error) == (JobState.WAITING, 1, TROUBLE)
        assert work.claim(work.enlist()) is None

    def test_a_retry_takes_the_place_of_its_like(self, work: WorkStore) -> None:
        """A job of its key that came while it ran is discarded: the one that failed does its work."""
        first = work.enqueue(request("k1"))
        attempt = taken(work)
        second = work.enqueue(request("k1"))
        work.retry(attempt, LONG_AGO, TROUBLE)
        assert work.job(second).state is JobState.DISCARDED
        assert taken(work).job.job_id == first

    def test_a_job_given_back_is_taken_again_at_once(self, work: WorkStore) -> None:
        """It costs none of its tries."""
        work.enqueue(request("k1"))
        first = taken(work)
        work.give_back(first)
        second = taken(work)
        assert second.job.job_id == first.job.job_id
        assert (second.number, second.job.tries) == (2, 1)

    def test_a_dead_job_runs_again_when_it_is_replayed(self, work: WorkStore) -> None:
        """It stands among the dead with its reason; replayed it has all its tries again."""
        work.enqueue(request("k1"))
        attempt = taken(work)
        work.bury(attempt, TROUBLE)
        (dead,) = work.jobs(JobState.DEAD)
        assert (dead.job_id, dead.last_error) == (attempt.job.job_id, TROUBLE)
        work.replay(dead.job_id)
        assert taken(work).job.tries == 1
        with pytest.raises(IllegalTransition, match="running"):
            work.replay(dead.job_id)

    def test_a_dead_job_is_not_replayed_beside_its_like(self, work: WorkStore) -> None:
        """Where one of its key waits already, the dead one stays dead."""
        work.enqueue(request("k1"))
        attempt = taken(work)
        work.bury(attempt, TROUBLE)
        work.enqueue(request("k1"))
        with pytest.raises(AlreadyExists):
            work.replay(attempt.job.job_id)
        assert work.job(attempt.job.job_id).state is JobState.DEAD

    def test_a_discarded_job_never_runs(self, work: WorkStore) -> None:
        """A waiting or dead one can be discarded; one that runs or is over cannot."""
        waiting = work.enqueue(request("k1"))
        work.discard(waiting)
        assert work.claim(work.enlist()) is None
        work.enqueue(request("k2"))
        attempt = taken(work)
        for _ in ("runs", "is over"):
            with pytest.raises(IllegalTransition):
                work.discard(attempt.job.job_id)
            if work.job(attempt.job.job_id).state is JobState.RUNNING:
                work.finish(attempt)

    def test_a_silent_workers_job_is_taken_over(self, work: WorkStore) -> None:
        """It runs again for another worker; the first, late, can end it in no way."""
        work.enqueue(request("k1"))
        late = taken(work)
        assert work.take_over(NEVER, 8) == ()
        assert work.take_over(AT_ONCE, 8) == (late.job.job_id,)
        again = taken(work)
        assert (again.job.job_id, again.number, again.job.last_error) == (late.job.job_id, 2, DIED)
        for end in (
            partial(work.finish, late),
            partial(work.bury, late, TROUBLE),
            partial(work.retry, late, LONG_AGO, TROUBLE),
            partial(work.give_back, late),
        ):
            with pytest.raises(ConcurrentChange):
                end()
        assert not work.beat(late.worker_id)
        work.enqueue(request("k2", "p2"))
        with pytest.raises(ConcurrentChange):
            work.claim(late.worker_id)
        work.finish(again)
        assert work.job(again.job.job_id).state is JobState.DONE

    def test_a_job_that_kills_its_workers_is_dead_in_the_end(self, work: WorkStore) -> None:
        """After the last try it waits for a person."""
        work.enqueue(request("k1"))
        taken(work)
        assert work.take_over(AT_ONCE, 2)
        attempt = taken(work)
        assert work.take_over(AT_ONCE, 2)
        assert work.job(attempt.job.job_id).state is JobState.DEAD

    def test_a_worker_that_beats_keeps_its_job(self, work: WorkStore) -> None:
        """Who was heard of lately holds what it has; who left does not."""
        work.enqueue(request("k1"))
        attempt = taken(work)
        assert work.beat(attempt.worker_id)
        assert work.take_over(timedelta(minutes=1), 8) == ()
        work.leave(attempt.worker_id)
        assert work.take_over(timedelta(minutes=1), 8) == (attempt.job.job_id,)

    def test_counts_say_how_the_queue_stands(self, work: WorkStore) -> None:
        """Waiting, running, dead, and since when the oldest is due."""
        for key, portfolio, due in (("k1", "p1", LONG_AGO), ("k2", "p2", LONG_AGO), ("k3", "p3", FAR_OFF)):
            work.enqueue(request(key, portfolio, due_at=due))
        assert work.counts(datetime(2026, 1, 1, tzinfo=UTC)).oldest_due == LONG_AGO
        taken(work)
        work.bury(taken(work), TROUBLE)
        found = work.counts(datetime(2026, 1, 1, tzinfo=UTC))
        assert (found.waiting, found.running, found.dead, found.oldest_due) == (1, 1, 1, None)

    def test_what_is_over_is_forgotten_in_time(self, work: WorkStore) -> None:
        """Done jobs go, waiting ones stay; dead ones go on request only."""
        work.enqueue(request("k1"))
        work.finish(taken(work))
        work.enqueue(request("k2"))
        dead = taken(work)
        work.bury(dead, TROUBLE)
        waiting = work.enqueue(request("k3", due_at=FAR_OFF))
        assert work.forget(LONG_AGO) == 0
        assert work.forget(FAR_OFF) == 1
        assert work.job(dead.job.job_id).state is JobState.DEAD
        assert work.forget(FAR_OFF, dead_too=True) == 1
        assert work.job(waiting).state is JobState.WAITING

    @pytest.mark.parametrize("job_id", ["1", "x", "9" * 30, "-1"])
    def test_an_unknown_job_is_not_found(self, work: WorkStore, job_id: str) -> None:
        """Whatever is asked of it."""
        for ask in (work.job, work.replay, work.discard):
            with pytest.raises(NotFound):
                ask(JobId(job_id))


def taken(work: WorkStore) -> Attempt:
    """The next job, claimed by a new worker."""
    attempt = work.claim(work.enlist())
    assert attempt is not None
    return attempt
