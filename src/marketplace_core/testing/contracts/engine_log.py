"""What every store of passes, faults and differences must do."""

from __future__ import annotations

from functools import partial

from attrs import evolve

from marketplace_core.domain.outside_engine.agreement import Difference, DifferenceKind, Fault, PassStage
from marketplace_core.domain.outside_engine.intents import IntentState
from marketplace_core.errors import ConcurrentChange
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.contracts.engine_records_base import (
    MINUTE,
    NOON,
    ONE,
    OTHER,
    EngineRecords,
    EngineRecordsSuite,
    a_pass,
    difference,
    intent,
)


class EngineLogContract(EngineRecordsSuite):
    """Passes that go on, faults that keep their beginning, differences that replace, and the standing."""

    def test_the_last_look_for_faults_counts(self, records: EngineRecords) -> None:
        """Nobody has looked yet; then the latest look, in whatever order they are told."""
        assert records.standing().watched_at is None
        for at in (NOON + MINUTE, NOON, NOON + 2 * MINUTE, NOON + MINUTE):
            records.note_watched(at)
        assert records.standing().watched_at == NOON + 2 * MINUTE

    def test_a_pass_begins_once_and_goes_on(self, records: EngineRecords) -> None:
        """While it has not ended it is given to whoever begins one; then a new one begins."""
        assert records.begin_pass(a_pass()) == a_pass()
        moved = evolve(a_pass(), stage=PassStage.INVOICES, cursor="200", checked=200, differences=3)
        records.advance_pass(a_pass(), moved)
        assert records.begin_pass(a_pass("pass_2", NOON + MINUTE)) == moved
        ended = evolve(moved, stage=PassStage.DONE, ended_at=NOON + MINUTE)
        records.advance_pass(moved, ended)
        second = a_pass("pass_2", NOON + 2 * MINUTE)
        assert records.begin_pass(second) == second
        assert records.passes() == (second, ended)
        assert records.passes(1) == (second,)

    def test_eight_begin_at_once_and_one_pass_begins(self, records: EngineRecords) -> None:
        """All eight are given it."""
        done = at_once([partial(records.begin_pass, a_pass(f"pass_{n}")) for n in range(8)])
        assert {str(it) for it in done} == {str(it) for it in records.passes()}
        assert len(records.passes()) == 1

    def test_eight_move_a_pass_at_once_and_one_does(self, records: EngineRecords) -> None:
        """Seven are told that it was moved; nothing of theirs is kept."""
        records.begin_pass(a_pass())
        moves = [evolve(a_pass(), cursor=str(n)) for n in range(8)]
        done = at_once([partial(records.advance_pass, a_pass(), move) for move in moves])
        assert sum(isinstance(it, ConcurrentChange) for it in done) == len(done) - 1
        assert records.passes() == (moves[done.index(None)],)

    def test_a_fault_keeps_its_beginning(self, records: EngineRecords) -> None:
        """Noted again it has the new words; subjects are apart; cleared, it is gone, and was there once."""
        records.note_fault(Fault("unreachable", "", NOON, "no answer"))
        records.note_fault(Fault("unreachable", "", NOON + MINUTE, "refused"))
        records.note_fault(Fault("hook", "h1", NOON, "not read"))
        first, second = Fault("hook", "h1", NOON, "not read"), Fault("unreachable", "", NOON, "refused")
        assert records.standing().faults == (first, second)
        assert records.clear_fault("unreachable")
        assert not records.clear_fault("unreachable")
        assert not records.clear_fault("hook", "h2")
        assert records.standing().faults == (first,)
        records.note_fault(Fault("unreachable", "", NOON + 2 * MINUTE, "again"))
        assert records.standing().faults[-1].since == NOON + 2 * MINUTE

    def test_differences_of_a_lease_replace_those_before(self, records: EngineRecords) -> None:
        """Others' stay; by key, kind and subject, those of no lease first; none are left where none is found."""
        unknown = Difference(None, DifferenceKind.UNKNOWN_ACCOUNT, "acc-9", None, None, "nobody's", "")
        records.put_differences(OTHER, [difference(OTHER)], NOON)
        records.put_differences(ONE, [difference(subject="s3"), difference(kind=DifferenceKind.TERMS)], NOON)
        records.put_differences(None, [unknown], NOON)
        records.put_differences(ONE, [difference(subject="s2"), difference(subject="s1")], NOON + MINUTE)
        expected = (unknown, difference(subject="s1"), difference(subject="s2"), difference(OTHER))
        assert records.differences() == expected
        assert records.differences(2) == expected[:2]
        assert records.differences(2, 1) == expected[1:3]
        assert records.differences(2, len(expected)) == ()
        records.put_differences(ONE, [], NOON)
        records.put_differences(None, [], NOON)
        assert records.differences() == (difference(OTHER),)

    def test_eight_replace_at_once_and_one_whole_word_stands(self, records: EngineRecords) -> None:
        """Never a mixture of two."""
        words = [[difference(subject=f"{n}-{m}") for m in range(3)] for n in range(8)]
        assert at_once([partial(records.put_differences, ONE, it, NOON) for it in words]) == [None] * 8
        assert list(records.differences()) in words

    def test_the_digest_of_a_lease_is_the_last(self, records: EngineRecords) -> None:
        """Empty where none was remembered."""
        records.remember_lease(ONE, "d1", NOON)
        records.remember_lease(ONE, "d2", NOON + MINUTE)
        assert (records.lease_digest(ONE), records.lease_digest(OTHER)) == ("d2", "")

    def test_nothing_known_is_a_standing_too(self, records: EngineRecords) -> None:
        """No pass, no fault, no drift, nothing open."""
        found = records.standing()
        assert (found.last_pass, found.last_clean, found.faults, found.drift, found.oldest_open) == (
            None,
            None,
            (),
            0,
            None,
        )

    def test_the_standing_tells_the_last_clean_pass(self, records: EngineRecords) -> None:
        """Beside the last one, that found differences; one that runs is the last, and never clean."""
        clean, dirty = a_pass("pass_1"), a_pass("pass_2", NOON + MINUTE)
        ends = [evolve(clean, ended_at=NOON, checked=5), evolve(dirty, ended_at=NOON + MINUTE, differences=2)]
        for begun, ended in zip((clean, dirty), ends, strict=True):
            records.begin_pass(begun)
            records.advance_pass(begun, ended)
        found = records.standing()
        assert (found.last_pass, found.last_clean) == (ends[1], ends[0])
        runs = records.begin_pass(a_pass("pass_3", NOON + 2 * MINUTE))
        assert (records.standing().last_pass, records.standing().last_clean) == (runs, ends[0])

    def test_the_standing_counts_drift_and_the_oldest_open(self, records: EngineRecords) -> None:
        """What is only told is no drift; what is done or refused is not open."""
        told = [difference(kind=it) for it in (DifferenceKind.PAID_OTHERWISE, DifferenceKind.ENDED_LATER)]
        records.put_differences(ONE, [difference(), *told], NOON)
        records.put_differences(OTHER, [difference(OTHER)], NOON)
        for n in range(4):
            records.plan(intent(f"mk_{n}", planned_at=NOON + n * MINUTE))
        records.settle("mk_0", IntentState.DONE, NOON)
        records.settle("mk_1", IntentState.REFUSED, NOON)
        records.mark_sent("mk_2", 0, NOON)
        assert (records.standing().drift, records.standing().oldest_open) == (2, NOON + 2 * MINUTE)
