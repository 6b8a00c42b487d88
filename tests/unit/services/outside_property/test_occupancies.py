"""Occupancies follow what is told, are linked to leases by a person or the one rule, and never change a lease."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from tests.fixtures.outside_property import ListedSource

from marketplace_core.domain.identifiers import LeaseId, PersonId
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.occupancy_proposals import OccupancyReason, ProposalKind
from marketplace_core.domain.outside_property.progress import SyncRun
from marketplace_core.domain.outside_property.records import OccupantRole
from marketplace_core.errors import AlreadyExists, PartnerUnavailable, RuleViolation
from marketplace_core.services.leases import SignLease
from marketplace_core.services.memory_outside_property import MemorySyncProgress
from marketplace_core.services.outside_property.assigning import (
    AssignCertain,
    AssignOccupancy,
    DraftFromOccupancy,
    ProposeOccupancies,
)
from marketplace_core.services.outside_property.occupancies import DiffOccupancies, OccupancySync, SyncOccupancies
from marketplace_core.testing.clocks import StepClock
from marketplace_core.testing.contracts.occupancies import contact, stays
from marketplace_core.testing.contracts.property_books import SYSTEM, bring, house, link
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

TENANT = PersonId("t1")


class Desk:
    """A portfolio whose block is h1 there, and what brings residents and assigns them."""

    def __init__(self) -> None:
        """Units u1 to u3 are A1 to A3; t1 to t3 have the phones 0700 000 001 to 003."""
        self.source = ListedSource()
        self.life = PortfolioLife(MemoryBooks()).opened()
        store = self.store = self.life.store
        link(self.life, "block", "h1")
        bring(self.life, house("h1", "A1", "A2", "A3"))
        self.clock = StepClock(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))
        self.progress = MemorySyncProgress()
        self.sync = OccupancySync(self.source, store, store, page_size=2)
        self.assign = AssignOccupancy(store, store, store)
        self.proposals = ProposeOccupancies(store, store, store, self.clock)

    def run(self) -> SyncRun:
        """Sync once, an hour later than the last time."""
        self.clock.advance(timedelta(hours=1))
        done = SyncOccupancies(self.sync, self.progress, self.clock)(self.life.portfolio_id, SYSTEM)
        self.source.now = done.begun_at + timedelta(minutes=30)
        return done

    def only(self) -> str:
        """The id of the one occupancy."""
        (it,) = stays(self.life)
        return it.occupancy_id


def test_a_run_follows_and_one_cut_off_goes_on() -> None:
    """New, moved and gone residents; the rest of the pages after a cut; then nothing differs."""
    desk = Desk()
    desk.source.put(*(contact(f"c{n}", label="A1") for n in range(5)))
    desk.source.pages_left = 2
    with pytest.raises(PartnerUnavailable):
        desk.run()
    desk.source.pages_left = -1
    assert dict(desk.run().counts) == {"occupancy_new": 5}
    desk.source.put(contact("c1", label="A2"))
    del desk.source.occupants["c4"]
    differs = DiffOccupancies(desk.sync, desk.clock)
    assert [str(it.kind) for it in differs(desk.life.portfolio_id, SYSTEM)] == ["occupancy_moved", "occupancy_ended"]
    counts = dict(desk.run().counts)
    assert (counts["occupancy_moved"], counts["occupancy_ended"]) == (1, 1)
    assert list(differs(desk.life.portfolio_id, SYSTEM)) == []


def test_a_unit_known_later_is_named_by_the_next_run() -> None:
    """Though the occupancy did not change."""
    desk = Desk()
    desk.source.put(contact(label="B9"))
    desk.run()
    assert stays(desk.life)[0].unit_id is None
    bring(desk.life, house("h1", "A1", "A2", "A3", "B9"))
    assert dict(desk.run().counts)["unit_found"] == 1
    assert stays(desk.life)[0].unit_id is not None


def test_a_person_links_an_occupancy_with_a_lease() -> None:
    """One event with both links; again it writes nothing; what is linked is not proposed; the lease is as it was."""
    desk = Desk()
    lease_id = desk.life.let()
    desk.source.put(contact(label="A1", phone="0700000001"))
    desk.run()
    ((_, (proposal,)),) = list(desk.proposals(desk.life.portfolio_id))
    assert (proposal.kind, proposal.lease_id, proposal.person_id) == (ProposalKind.LINK, lease_id, TENANT)
    before = desk.store.lease(desk.life.portfolio_id, lease_id)
    command = desk.life.command()
    assert desk.assign(command, desk.only(), lease_id, TENANT, dry_run=True)
    assert list(desk.proposals(desk.life.portfolio_id))
    made = desk.assign(command, desk.only(), lease_id, TENANT)
    assert [(it.kind, it.external_id, it.our_id) for it in made] == [
        ("occupancy", "c1", "l1"),
        ("contact", "c1", "t1"),
    ]
    assert desk.assign(desk.life.command(), desk.only(), lease_id, TENANT) == ()
    assert list(desk.proposals(desk.life.portfolio_id)) == []
    assert desk.store.lease(desk.life.portfolio_id, lease_id) == before


def test_what_does_not_fit_is_refused() -> None:
    """Another unit's lease, who is no tenant, an owner, who has left, and a second lease for one stay."""
    desk = Desk()
    first, second = desk.life.let(1), desk.life.let(2)
    desk.source.put(contact(label="A1"))
    desk.run()
    with pytest.raises(RuleViolation, match="of unit"):
        desk.assign(desk.life.command(), desk.only(), second, PersonId("t2"))
    with pytest.raises(RuleViolation, match="no tenant"):
        desk.assign(desk.life.command(), desk.only(), first, PersonId("t3"))
    desk.assign(desk.life.command(), desk.only(), first, TENANT)
    with pytest.raises(AlreadyExists):
        desk.assign(desk.life.command(), desk.only(), LeaseId("l9"), TENANT)
    desk.source.put(contact("c2", label="A2", role=OccupantRole.OWNER))
    desk.run()
    owner = stays(desk.life)[1].occupancy_id
    with pytest.raises(RuleViolation, match="only a resident"):
        desk.assign(desk.life.command(), owner, second, PersonId("t2"))
    del desk.source.occupants["c1"]
    desk.run()
    with pytest.raises(RuleViolation, match="ended on"):
        desk.assign(desk.life.command(), stays(desk.life)[0].occupancy_id, first, TENANT)
    assert desk.store.lease(desk.life.portfolio_id, first).status is LeaseStatus.ACTIVE


