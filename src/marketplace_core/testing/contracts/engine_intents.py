"""What every store of intents must do."""

from __future__ import annotations

from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.outside_engine.intents import Intent, IntentState
from marketplace_core.errors import ConcurrentChange, NotFound
from marketplace_core.ports.outside_engine.engine_intents import EngineIntents
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.contracts.engine_records_base import (
    MINUTE,
    NOON,
    ONE,
    OTHER,
    EngineRecords,
    EngineRecordsSuite,
    intent,
)


class EngineIntentsContract(EngineRecordsSuite):
    """Each marker once, each sending once, and what became of it."""

    def test_an_intent_is_kept_as_it_was_planned(self, records: EngineRecords) -> None:
        """What comes out is what went in; without an amount too."""
        bare = evolve(intent("mk_2"), amount=None)
        assert records.plan(intent()) == records.intent("mk_1") == intent()
        assert records.plan(bare) == records.intent("mk_2") == bare

    def test_a_marker_is_planned_once(self, records: EngineRecords) -> None:
        """Planned again, with other words, later, even done: the first stands and is given as it is."""
        records.plan(intent())
        records.mark_sent("mk_1", 0, NOON)
        records.settle("mk_1", IntentState.DONE, NOON + MINUTE, "their-7")
        assert records.plan(intent(planned_at=NOON + MINUTE, words="Other")) == records.intent("mk_1")
        assert (records.intent("mk_1").words, records.intent("mk_1").state) == ("Charge", IntentState.DONE)

    def test_eight_plan_one_marker_at_once(self, records: EngineRecords) -> None:
        """One intent is kept, and all eight are given it."""
        done = at_once([partial(records.plan, intent(words=f"by {n}")) for n in range(8)])
        assert {str(it) for it in done} == {str(records.intent("mk_1"))}
        assert len(records.open_intents()) == 1

    def test_several_are_changed_whole_or_not_at_all(self, records: EngineRecords) -> None:
        """What was written down before it went wrong is not there; what was written in order is, to whoever looks."""
        records.plan(intent())

        def work(intents: EngineIntents) -> int:
            intents.mark_sent("mk_1", 0, NOON)
            intents.plan(intent("mk_2"))
            intents.settle("mk_2", IntentState.REFUSED, NOON, words="too large")
            seen = len(intents.intents_of(ONE)), len(intents.open_intents()), intents.intent("mk_1").attempts
            assert intents.alone(ONE, lambda it: it.intents_of(ONE)) == intents.intents_of(ONE)
            return sum(seen)

        def failing(intents: EngineIntents) -> int:
            raise ConcurrentChange(f"after {work(intents)}")

        with pytest.raises(ConcurrentChange, match="after 4"):
            records.alone(ONE, failing)
        assert records.intents_of(ONE) == (intent(),)
        assert records.alone(ONE, work) == 2 + 1 + 1
        assert [it.state for it in records.intents_of(ONE)] == [IntentState.SENT, IntentState.REFUSED]

    def test_eight_change_those_of_a_lease_one_after_another(self, records: EngineRecords) -> None:
        """Each sees all that those before it wrote."""

        def work(intents: EngineIntents) -> int:
            number = len(intents.intents_of(ONE))
            intents.plan(intent(f"mk_{number}"))
            return number

        assert sorted(map(str, at_once([partial(records.alone, ONE, work)] * 8))) == [str(it) for it in range(8)]

    def test_a_sending_is_written_down(self, records: EngineRecords) -> None:
        """When, and how often; each for the time after the one before."""
        records.plan(intent())
        first = records.mark_sent("mk_1", 0, NOON)
        assert first == evolve(intent(), state=IntentState.SENT, attempts=1, sent_at=NOON) == records.intent("mk_1")
        second = records.mark_sent("mk_1", 1, NOON + MINUTE)
        assert (second.attempts, second.sent_at) == (2, NOON + MINUTE)

    def test_eight_send_at_once_and_one_does(self, records: EngineRecords) -> None:
        """Seven are told that another was first: a charge has no key there and would stand twice."""
        records.plan(intent())
        done = at_once([partial(records.mark_sent, "mk_1", 0, NOON) for _ in range(8)])
        assert sum(isinstance(it, Intent) for it in done) == 1
        assert sum(isinstance(it, ConcurrentChange) for it in done) == len(done) - 1
        assert records.intent("mk_1").attempts == 1

    def test_what_is_done_is_not_sent(self, records: EngineRecords) -> None:
        """Though nobody sent it since it was looked at: it was found there."""
        records.plan(intent())
        records.settle("mk_1", IntentState.DONE, NOON, "their-7")
        with pytest.raises(ConcurrentChange):
            records.mark_sent("mk_1", 0, NOON)
        assert records.intent("mk_1").state is IntentState.DONE

    def test_what_was_refused_may_be_sent_again(self, records: EngineRecords) -> None:
        """The reason may be gone; then it is open again."""
        records.plan(intent())
        records.mark_sent("mk_1", 0, NOON)
        records.settle("mk_1", IntentState.REFUSED, NOON, words="more than is open")
        again = records.mark_sent("mk_1", 1, NOON + MINUTE)
        assert (again.state, again.attempts, again.settled_at) == (IntentState.SENT, 2, None)
        assert records.open_intents() == (again,)

    def test_the_last_word_counts(self, records: EngineRecords) -> None:
        """Not known, refused, done: each with its words, its time where it is settled, and their id."""
        records.plan(intent())
        records.mark_sent("mk_1", 0, NOON)
        records.settle("mk_1", IntentState.SENT, NOON, words="no answer")
        found = records.intent("mk_1")
        assert (found.is_open, found.last_words, found.settled_at) == (True, "no answer", None)
        records.settle("mk_1", IntentState.REFUSED, NOON + MINUTE, words="too much")
        found = records.intent("mk_1")
        assert (found.state, found.last_words, found.settled_at) == (IntentState.REFUSED, "too much", NOON + MINUTE)
        records.settle("mk_1", IntentState.DONE, NOON + 2 * MINUTE, "their-7")
        found = records.intent("mk_1")
        assert (found.state, found.their_id, found.settled_at) == (IntentState.DONE, "their-7", NOON + 2 * MINUTE)
        assert found.attempts == 1

    def test_the_oldest_come_first(self, records: EngineRecords) -> None:
        """All of a lease; of all leases those that are open, no more than asked for."""
        planned = [intent(f"mk_{n}", OTHER if n == 2 else ONE, NOON - n * MINUTE) for n in range(4)]
        for one in planned:
            records.plan(one)
        records.settle("mk_1", IntentState.DONE, NOON)
        records.settle("mk_0", IntentState.REFUSED, NOON)
        assert [it.marker for it in records.intents_of(ONE)] == ["mk_3", "mk_1", "mk_0"]
        assert [it.marker for it in records.intents_of(OTHER)] == ["mk_2"]
        assert [it.marker for it in records.open_intents()] == ["mk_3", "mk_2"]
        assert [it.marker for it in records.open_intents(1)] == ["mk_3"]

    def test_an_unknown_marker_is_not_found(self, records: EngineRecords) -> None:
        """Nor sent, nor settled."""
        for ask in (
            partial(records.intent, "mk_9"),
            partial(records.mark_sent, "mk_9", 0, NOON),
            partial(records.settle, "mk_9", IntentState.DONE, NOON),
        ):
            with pytest.raises(NotFound):
                ask()
