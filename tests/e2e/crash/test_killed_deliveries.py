"""A worker that is killed while it tells events: the receiver gets each at least once, and none is missing."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Final, Literal

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytest.importorskip("structlog", reason="structlog is not installed")
pytest.importorskip("httpx", reason="httpx is not installed")

from attrs import frozen
from tests.e2e.crash.crashing import COMMANDS, MAIN, Programs, Undisturbed, copied, steps_of, was_killed
from tests.e2e.crash.working import DUE, ONE_LOOK, jobs_left, let_time_pass, queue_of
from tests.fixtures.receiving import Receiver, receiving

from marketplace_core.domain.delivery import Subscription, SubscriptionId
from marketplace_core.services.keep_schedules import scheduled_job

if TYPE_CHECKING:
    from tests.fixtures.databases import Database

pytestmark = [pytest.mark.crash, pytest.mark.postgres, pytest.mark.xdist_group("crash")]

POINTS: Final = {"smoke": 2, "slice": 20, "full": 200}
"""Moments at which a worker is killed: ``make crash`` tries 200."""
SEED: Final = 2026_12
WORK: Final = ("worker", "--once")
SETTINGS: Final = {
    **ONE_LOOK,
    "MARKETPLACE_WEBHOOKS_KEY": "k" * 40,
    "MARKETPLACE_WEBHOOKS_ALLOW_HTTP": "true",
}


@frozen
class Telling:
    """An undisturbed delivery: what it began on, what the receiver got, its steps."""

    programs: Programs
    receiver: Receiver
    control: Undisturbed
    ids: tuple[str, ...]


@pytest.fixture(scope="module")
def telling(postgres_server: Database, undisturbed: dict[str, Undisturbed], programs: Programs) -> Iterator[Telling]:
    """Let an undisturbed worker tell a month's events."""
    ready = programs.with_settings(SETTINGS)
    with receiving() as receiver, copied(postgres_server, undisturbed["reconcile"].before) as before:
        assert ready.run(["marketplace", *COMMANDS[4]], before).returncode == 0
        with queue_of(before) as work:
            work.add_subscription(Subscription(SubscriptionId("s1"), MAIN, receiver.url, DUE))
            work.enqueue(scheduled_job("deliver", MAIN, DUE))
        with copied(postgres_server, before) as after:
            process = ready.step(["marketplace", *WORK], after)
            assert process.returncode == 0, process.stderr
            control = Undisturbed(before, undisturbed["reconcile"].after, *steps_of(ready.report))
        ids = tuple(receiver.ids)
        assert len(ids) == len(set(ids)) > 20
        yield Telling(ready, receiver, control, ids)


def test_a_killed_delivery_is_completed(
    telling: Telling, postgres_server: Database, scale: Literal["smoke", "slice", "full"]
) -> None:
    """Killed before or after any statement or post: every event came, in order and once when repeats are left out."""
    moments = telling.control.moments(Random(SEED), POINTS[scale])
    bad = [*what_kills_leave("marketplace", telling, moments, postgres_server)]
    assert not bad, "\n".join(bad)


def test_the_matrix_finds_a_cursor_that_moves_first(telling: Telling, postgres_server: Database) -> None:
    """A twin that says that an event was acknowledged before it posts it loses events: the first loss is enough."""
    moments = telling.control.moments(Random(SEED), 12)
    assert any(what_kills_leave("marketplace-hasty", telling, moments, postgres_server))


def what_kills_leave(program: str, telling: Telling, moments: list[int], server: Database) -> Iterator[str]:
    """What is wrong at the receiver and in the queue after a kill at each moment and a worker afterwards."""
    for moment in moments:
        telling.receiver.got.clear()
        with copied(server, telling.control.before) as books:
            killed = telling.programs.step([program, *WORK], books, moment)
            if not was_killed(killed):  # the twin takes other steps, and may be at its end before
                assert program != "marketplace", f"moment {moment} was not reached: {killed.stderr}"
                continue
            let_time_pass(books)
            again = telling.programs.step([program, *WORK], books)
            if again.returncode:
                yield f"moment {moment}: the next worker ended with {again.returncode}: {again.stderr}"
            got = tuple(dict.fromkeys(telling.receiver.ids))
            if got != telling.ids:
                yield f"moment {moment}: {len(got)} of {len(telling.ids)} events came, or in another order"
            yield from (f"moment {moment}: {it}" for it in jobs_left(books))
            with queue_of(books) as work:
                (told,) = work.subscriptions()
            if told.sequence < len(telling.ids):
                yield f"moment {moment}: the cursor stands at {told.sequence}"
