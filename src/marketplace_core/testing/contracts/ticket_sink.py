"""What every sink of tickets must do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import pytest

from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.errors import InvalidInput, NotFound, RuleViolation
from marketplace_core.testing.contracts.outside_hands import SinkPlace
from marketplace_core.testing.contracts.outside_pages import MORNING
from marketplace_core.testing.contracts.ticket_source import a_ticket

_MONTH: Final = timedelta(days=30)
_NOBODY: Final = "00000000-0000-4000-8000-00000000dead"


class TicketSinkContract:
    """Needs a fixture ``sink_place``: an empty one for each test."""

    @pytest.fixture
    def sink_place(self) -> SinkPlace:
        """Override me."""
        raise NotImplementedError("give a fixture `sink_place` that returns a fresh, empty place")

    @pytest.mark.parametrize("status", [it for it in TicketStatus if it is not TicketStatus.OPEN])
    def test_a_status_is_given(self, sink_place: SinkPlace, status: TicketStatus) -> None:
        """What is told is what then stands there, and it is told to whoever reads."""
        made = a_ticket(sink_place.hand)
        sink_place.hand.move_to(MORNING + timedelta(hours=1))
        until = MORNING + _MONTH if status is TicketStatus.ON_HOLD else None
        told = sink_place.sink.set_status(made, status, reason="because", deferred_until=until)
        assert told == sink_place.source.ticket(made)
        assert (told.status, told.status_reason, told.deferred_until) == (status, "because", until)
        assert (told.status_at, told.version) == (MORNING + timedelta(hours=1), 2)

    def test_a_ticket_is_reopened(self, sink_place: SinkPlace) -> None:
        """What was ended may be open again."""
        made = a_ticket(sink_place.hand)
        sink_place.hand.change_status(made, TicketStatus.CLOSED)
        assert sink_place.sink.set_status(made, TicketStatus.OPEN).status is TicketStatus.OPEN

    def test_the_same_status_writes_nothing(self, sink_place: SinkPlace) -> None:
        """Neither version nor instant moves, whoever gave it."""
        made = a_ticket(sink_place.hand)
        sink_place.hand.change_status(made, TicketStatus.RESOLVED, "done")
        before = sink_place.source.ticket(made)
        sink_place.hand.move_to(MORNING + timedelta(hours=1))
        assert sink_place.sink.set_status(made, TicketStatus.RESOLVED, reason="other") == before
        assert sink_place.source.ticket(made) == before

    def test_another_day_of_deferral_is_written(self, sink_place: SinkPlace) -> None:
        """On hold until another day is another thing; until the same day it is not."""
        made = a_ticket(sink_place.hand)
        first = sink_place.sink.set_status(made, TicketStatus.ON_HOLD, deferred_until=MORNING + _MONTH)
        again = sink_place.sink.set_status(made, TicketStatus.ON_HOLD, deferred_until=MORNING + _MONTH)
        later = sink_place.sink.set_status(made, TicketStatus.ON_HOLD, deferred_until=MORNING + 2 * _MONTH)
        assert (again, later.version) == (first, first.version + 1)
        assert later.deferred_until == MORNING + 2 * _MONTH

    @pytest.mark.parametrize(
        "until", [None, MORNING, MORNING - _MONTH, MORNING + timedelta(days=366)], ids=["none", "now", "past", "far"]
    )
    def test_on_hold_needs_a_day_to_come(self, sink_place: SinkPlace, until: datetime | None) -> None:
        """At most 365 days away; nothing is written else."""
        made = a_ticket(sink_place.hand)
        with pytest.raises(RuleViolation, match="365"):
            sink_place.sink.set_status(made, TicketStatus.ON_HOLD, deferred_until=until)
        told = sink_place.source.ticket(made)
        assert told is not None
        assert (told.status, told.version) == (TicketStatus.OPEN, 1)

    def test_what_is_gone_is_not_found(self, sink_place: SinkPlace) -> None:
        """A deleted ticket, or one that never was, takes neither status nor words."""
        made = a_ticket(sink_place.hand)
        sink_place.hand.delete_ticket(made)
        for gone in (made, _NOBODY):
            with pytest.raises(NotFound):
                sink_place.sink.set_status(gone, TicketStatus.CLOSED)
            with pytest.raises(NotFound):
                sink_place.sink.add_comment(gone, "hello")

    def test_a_comment_is_written(self, sink_place: SinkPlace) -> None:
        """Its id is told, and it is read back; sent twice it stands twice."""
        made = a_ticket(sink_place.hand)
        ids = [sink_place.sink.add_comment(made, "We come tomorrow") for _ in range(2)]
        told = sink_place.source.comments(None, "", 10).rows
        assert sorted(it.external_id for it in told) == sorted(ids)
        assert {(it.ticket_id, it.text) for it in told} == {(made, "We come tomorrow")}

    def test_an_empty_comment_is_refused(self, sink_place: SinkPlace) -> None:
        """It says nothing."""
        made = a_ticket(sink_place.hand)
        with pytest.raises(InvalidInput):
            sink_place.sink.add_comment(made, "  ")
        assert sink_place.source.comments(None, "", 10).rows == ()
