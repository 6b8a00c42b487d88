"""What every source of tickets must do."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from typing_extensions import override

from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.outside_property.tickets import OutsideComment, OutsideTicket
from marketplace_core.domain.party import UnitKind
from marketplace_core.testing.contracts.outside_hands import TicketHand, TicketPlace
from marketplace_core.testing.contracts.outside_pages import (
    MORNING,
    OutsidePagesContract,
    OutsideSweepContract,
    Stream,
)

_HOUR = timedelta(hours=1)


class TicketSourceContract(OutsideSweepContract[OutsideTicket]):
    """Needs a fixture ``ticket_place``: an empty one for each test."""

    @pytest.fixture
    def ticket_place(self) -> TicketPlace:
        """Override me."""
        raise NotImplementedError("give a fixture `ticket_place` that returns a fresh, empty place")

    @override
    @pytest.fixture
    def stream(self, ticket_place: TicketPlace) -> Stream[OutsideTicket]:
        """Tickets as rows."""
        hand, numbers = ticket_place.hand, count(1)
        return Stream(
            ticket_place.source.tickets,
            lambda it: it.external_id,
            lambda it: it.is_deleted,
            hand.move_to,
            lambda: a_ticket(hand),
            lambda it: hand.rewrite_ticket(it, f"It leaks more, {next(numbers)}"),
            hand.delete_ticket,
            ticket_place.source.ticket_ids,
            ticket_place.tells_deleted,
        )

    def test_a_ticket_comes_whole(self, ticket_place: TicketPlace) -> None:
        """Its unit, status, priority and words; a new one is open since it was made."""
        hand = ticket_place.hand
        house = hand.add_property("Jamhuri Court", "Ngong Road 12")
        made = hand.add_ticket(house, UnitKind.FLAT, "1", "The tap leaks", TicketPriority.NORMAL)
        told = ticket_place.source.ticket(made)
        assert told is not None
        assert told == ticket_place.source.tickets(None, "", 10).rows[0]
        assert (told.external_id, told.property_id, told.details) == (made, house, "The tap leaks")
        assert (told.unit_kind, told.unit_label, told.number) == (UnitKind.FLAT, "1", 1)
        assert (told.status, told.status_at, told.created_at) == (TicketStatus.OPEN, MORNING, MORNING)

    @pytest.mark.parametrize("priority", TicketPriority)
    def test_priorities_are_told(self, ticket_place: TicketPlace, priority: TicketPriority) -> None:
        """Each of ours has a word there."""
        made = ticket_place.hand.add_ticket("", None, "", "The tap leaks", priority)
        assert _standing(ticket_place, made).priority is priority

    @pytest.mark.parametrize("status", [it for it in TicketStatus if it is not TicketStatus.OPEN])
    def test_statuses_are_told_with_their_instant(self, ticket_place: TicketPlace, status: TicketStatus) -> None:
        """Whatever somebody there did, from any to any; other edits do not move the instant."""
        hand = ticket_place.hand
        made = a_ticket(hand)
        until = MORNING + timedelta(days=30) if status is TicketStatus.ON_HOLD else None
        hand.move_to(MORNING + _HOUR)
        hand.change_status(made, status, "because", until)
        hand.move_to(MORNING + 2 * _HOUR)
        hand.rewrite_ticket(made, "It leaks more")
        told = _standing(ticket_place, made)
        assert (told.status, told.status_at, told.status_reason) == (status, MORNING + _HOUR, "because")
        assert (told.updated_at, told.deferred_until) == (MORNING + 2 * _HOUR, until)

    def test_a_version_grows_with_each_write(self, ticket_place: TicketPlace) -> None:
        """Also where the same was written."""
        made = a_ticket(ticket_place.hand)
        before = _standing(ticket_place, made).version
        ticket_place.hand.change_status(made, TicketStatus.OPEN)
        assert _standing(ticket_place, made).version == before + 1

    def test_a_deleted_ticket_is_none(self, ticket_place: TicketPlace) -> None:
        """As one that never was."""
        made = a_ticket(ticket_place.hand)
        ticket_place.hand.delete_ticket(made)
        assert ticket_place.source.ticket(made) is None
        assert ticket_place.source.ticket("00000000-0000-4000-8000-00000000dead") is None

    def test_a_ticket_outlives_its_house(self, ticket_place: TicketPlace) -> None:
        """It is told without one where deleted rows are not seen."""
        hand = ticket_place.hand
        house = hand.add_property("Jamhuri Court", "Ngong Road 12")
        made = hand.add_ticket(house, UnitKind.FLAT, "1", "The tap leaks", TicketPriority.NORMAL)
        hand.delete_property(house)
        assert _standing(ticket_place, made).property_id == (house if ticket_place.tells_deleted else "")


class TicketCommentsContract(OutsidePagesContract[OutsideComment]):
    """Needs a fixture ``ticket_place``: an empty one for each test."""

    @pytest.fixture
    def ticket_place(self) -> TicketPlace:
        """Override me."""
        raise NotImplementedError("give a fixture `ticket_place` that returns a fresh, empty place")

    @override
    @pytest.fixture
    def stream(self, ticket_place: TicketPlace) -> Stream[OutsideComment]:
        """Comments of one ticket as rows."""
        hand, numbers = ticket_place.hand, count(1)
        ticket = a_ticket(hand)
        return Stream(
            ticket_place.source.comments,
            lambda it: it.external_id,
            lambda it: it.is_deleted,
            hand.move_to,
            lambda: hand.add_comment(ticket, f"Word {next(numbers)}"),
            lambda it: hand.rewrite_comment(it, f"Word {next(numbers)}"),
            hand.delete_comment,
            tells_deleted=ticket_place.tells_deleted,
        )

    @pytest.mark.parametrize("is_resident", [True, False])
    def test_a_comment_comes_whole(self, ticket_place: TicketPlace, is_resident: bool) -> None:  # noqa: FBT001 - a case
        """Its ticket, its words, and whether a resident sees it; or none where those are not shown."""
        ticket = a_ticket(ticket_place.hand)
        made = ticket_place.hand.add_comment(ticket, "We come tomorrow", is_resident=is_resident)
        rows = ticket_place.source.comments(None, "", 10).rows
        if is_resident and not ticket_place.tells_residents:
            assert rows == ()
            return
        (told,) = rows
        assert (told.external_id, told.ticket_id, told.text) == (made, ticket, "We come tomorrow")
        assert (told.is_resident, told.created_at, told.updated_at) == (is_resident, MORNING, MORNING)
        assert told.author.name


def a_ticket(hand: TicketHand) -> str:
    """A ticket of no unit; its id."""
    return hand.add_ticket("", None, "", "The tap leaks", TicketPriority.NORMAL)


def _standing(place: TicketPlace, external_id: str) -> OutsideTicket:
    told = place.source.ticket(external_id)
    assert told is not None
    return told
