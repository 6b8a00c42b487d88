"""What every store that knows whose things are whose must do."""

from __future__ import annotations

from marketplace_core.domain.facts import PropertyRecorded
from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId, PropertyId
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.party import Person, Property
from marketplace_core.services.leases import RecordDirectory
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.life import PortfolioLife

_HERE, _THERE = PortfolioId("p1"), PortfolioId("p2")
_T1, _JOINT = PersonId("t1"), PersonId("joint")


class HoldingsContract(StoreContract):
    """What somebody reaches is what the books say is theirs, in that portfolio alone."""

    def test_a_tenant_has_the_leases_that_name_them(self, life: PortfolioLife) -> None:
        """As the first tenant or another, and of no other portfolio with the same ids."""
        RecordDirectory(life.store)(life.command(), people=[Person(_JOINT, "Joint")])
        life.let(1, tenant_ids=(_T1, _JOINT))
        life.let(2)
        life.let(3, tenant_ids=(_JOINT,))
        PortfolioLife(life.store, _THERE).opened().let(1)
        found = life.store.leases_of_tenant
        assert found(_HERE, _T1) == {LeaseId("l1")}
        assert found(_HERE, _JOINT) == {LeaseId("l1"), LeaseId("l3")}
        assert found(_THERE, _JOINT) == found(_HERE, PersonId("nobody")) == frozenset()
        assert found(PortfolioId("nowhere"), _T1) == frozenset()

    def test_ended_leases_are_shown_and_cancelled_ones_not(self, life: PortfolioLife) -> None:
        """A tenant reads their history, and no draft that came to nothing."""
        life.let(1, status=LeaseStatus.DRAFT)
        life.let(2, status=LeaseStatus.CANCELLED, tenant_ids=(_T1,))
        assert life.store.leases_of_tenant(_HERE, _T1) == {LeaseId("l1")}

    def test_a_landlord_has_the_properties_that_name_them(self, life: PortfolioLife) -> None:
        """In an agent's book, each landlord's own."""
        owner = PersonId("owner")
        RecordDirectory(life.store)(life.command(), people=[Person(owner, "Owner")])
        mine = Property(_HERE, PropertyId("mine"), "Mine", owner)
        life.store.record(life.command(), [PropertyRecorded(mine)])
        assert life.store.properties_of_landlord(_HERE, owner) == {PropertyId("mine")}
        assert life.store.properties_of_landlord(_HERE, _T1) == frozenset()
        assert life.store.properties_of_landlord(_THERE, owner) == frozenset()

    def test_what_the_portfolio_does_not_have_is_named(self, life: PortfolioLife) -> None:
        """People and properties that are there are not."""
        found = life.store.unknown(_HERE, [_T1, PersonId("x")], [PropertyId("block"), PropertyId("y")])
        assert found == {"x", "y"}
        assert life.store.unknown(_HERE, [], []) == frozenset()
        assert life.store.unknown(_THERE, [_T1], []) == {"t1"}
