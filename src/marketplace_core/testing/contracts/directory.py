"""What every directory must do."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from marketplace_core.domain.facts import ExternalLinked, LeaseRecorded, PersonRecorded, PortfolioOpened, UnitRecorded
from marketplace_core.domain.identifiers import PersonId, PortfolioId, UnitId
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.money import Currency
from marketplace_core.domain.party import Person, Portfolio
from marketplace_core.domain.state import books_hash
from marketplace_core.errors import AlreadyExists, CurrencyMismatch, InvalidInput, NotFound, RuleViolation
from marketplace_core.services.leases import ChangeLease, SignLease
from marketplace_core.services.people import LinkPerson
from marketplace_core.services.replay import replay
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.life import PAYBILL, PortfolioLife


class DirectoryContract(StoreContract):
    """Who and what is in the books comes back as it was written, by id."""

    def test_what_was_recorded_comes_back_in_order(self, life: PortfolioLife) -> None:
        """Portfolio, accounts, properties, units and people are those that were recorded, by id."""
        store, own = life.store, life.portfolio_id
        assert [it.portfolio_id for it in store.portfolios()] == [own]
        assert store.collection_accounts(own) == (PAYBILL,)
        assert [it.property_id for it in store.properties(own)] == ["block"]
        assert [it.unit_id for it in store.units(own)] == ["u1", "u2", "u3"]
        assert store.unit(own, UnitId("u2")).code == "A2"
        assert store.people(own)[PersonId("t1")].name == "Tenant 1"
        assert store.person(own, PersonId("t1")) == store.people(own)[PersonId("t1")]

    def test_a_person_recorded_again_is_changed(self, life: PortfolioLife) -> None:
        """The last record of a person counts."""
        changed = Person(PersonId("t1"), "Tenant One", ("254711000000",), "one@example.org")
        life.store.record(life.command(), [PersonRecorded(life.portfolio_id, changed)])
        assert life.store.people(life.portfolio_id)[PersonId("t1")] == changed

    def test_a_book_opened_again_keeps_its_currency(self, life: PortfolioLife) -> None:
        """Its name and zone may change; another currency is refused, and nothing of that command stays."""
        store, own = life.store, life.portfolio_id
        changed = Portfolio(own, "Kilimani", life.currency, "UTC")
        store.record(life.command(), [PortfolioOpened(changed)])
        assert store.portfolio(own) == changed
        with pytest.raises(CurrencyMismatch):
            store.record(life.command(), [PortfolioOpened(Portfolio(own, "Other", Currency.of("USD"), "UTC"))])
        assert store.portfolio(own) == changed

    def test_what_is_unknown_is_not_found(self, life: PortfolioLife) -> None:
        """An unknown portfolio, unit or person is an error, an unknown outside id is None."""
        with pytest.raises(NotFound):
            life.store.portfolio(PortfolioId("nobody"))
        with pytest.raises(NotFound):
            life.store.unit(life.portfolio_id, UnitId("nowhere"))
        with pytest.raises(NotFound, match="person ghost"):
            life.store.person(life.portfolio_id, PersonId("ghost"))
        assert life.store.our_id(life.portfolio_id, "condo", "unit", "7") is None

    def test_an_outside_id_stands_for_one_of_ours(self, life: PortfolioLife) -> None:
        """A link comes back; the same id for something else is refused."""
        own = life.portfolio_id
        life.store.record(life.command(), [ExternalLinked(own, "condo", "unit", "7", "u1")])
        assert life.store.our_id(own, "condo", "unit", "7") == "u1"
        with pytest.raises(AlreadyExists):
            life.store.record(life.command(), [ExternalLinked(own, "condo", "unit", "7", "u2")])

    def test_what_is_archived_is_not_let(self, life: PortfolioLife) -> None:
        """No lease of an archived unit is drafted, signed or activated; what was let stays, and history comes in."""
        store, own = life.store, life.portfolio_id
        draft = life.let(1, status=LeaseStatus.DRAFT)
        gone = evolve(store.unit(own, UnitId("u1")), archived_on=date(2026, 3, 1))
        store.record(life.command(), [UnitRecorded(gone), UnitRecorded(evolve(gone, unit_id=UnitId("u2"), code="A2"))])
        before = life.state()
        for status in (LeaseStatus.DRAFT, LeaseStatus.ACTIVE):
            for is_dry in (True, False):
                with pytest.raises(RuleViolation, match=r"A2 \(u2\) is archived since 2026-03-01"):
                    SignLease(store, store)(life.command(), life.lease(2, status=status), dry_run=is_dry)
        with pytest.raises(RuleViolation, match="archived since"):
            ChangeLease(store).activate(life.command(), draft, store)
        assert life.state() == before
        store.record(life.command("import"), [LeaseRecorded(life.lease(2))])
        store.record(life.command(), [UnitRecorded(evolve(gone, archived_on=None))])
        assert ChangeLease(store).activate(life.command(), draft, store).status is LeaseStatus.ACTIVE
        assert SignLease(store, store)(life.command(), life.lease(3)).status is LeaseStatus.ACTIVE

    def test_one_person_is_linked_in_every_system(self, life: PortfolioLife) -> None:
        """Their ids come back in order, those of nobody else; the books replay to the same."""
        own, link = life.portfolio_id, LinkPerson(life.store, life.store)
        for system, external_id in (("killbill", "kb-1"), ("condo", "c-1"), ("condo", "c-0")):
            link(life.command("person.link"), system, "contact", external_id, PersonId("t1"))
        link(life.command("person.link"), "condo", "contact", "c-2", PersonId("t2"))
        found = life.store.external_ids(own, "t1")
        assert [(it.system, it.external_id) for it in found] == [
            ("condo", "c-0"),
            ("condo", "c-1"),
            ("killbill", "kb-1"),
        ]
        assert life.store.external_ids(own, "t3") == ()
        again = replay(life.store, own)
        assert books_hash(again.books.state(own)) == books_hash(life.store.state(own))

    def test_nobody_is_linked_to_nothing(self, life: PortfolioLife) -> None:
        """An unknown person or system, an id that is another's, are refused, and nothing is written."""
        link = LinkPerson(life.store, life.store)
        link(life.command(), "condo", "contact", "c-1", PersonId("t1"))
        before = life.state()
        for system, external_id, person, problem in (
            ("condo", "c-2", "ghost", NotFound),
            ("facebook", "c-2", "t1", InvalidInput),
            ("condo", "", "t1", InvalidInput),
            ("condo", "c-1", "t2", AlreadyExists),
        ):
            with pytest.raises(problem):
                link(life.command(), system, "contact", external_id, PersonId(person))
        assert life.state() == before
