"""What every store must do with two of its people who are one."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import (
    ExternalLinked,
    ExternalRelinked,
    Fact,
    LeaseRecorded,
    PersonMerged,
    PersonRecorded,
    PropertyRecorded,
)
from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId, PropertyId
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.party import ExternalId, Person, Property
from marketplace_core.domain.payment import Payer
from marketplace_core.domain.state import books_hash
from marketplace_core.errors import IllegalTransition, InvalidInput, MarketplaceError, NotFound
from marketplace_core.ports.books import Recorded
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.services.leases import RecordDirectory
from marketplace_core.services.replay import replay
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.contracts.erasure import a_shared_story, everything_told
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

_TWICE, _KEPT, _OTHER = PersonId("t1"), PersonId("t1-again"), PersonId("t2")
_PHONE, _KEPT_PHONE = "254711222333", "254733444555"


def recorded_twice(life: PortfolioLife) -> None:
    """A tenant of three leases and landlord of a house under two ids, linked outside, who paid under both names."""
    a_shared_story(life)
    people = [Person(_TWICE, "Njeri Wanjala", (_PHONE,), "n@example.org", "12345678")]
    kept = Person(_KEPT, "Njeri Wanjala Otieno", (_KEPT_PHONE, f"0{_PHONE[3:]}"), "njeri@example.org")
    house = Property(life.portfolio_id, PropertyId("house"), "House", _TWICE)
    RecordDirectory(life.store)(life.command(), people=[*people, kept], properties=[house])
    life.let(3, tenant_ids=(_OTHER, _TWICE, _KEPT), status=LeaseStatus.DRAFT)
    links = [ExternalLinked(life.portfolio_id, "condo", "contact", "c-1", _TWICE)]
    life.store.record(life.command("person.link"), links)
    life.receive(evolve(life.report("K1", 44, "2026-01-09"), payer=Payer("Wanjala Njeri Otieno"), reference_text=""))
    life.receive(evolve(life.report("K2", 45, "2026-01-09"), payer=Payer("", _KEPT_PHONE), reference_text="yangu"))


def merge(
    life: PortfolioLife, duplicate: PersonId = _TWICE, kept: PersonId = _KEPT, *, dry_run: bool = False
) -> Recorded:
    """Let one stand for the other."""
    return life.store.merge_people(life.command("person.merge"), duplicate, kept, dry_run=dry_run)


class MergingContract(StoreContract):
    """Two people become one everywhere, at once and for good."""

    def test_the_kept_person_stands_for_both(self, life: PortfolioLife) -> None:
        """In leases, in the tenants' order and once; as a landlord; outside; with what either was told of."""
        recorded_twice(life)
        merge(life)
        store, own = life.store, life.portfolio_id
        tenants = {it.lease_id: (it.tenant_ids, it.version) for it in store.leases(own)}
        assert tenants == {"l1": ((_KEPT,), 2), "l2": ((_OTHER,), 1), "l3": ((_OTHER, _KEPT), 2)}
        assert next(it for it in store.properties(own) if it.property_id == "house").landlord_id == _KEPT
        assert store.external_ids(own, _KEPT) == (ExternalId("condo", "contact", "c-1"),)
        assert store.external_ids(own, _TWICE) == ()
        kept, twice = store.people(own)[_KEPT], store.people(own)[_TWICE]
        phones = (_KEPT_PHONE, f"0{_PHONE[3:]}")
        assert kept == Person(_KEPT, "Njeri Wanjala Otieno", phones, "njeri@example.org", "12345678")
        assert (twice.name, twice.phones, twice.merged_into) == ("Njeri Wanjala", (_PHONE,), _KEPT)

    def test_money_stays_and_the_log_replays(self, life: PortfolioLife) -> None:
        """No row but leases, properties and links is another one; live and replayed books are the same."""
        recorded_twice(life)
        before = {row for row in life.state() if row.kind not in {"lease", "property", "link"}}
        merge(life)
        assert {row for row in life.state() if row.kind not in {"lease", "property", "link"}} == before
        report = verify_books(life.store, life.store, life.portfolio_id)
        assert (report.differences, report.findings) == ((), ())
        life.bill("2026-02")
        again = replay(life.store, life.portfolio_id).books
        assert books_hash(again.state(life.portfolio_id)) == books_hash(life.state())
        assert list(again.evidence_state(life.portfolio_id)) == list(life.store.evidence_state(life.portfolio_id))

    def test_every_store_merges_the_same(self, life: PortfolioLife) -> None:
        """The same facts in the same order; one link a merge; the same command again changes nothing."""
        recorded_twice(life)
        command = life.command("person.merge")
        first = life.store.merge_people(command, _TWICE, _KEPT)
        twin = PortfolioLife(MemoryBooks()).opened()
        recorded_twice(twin)
        assert first.facts == merge(twin).facts
        kinds = [PersonMerged, PersonRecorded, PropertyRecorded, LeaseRecorded, LeaseRecorded, ExternalRelinked]
        assert [type(it) for it in first.facts] == kinds
        rows = life.state()
        again = life.store.merge_people(command, _TWICE, _KEPT)
        assert (again.repeated, again.facts, again.sequence) == (True, first.facts, first.sequence)
        further = merge(life)
        assert (further.facts, further.sequence) == ((), first.sequence)
        assert life.state() == rows

    def test_a_dry_run_says_what_would_change_and_keeps_it(self, life: PortfolioLife) -> None:
        """Its facts are the merge's, and nothing of them is there before it."""
        recorded_twice(life)
        before, told = life.state(), everything_told(life)
        would = merge(life, dry_run=True)
        assert (life.state(), everything_told(life)) == (before, told)
        assert merge(life).facts == would.facts

    def test_who_cannot_be_merged(self, life: PortfolioLife) -> None:
        """Oneself, somebody unknown on either side, who was erased or merged; nothing is written."""
        recorded_twice(life)
        RecordDirectory(life.store)(life.command(), people=[Person(PersonId("gone"), "Gone Away")])
        ErasePerson(life.store)(life.command("person.erase"), PersonId("gone"))
        merge(life)
        before = list(life.store.events(life.portfolio_id))
        refused: list[tuple[str, str, type[MarketplaceError], str]] = [
            ("t2", "t2", InvalidInput, "two people"),
            ("ghost", "t2", NotFound, "ghost"),
            ("t2", "ghost", NotFound, "ghost"),
            (_TWICE, "t2", IllegalTransition, _KEPT),
            ("t2", _TWICE, IllegalTransition, _KEPT),
            ("gone", "t2", IllegalTransition, "erased"),
            ("t2", "gone", IllegalTransition, "erased"),
        ]
        for duplicate, kept, problem, words in refused:
            with pytest.raises(problem, match=words):
                merge(life, PersonId(duplicate), PersonId(kept))
        with pytest.raises(NotFound, match="nowhere"):
            life.store.merge_people(evolve(life.command(), portfolio_id=PortfolioId("nowhere")), _TWICE, _KEPT)
        assert list(life.store.events(life.portfolio_id)) == before

    def test_nothing_new_names_who_was_merged(self, life: PortfolioLife) -> None:
        """No record of theirs, lease, property or link; each refusal names who stands for them."""
        recorded_twice(life)
        merge(life)
        own, before = life.portfolio_id, life.state()
        lease = life.store.lease(own, LeaseId("l2"))
        facts: list[Fact] = [
            PersonRecorded(own, Person(_TWICE, "Njeri")),
            LeaseRecorded(evolve(lease, tenant_ids=(_OTHER, _TWICE), version=2)),
            PropertyRecorded(Property(own, PropertyId("house"), "House", _TWICE)),
            ExternalLinked(own, "condo", "contact", "c-9", _TWICE),
        ]
        for fact in facts:
            with pytest.raises(IllegalTransition, match=_KEPT):
                life.store.record(life.command(), [fact])
        with pytest.raises(InvalidInput, match="fact of its own"):
            life.store.record(life.command(), [PersonRecorded(own, Person(_OTHER, "Otieno", merged_into=_KEPT))])
        assert life.state() == before

    def test_who_stands_for_somebody_may_be_merged_too(self, life: PortfolioLife) -> None:
        """Then the last one stands for all, and what any of them has is that one's."""
        recorded_twice(life)
        merge(life)
        merge(life, _KEPT, _OTHER)
        own, people = life.portfolio_id, life.store.people(life.portfolio_id)
        assert {it: people[it].merged_into for it in (_TWICE, _KEPT, _OTHER)} == {
            _TWICE: _OTHER,
            _KEPT: _OTHER,
            _OTHER: None,
        }
        assert {it.tenant_ids for it in life.store.leases(own)} == {(_OTHER,)}
        assert verify_books(life.store, life.store, own).ok

    def test_who_was_merged_reaches_what_they_had(self, life: PortfolioLife) -> None:
        """A login that still names the duplicate sees the leases and properties of who stands for them."""
        recorded_twice(life)
        own, store = life.portfolio_id, life.store
        merge(life)
        for person_id in (_TWICE, _KEPT):
            assert store.leases_of_tenant(own, person_id) == {"l1", "l3"}
            assert store.properties_of_landlord(own, person_id) == {"house"}
        assert store.leases_of_tenant(own, _OTHER) == {"l2", "l3"}

    def test_erasing_the_kept_person_erases_the_duplicate(self, life: PortfolioLife) -> None:
        """Every name, phone and text of either is gone from rows and sealed parts; the books hold."""
        recorded_twice(life)
        merge(life)
        told = ("Njeri Wanjala", "Wanjala Njeri Otieno", _PHONE[3:], _KEPT_PHONE, "n@example.org", "12345678", "yangu")
        before = everything_told(life)
        assert [it for it in told if it not in before] == []
        with pytest.raises(IllegalTransition, match=_KEPT):
            ErasePerson(life.store)(life.command("person.erase"), _TWICE)
        rows = life.state()
        gone = ErasePerson(life.store)(life.command("person.erase"), _KEPT)
        after = everything_told(life)
        assert [it for it in told if it in after] == []
        assert life.state() == rows
        assert life.store.people(life.portfolio_id)[_TWICE] == Person(_TWICE, "", merged_into=_KEPT)
        report = verify_books(life.store, life.store, life.portfolio_id)
        assert (report.ok, report.evidence_erased) == (True, gone.parts)
        twin = PortfolioLife(MemoryBooks()).opened()
        recorded_twice(twin)
        merge(twin)
        assert ErasePerson(twin.store)(twin.command("person.erase"), _KEPT) == gone
        assert ErasePerson(life.store)(life.command("person.erase"), _KEPT).parts == 0

    def test_a_lease_signed_during_a_merge_names_no_duplicate(self, life: PortfolioLife) -> None:
        """Eight sign for the duplicate while it is merged: each is changed by the merge or refused."""
        recorded_twice(life)
        drafts = [
            life.lease(3, status=LeaseStatus.DRAFT, tenant_ids=(_TWICE,), lease_id=LeaseId(f"d{n}"), reference="")
            for n in range(8)
        ]
        tasks = [partial(_signed, life, life.command("lease.sign"), LeaseRecorded(it)) for it in drafts]
        at_once([*tasks[:4], partial(_merged, life), *tasks[4:]])
        assert all(_TWICE not in it.tenant_ids for it in life.store.leases(life.portfolio_id))
        assert verify_books(life.store, life.store, life.portfolio_id).ok

    def test_a_merge_is_known_on_its_day(self, life: PortfolioLife) -> None:
        """What was billed to the lease before stays, and the kept person's account goes on."""
        recorded_twice(life)
        before = life.store.account(life.portfolio_id, LeaseId("l1"))
        merge(life)
        after = life.store.account(life.portfolio_id, LeaseId("l1"))
        assert evolve(after, lease=before.lease) == before
        assert after.open_invoices(date(2026, 12, 31)) == before.open_invoices(date(2026, 12, 31))


def _merged(life: PortfolioLife) -> bool:
    return bool(merge(life).facts)


def _signed(life: PortfolioLife, command: Command, fact: LeaseRecorded) -> bool:
    try:
        life.store.record(command, [fact])
    except IllegalTransition:
        return False
    return True
