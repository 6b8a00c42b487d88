"""A bad line before an engine: each fault does to the caller and to the engine what it says."""

from functools import partial

import pytest

from marketplace_core.errors import PartnerUnavailable, RuleViolation
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.contracts.outside_engine import EnginePlace, LeaseThere
from marketplace_core.testing.contracts.outside_engine_base import let
from marketplace_core.testing.outside_engine import (
    Fault,
    FaultKind,
    FaultyEngine,
    MemoryOutsideEngine,
    scripted,
    seeded,
)


def lines(fault: Fault) -> tuple[FaultyEngine, LeaseThere, LeaseThere]:
    """A line whose second step fails so; the lease as seen over it, and as it is."""
    engine = MemoryOutsideEngine()
    line = FaultyEngine(engine, scripted({2: fault}))
    seen = let(EnginePlace(line, line, engine, engine.move_to), paused=True)
    return line, seen, let(EnginePlace(engine, engine, engine, engine.move_to), paused=True)


@pytest.mark.parametrize(
    ("kind", "error", "stands"),
    [
        (FaultKind.LOST_REPLY, PartnerUnavailable, "100.00"),
        (FaultKind.SLOW, PartnerUnavailable, "100.00"),
        (FaultKind.LATE, PartnerUnavailable, "0.00"),
        (FaultKind.UNAVAILABLE, PartnerUnavailable, "0.00"),
        (FaultKind.REFUSED, RuleViolation, "0.00"),
    ],
)
def test_a_fault_is_seen_and_done_as_it_says(kind: FaultKind, error: type[Exception], stands: str) -> None:
    """What the caller is told, and what stands in the engine then."""
    _, seen, real = lines(Fault(kind))
    with pytest.raises(error):
        seen.charge("100")
    assert real.balance == stands


def test_a_late_step_arrives_after_so_many_calls() -> None:
    """Two reads see nothing of it, the third does: who looks too early sends it twice."""
    line, seen, real = lines(Fault(FaultKind.LATE, after=2))
    with pytest.raises(PartnerUnavailable):
        seen.charge("100")
    assert [seen.balance, seen.balance, line.in_flight] == ["0.00", "0.00", 1]
    assert [seen.balance, real.balance, line.in_flight] == ["100.00", "100.00", 0]


def test_a_late_step_waits_for_the_test() -> None:
    """Without a number it arrives when it is let, once; what is refused then nobody hears of."""
    line, seen, real = lines(Fault(FaultKind.LATE))
    with pytest.raises(PartnerUnavailable):
        seen.pay("invoice-999999", "1")
    line.arrive()
    assert real.books().payments == ()
    line.writing = scripted({3: Fault(FaultKind.LATE)})
    with pytest.raises(PartnerUnavailable):
        seen.charge("100")
    line.arrive()
    line.arrive()
    assert real.balance == "100.00"


def test_reads_fail_by_their_own_numbers() -> None:
    """The second read gets no answer, the third does."""
    line, seen, _ = lines(Fault(FaultKind.REFUSED))
    line.reading = scripted({2: Fault(FaultKind.UNAVAILABLE)})
    assert seen.balance == "0.00"
    with pytest.raises(PartnerUnavailable):
        seen.books()
    assert seen.balance == "0.00"


def test_seeded_faults_are_the_same_each_time() -> None:
    """About as many as asked for, of every kind; another seed, others."""
    first = [seeded(1, 30)(n) for n in range(1_000)]
    assert first == [seeded(1, 30)(n) for n in range(1_000)] != [seeded(2, 30)(n) for n in range(1_000)]
    failed = [it for it in first if it is not None]
    assert {it.kind for it in failed} == set(FaultKind)
    assert 250 < len(failed) < 350
    assert {it.kind for it in map(seeded(3, 50, FaultKind.LATE), range(99)) if it} == {FaultKind.LATE}


def test_eight_threads_share_a_line() -> None:
    """Each step is counted once: of eight at once exactly the second fails."""
    _, seen, real = lines(Fault(FaultKind.UNAVAILABLE))
    done = at_once([partial(seen.charge, "10", f"i{n}") for n in range(8)])
    assert sum(isinstance(it, PartnerUnavailable) for it in done) == 1
    assert real.balance == "70.00"
