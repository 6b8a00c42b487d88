"""What every store of how far streams are read must do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import pytest
from attrs import evolve

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.outside_property.progress import Stream, SyncRun, SyncStage
from marketplace_core.errors import ConcurrentChange, InvalidInput
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.testing.contracts.base import at_once

NOON: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
UNITS: Final = Stream(PortfolioId("p1"), "condo", "properties")
TICKETS: Final = Stream(PortfolioId("p1"), "condo", "tickets")


class SyncProgressContract:
    """Needs a fixture ``progress``: a fresh, empty store for each test, safe for eight threads."""

    @pytest.fixture
    def progress(self) -> SyncProgress:
        """Override me."""
        raise NotImplementedError("give a fixture `progress` that returns a fresh, empty store")

    def test_a_run_begins_once_and_goes_on(self, progress: SyncProgress) -> None:
        """While it has not ended it is given to whoever begins one; then a new one begins. Streams are apart."""
        first = SyncRun(UNITS, NOON, since=NOON - MINUTE)
        assert progress.begin(first) == first
        moved = evolve(first, cursor="page 2", trouble="no answer").counted({"units": 3, "archived": 0})
        progress.advance(first, moved)
        assert progress.begin(SyncRun(UNITS, NOON + MINUTE)) == moved
        assert progress.begin(SyncRun(TICKETS, NOON)) == SyncRun(TICKETS, NOON)
        ended = evolve(moved, stage=SyncStage.DONE, trouble="", ended_at=NOON + MINUTE)
        progress.advance(moved, ended)
        assert progress.begin(first) == ended
        second = SyncRun(UNITS, NOON + MINUTE)
        assert progress.begin(second) == second
        assert progress.runs(UNITS) == (second, ended)
        assert progress.runs(UNITS, 1) == (second,)
        assert progress.latest() == (second, SyncRun(TICKETS, NOON))

    def test_the_last_good_run_had_no_trouble(self, progress: SyncProgress) -> None:
        """One that ended in trouble, and one that runs, are not it."""
        assert progress.last_good(UNITS) is None
        ends: list[SyncRun] = []
        for minutes, trouble in ((0, ""), (1, ""), (2, "a field is gone")):
            begun = SyncRun(UNITS, NOON + minutes * MINUTE)
            ends.append(evolve(begun, stage=SyncStage.DONE, ended_at=begun.begun_at + MINUTE, trouble=trouble))
            progress.advance(progress.begin(begun), ends[-1])
        progress.begin(SyncRun(UNITS, NOON + 3 * MINUTE))
        assert progress.last_good(UNITS) == ends[1]
        assert progress.last_good(TICKETS) is None
        assert [it.is_degraded for it in progress.runs(UNITS)] == [False, True, False, False]

    def test_old_runs_are_forgotten_but_for_those_that_matter(self, progress: SyncProgress) -> None:
        """The newest of a stream, its newest good one and one that runs stay, however old; younger ones stay too."""
        for stream in (UNITS, TICKETS):
            for minutes, trouble in enumerate(("", "", "", "a field is gone", "a field is gone")):
                begun = SyncRun(stream, NOON + minutes * MINUTE)
                ended = evolve(begun, stage=SyncStage.DONE, ended_at=begun.begun_at + MINUTE, trouble=trouble)
                progress.advance(progress.begin(begun), ended)
        progress.begin(SyncRun(TICKETS, NOON + 5 * MINUTE))
        before = {stream: progress.runs(stream) for stream in (UNITS, TICKETS)}
        assert progress.forget(NOON) == 0
        assert progress.forget(NOON + MINUTE) == len(before)
        assert progress.runs(UNITS) == before[UNITS][:-1]
        good = {stream: progress.last_good(stream) for stream in before}
        assert progress.forget(NOON + timedelta(days=1)) == 2 + 3
        assert [it.begun_at for it in progress.runs(UNITS)] == [NOON + n * MINUTE for n in (4, 2)]
        assert [it.begun_at for it in progress.runs(TICKETS)] == [NOON + n * MINUTE for n in (5, 2)]
        assert good == {stream: progress.last_good(stream) for stream in before}
        assert progress.forget(NOON + timedelta(days=1)) == 0

    def test_eight_begin_at_once_and_one_run_begins(self, progress: SyncProgress) -> None:
        """All eight are given it."""
        done = at_once([partial(progress.begin, SyncRun(UNITS, NOON + n * MINUTE)) for n in range(8)])
        assert {str(it) for it in done} == {str(it) for it in progress.runs(UNITS)}
        assert len(progress.runs(UNITS)) == 1

    def test_eight_move_a_run_at_once_and_one_does(self, progress: SyncProgress) -> None:
        """Seven are told that it was moved; nothing of theirs is kept."""
        begun = progress.begin(SyncRun(UNITS, NOON))
        moves = [evolve(begun, cursor=str(n)) for n in range(8)]
        done = at_once([partial(progress.advance, begun, move) for move in moves])
        assert sum(isinstance(it, ConcurrentChange) for it in done) == len(done) - 1
        assert progress.runs(UNITS) == (moves[done.index(None)],)

    def test_a_run_goes_on_as_itself(self, progress: SyncProgress) -> None:
        """Never as the run of another stream or beginning."""
        begun = progress.begin(SyncRun(UNITS, NOON))
        for other in (evolve(begun, stream=TICKETS), evolve(begun, begun_at=NOON + MINUTE)):
            with pytest.raises(InvalidInput):
                progress.advance(begun, other)
        assert progress.runs(UNITS) == (begun,)
