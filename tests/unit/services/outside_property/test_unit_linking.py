"""A label that changed there: what is left on the old unit is told, and a person says which unit it is now."""

from __future__ import annotations

import pytest
from attrs import evolve
from tests.unit.services.outside_property.test_occupancies import Desk

from marketplace_core.domain.facts import UnitRecorded
from marketplace_core.domain.identifiers import UnitId
from marketplace_core.domain.maintenance.decisions import NewTicket
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.domain.outside_property.tickets import OutsideTicket
from marketplace_core.domain.party import UnitKind
from marketplace_core.domain.state import books_hash
from marketplace_core.errors import InvalidInput, NotFound, RuleViolation
from marketplace_core.services.maintenance.taking import TakeTicket
from marketplace_core.services.maintenance.working import OpenTicket
from marketplace_core.services.outside_property.occupancies import SyncOccupancies
from marketplace_core.services.outside_property.stranding import FindStranded, stranded_words
from marketplace_core.services.outside_property.unit_linking import LinkUnit
from marketplace_core.services.replay import replay
from marketplace_core.testing.contracts.occupancies import contact, stays
from marketplace_core.testing.contracts.property_books import SYSTEM, bring, house, unit

NEW = "h1:flat:12"
U1 = UnitId("u1")


class RenamedDesk(Desk):
    """Flat A1, which is u1 and let to t1, is called 12 there since; a ticket of 12 is told."""

    def __init__(self) -> None:
        """After the sync that took 12 for another unit."""
        super().__init__()
        self.life.let(1)
        self.source.put(contact("c1", label="A1", phone="0700000001"))
        self.run()
        bring(self.life, house("h1", "12", "A2", "A3"))
        self.source.put(contact("c2", label="12", phone="0700000009"))
        self.run()
        now = self.clock.now()
        told = OutsideTicket("x1", 7, 1, now, now, TicketStatus.OPEN, now, "h1", UnitKind.FLAT, "12", title="No water")
        taken = TakeTicket(self.store, self.store, self.clock, SYSTEM)(self.life.portfolio_id, told).file
        assert taken is not None
        self.ticket_id = taken.ticket.ticket_id
        self.made = unit(self.life, NEW).unit_id

    @property
    def link(self) -> LinkUnit:
        """Links units."""
        return LinkUnit(self.store, self.store, self.store, self.store, self.store)

    def stranded(self) -> str:
        """What is told of archived units."""
        return stranded_words(FindStranded(self.store, self.store, self.store)(self.life.portfolio_id))


def test_what_is_left_on_an_archived_unit_is_told() -> None:
    """The lease and the resident of the old label; nothing where no unit is archived."""
    plain = Desk()
    assert FindStranded(plain.store, plain.store, plain.store)(plain.life.portfolio_id) == ()
    desk = RenamedDesk()
    assert desk.stranded() == "1 leases and 1 current stays are on archived units: A1"
    desk.source.put(contact("c1", label="12", phone="0700000001"))
    desk.run()
    assert desk.stranded() == "1 leases and 0 current stays are on archived units: A1"


def test_theirs_becomes_ours_again() -> None:
    """Current, by the new label, with its code; what was made for it is archived; tickets and stays follow."""
    desk = RenamedDesk()
    planned = desk.link(desk.life.command(), SYSTEM, NEW, U1, dry_run=True)
    assert unit(desk.life, NEW).unit_id == desk.made
    done = desk.link(desk.life.command(), SYSTEM, NEW, U1)
    assert done == planned
    own = desk.life.portfolio_id
    ours, made = desk.store.unit(own, U1), desk.store.unit(own, desk.made)
    assert (ours.code, ours.number, ours.archived_on, made.archived_on is None) == ("A1", "12", None, False)
    assert unit(desk.life, NEW).unit_id == U1
    assert (done.tickets, desk.store.ticket_file(own, desk.ticket_id).ticket.unit_id) == (1, U1)
    assert bring(desk.life, house("h1", "12", "A2", "A3")).changes == ()
    SyncOccupancies(desk.sync, desk.progress, desk.clock)(own, SYSTEM, whole=True)
    assert [it.unit_id for it in stays(desk.life)] == [U1, U1]
    assert desk.stranded() == ""
    before = list(desk.store.state(own))
    again = desk.link(desk.life.command(), SYSTEM, NEW, U1)
    assert (again.unit, again.archived, again.tickets) == (ours, None, 0)
    assert books_hash(before) == books_hash(replay(desk.store, own).books.state(own))


def test_what_a_person_did_with_the_new_unit_is_not_thrown_away() -> None:
    """A lease or a ticket of it: refused, named, and nothing is written."""
    desk = RenamedDesk()
    own = desk.life.portfolio_id
    opened = OpenTicket(desk.store, desk.store)(desk.life.command(), NewTicket("Door", unit_id=desk.made))
    desk.life.let(2, unit_id=desk.made)
    before = list(desk.store.state(own))
    with pytest.raises(RuleViolation, match=f"in use: lease l2, ticket {opened.ticket.number}"):
        desk.link(desk.life.command(), SYSTEM, NEW, U1)
    assert list(desk.store.state(own)) == before


def test_a_kill_between_the_link_and_the_tickets_is_made_up_for() -> None:
    """The same again moves those that were left."""
    desk = RenamedDesk()
    own = desk.life.portfolio_id
    desk.link(desk.life.command(), SYSTEM, NEW, U1)

    def back(file: TicketFile | None) -> TicketFile | None:
        return file and file.with_ticket(evolve(file.ticket, unit_id=desk.made))

    desk.store.change_ticket(own, desk.ticket_id, back)
    assert desk.link(desk.life.command(), SYSTEM, NEW, U1).tickets == 1
    assert desk.store.ticket_file(own, desk.ticket_id).ticket.unit_id == U1


def test_what_cannot_be_meant_is_refused() -> None:
    """No unit's id, a property that nobody knows, a unit that is current by another label, one that is not ours."""
    desk = RenamedDesk()
    for external_id, unit_id, problem in (
        ("h1", "u1", InvalidInput),
        ("h1:castle:12", "u1", InvalidInput),
        ("h9:flat:12", "u1", NotFound),
        (NEW, "u9", NotFound),
        (NEW, "u2", RuleViolation),
    ):
        with pytest.raises(problem):
            desk.link(desk.life.command(), SYSTEM, external_id, UnitId(unit_id))
    assert unit(desk.life, NEW).unit_id == desk.made


def test_a_unit_that_was_never_told_is_linked_before_a_sync() -> None:
    """The next sync adopts it, whatever its label."""
    desk = Desk()
    u9 = evolve(desk.store.unit(desk.life.portfolio_id, U1), unit_id=UnitId("u9"), code="Penthouse")
    desk.store.record(desk.life.command(), [UnitRecorded(u9)])
    LinkUnit(desk.store, desk.store, desk.store, desk.store, desk.store)(
        desk.life.command(), SYSTEM, "h1:flat:99", UnitId("u9")
    )
    bring(desk.life, house("h1", "A1", "A2", "A3", "99"))
    assert (unit(desk.life, "h1:flat:99").unit_id, unit(desk.life, "h1:flat:99").number) == ("u9", "99")
