"""One reason is enough: whatever else is well, each of them alone turns the verdict false."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from marketplace_core.domain.outside_engine.agreement import Fault, FullPass, PassStage, Standing, Verdict, verdict

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLDEST, PATIENCE, SILENCE = timedelta(hours=26), timedelta(minutes=10), timedelta(minutes=3)
SECOND = timedelta(seconds=1)
CLEAN = FullPass("p1", NOW - timedelta(hours=2), PassStage.DONE, ended_at=NOW - timedelta(hours=1))
WELL = Standing(CLEAN, CLEAN, (), 0, None, NOW)


def judged(standing: Standing) -> Verdict:
    """The verdict as of now."""
    return verdict(standing, NOW, OLDEST, PATIENCE, SILENCE)


def test_what_is_well_is_well_up_to_its_bounds() -> None:
    """The control: a clean pass, an open step and the last look, each as old as it may be."""
    oldest = evolve(CLEAN, begun_at=NOW - OLDEST)
    bounds = Standing(oldest, oldest, (), 0, NOW - PATIENCE, NOW - SILENCE)
    for standing in (WELL, bounds):
        assert (judged(standing).is_ok, judged(standing).reasons) == (True, ())
    assert judged(WELL).verified_at == CLEAN.begun_at


@pytest.mark.parametrize(
    ("standing", "says"),
    [
        (evolve(WELL, last_clean=None), "no full pass has found both books equal yet"),
        (evolve(WELL, last_clean=evolve(CLEAN, begun_at=NOW - OLDEST - SECOND)), "longer ago than"),
        (evolve(WELL, last_pass=evolve(CLEAN, pass_id="p2", differences=3)), "the last full pass found 3 differences"),
        (evolve(WELL, drift=2), "2 differences stand"),
        (evolve(WELL, faults=(Fault("check", "tenant", NOW, "tenant: unknown"),)), "tenant: unknown"),
        (evolve(WELL, oldest_open=NOW - PATIENCE - SECOND), "still not known to be done"),
        (evolve(WELL, watched_at=None), "nobody has looked for faults yet"),
        (evolve(WELL, watched_at=NOW - SILENCE - SECOND), "nobody has looked for faults since"),
    ],
)
def test_each_reason_alone_is_enough(standing: Standing, says: str) -> None:
    """No reason hides behind another: a pass that found nothing, and yet a difference that a single look found."""
    found = judged(standing)
    assert not found.is_ok
    (reason,) = found.reasons
    assert says in reason
