"""What a test can do with the property manager's system in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.domain.outside_property.records import OutsideUnit
from marketplace_core.domain.outside_property.tickets import OutsidePerson
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import NotFound, PartnerUnavailable
from marketplace_core.testing.outside_property import BEGINNING, MemoryOutsideProperties

_FLAT = OutsideUnit(UnitKind.FLAT, "1")


def test_something_happens_before_a_call() -> None:
    """A call is named, and may find what was edited just before it."""
    system, calls = MemoryOutsideProperties(), list[str]()

    def before(call: str) -> None:
        calls.append(call)
        system.by_hand.add_property(f"House {len(calls)}", "Ngong Road")

    system.before_each = before
    assert len(system.properties(None, "", 10).rows) == 1
    assert len(system.property_ids("", 10).rows) == 2
    assert calls == ["properties", "property_ids"]


def test_a_call_fails() -> None:
    """Nothing is told or written by one that does."""
    system = MemoryOutsideProperties()
    ticket = system.by_hand.add_ticket()

    def broken(call: str) -> None:
        raise PartnerUnavailable(f"no answer to {call}")

    system.before_each = broken
    acts: list[Callable[[], object]] = [
        lambda: system.tickets(None, "", 1),
        lambda: system.set_status(ticket, TicketStatus.CLOSED),
        lambda: system.add_comment(ticket, "x"),
    ]
    for act in acts:
        with pytest.raises(PartnerUnavailable, match="no answer"):
            act()
    assert system.writes == 0


def test_writes_are_counted() -> None:
    """Those that a sink really made."""
    system = MemoryOutsideProperties()
    ticket = system.by_hand.add_ticket()
    for _ in range(3):
        system.set_status(ticket, TicketStatus.CLOSED)
    system.add_comment(ticket, "done")
    assert system.writes == 2


def test_edits_by_hand() -> None:
    """Renumbering, moving, assigning; what was deleted takes no edit."""
    system = MemoryOutsideProperties()
    hand = system.by_hand
    house = hand.add_property("Jamhuri Court", "Ngong Road", [_FLAT])
    ticket = hand.add_ticket(house, UnitKind.FLAT, "1")
    hand.renumber(house, "1", "12")
    hand.move_ticket(ticket, house, UnitKind.FLAT, "12")
    hand.assign(ticket, OutsidePerson("w1", "Baraka"))
    told = system.ticket(ticket)
    assert told is not None
    assert (told.unit_label, told.assignee, told.version) == ("12", OutsidePerson("w1", "Baraka"), 3)
    assert system.properties(None, "", 1).rows[0].units[0].label == "12"
    hand.delete_property(house)
    edits: list[Callable[[], None]] = [
        lambda: hand.rename_property(house, "x"),
        lambda: hand.delete_property(house),
        lambda: hand.renumber(house, "12", "1"),
    ]
    for edit in edits:
        with pytest.raises(NotFound):
            edit()


def test_the_clock_stands_still() -> None:
    """So that all edits between two moves are of one instant."""
    system = MemoryOutsideProperties()
    made = [system.by_hand.add_property(f"House {number}", "Ngong Road") for number in range(3)]
    system.by_hand.move_to(BEGINNING + timedelta(days=1))
    system.by_hand.rename_property(made[1], "Other")
    told = system.properties(None, "", 10).rows
    assert [it.updated_at - BEGINNING for it in told] == [timedelta(0), timedelta(0), timedelta(days=1)]