def test_the_rule_links_verified_phones_where_it_is_on() -> None:
    """And nothing else; off, it links nobody."""
    desk = Desk()
    desk.life.let(1)
    desk.life.let(2)
    desk.source.put(
        contact(label="A1", phone="0700000001", is_verified=True),
        contact("c2", label="A2", phone="0700000002"),
        contact("c3", label="A3", phone="0700000003", is_verified=True),
    )
    desk.run()
    off = AssignCertain(desk.proposals, desk.assign)
    assert off(desk.life.command()) == ()
    sure = AssignCertain(desk.proposals, desk.assign, is_on=True)
    planned = sure(desk.life.command(), dry_run=True)
    (done,) = sure(desk.life.command())
    assert planned == (done,)
    assert (done.lease_id, done.reasons[0]) == ("l1", OccupancyReason.VERIFIED_PHONE)
    assert len(list(desk.proposals(desk.life.portfolio_id))) == 2


def test_a_draft_has_the_callers_terms() -> None:
    """Only a draft, of that unit, with that tenant; it is linked at once."""
    desk = Desk()
    desk.source.put(contact(label="A1", phone="0700000001"))
    desk.run()
    draft = DraftFromOccupancy(SignLease(desk.store, desk.store), desk.assign)
    terms = evolve(desk.life.lease(1), status=LeaseStatus.DRAFT)
    for wrong in (
        desk.life.lease(1),
        evolve(desk.life.lease(2), status=LeaseStatus.DRAFT),
        evolve(terms, tenant_ids=(PersonId("t2"),)),
    ):
        with pytest.raises(RuleViolation):
            draft(desk.life.command(), desk.only(), wrong, TENANT)
    made = draft(desk.life.command(), desk.only(), terms, TENANT)
    assert (made.status, made.charges) == (LeaseStatus.DRAFT, terms.charges)
    assert desk.store.our_id(desk.life.portfolio_id, SYSTEM, "occupancy", "c1") == made.lease_id


def test_who_moves_may_be_linked_again() -> None:
    """Another stay has a link of its own; the first one stays, and neither ends the lease."""
    desk = Desk()
    first, second = desk.life.let(1), desk.life.let(2, tenant_ids=(TENANT,))
    desk.source.put(contact(label="A1"))
    desk.run()
    desk.assign(desk.life.command(), desk.only(), first, TENANT)
    desk.source.put(contact(label="A2"))
    desk.run()
    desk.assign(desk.life.command(), stays(desk.life)[1].occupancy_id, second, TENANT)
    linked = [desk.store.our_id(desk.life.portfolio_id, SYSTEM, "occupancy", it) for it in ("c1", "c1#2")]
    assert linked == [first, second]
    assert desk.store.lease(desk.life.portfolio_id, first).end is None


def test_of_an_archived_unit_nothing_is_drafted_nor_linked_by_the_rule() -> None:
    """The house was deleted there, and its residents are told still: a person is to look at them."""
    desk = Desk()
    desk.source.put(contact("c1", label="A1"))
    desk.run()
    own = desk.life.portfolio_id
    desk.store.archive_properties(desk.life.command(), SYSTEM, ["h1"], datetime(2026, 11, 23, tzinfo=UTC).date())
    ((_, found),) = desk.proposals(own)
    assert [(it.kind, it.reasons) for it in found] == [(ProposalKind.CONFLICT, (OccupancyReason.UNIT_ARCHIVED,))]


def test_a_contact_that_became_somebody_else_stops_no_other_link() -> None:
    """The manager wrote the next tenant over the last one: no rule undoes a link, and the others are linked."""
    desk = Desk()
    for number in (1, 2, 3):
        desk.life.let(number)
    desk.source.put(contact("c1", label="A1", phone="0700000001", is_verified=True))
    desk.run()
    sure = AssignCertain(desk.proposals, desk.assign, is_on=True)
    assert [it.lease_id for it in sure(desk.life.command())] == ["l1"]
    desk.source.put(
        contact("c1", label="A2", phone="0700000002", is_verified=True),
        contact("c3", label="A3", phone="0700000003", is_verified=True),
    )
    desk.run()
    assert [it.lease_id for it in sure(desk.life.command())] == ["l3"]
    assert sure(desk.life.command()) == ()
