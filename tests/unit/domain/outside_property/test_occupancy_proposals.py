"""Proposals say what an occupancy may mean, with reasons; a rule is sure of one kind alone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from attrs import evolve

from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.money import KES
from marketplace_core.domain.occupancy import Occupancy, OccupancyKey
from marketplace_core.domain.occupancy_proposals import OccupancyReason, ProposalKind, certain, propose
from marketplace_core.domain.outside_property.records import OccupantRole
from marketplace_core.domain.party import Person

TODAY = date(2026, 11, 24)
OWN = PortfolioId("p1")
UNIT = UnitId("u1")
WANJIKU = Person(PersonId("t1"), "Wanjiku Kamau", ("254722000111",))
OTIENO = Person(PersonId("t2"), "Peter Otieno", ("254733000222",))
R = OccupancyReason


def resident(external_id: str = "c1", name: str = "Wanjiku N. Kamau", phone: str = "254722000111") -> Occupancy:
    """A current resident of u1 whose phone is not verified."""
    told_at = datetime(2026, 11, 1, tzinfo=UTC)
    key = OccupancyKey("condo", external_id)
    return Occupancy(OWN, key, "h1:flat:1", UNIT, OccupantRole.RESIDENT, TODAY, told_at, name, phone)


def lease(
    *tenants: Person, name: str = "l1", status: LeaseStatus = LeaseStatus.ACTIVE, end: date | None = None
) -> Lease:
    """A lease of u1."""
    term = LeaseTerm(date(2026, 1, 1), end)
    people = tuple(it.person_id for it in tenants)
    return Lease(LeaseId(name), OWN, UNIT, people, (term,), KES, (), status)


def found(
    it: Occupancy, *leases: Lease, others: tuple[Occupancy, ...] = (), people: tuple[Person, ...] = (WANJIKU, OTIENO)
) -> list[tuple[ProposalKind, str | None, str | None, tuple[OccupancyReason, ...]]]:
    """Each proposal in short."""
    return [(p.kind, p.lease_id, p.person_id, p.reasons) for p in propose(it, leases, people, (it, *others), TODAY)]


def test_the_tenants_phone_and_name_speak_for_a_link() -> None:
    """A verified phone, a phone, a name in full or nearly."""
    let = lease(WANJIKU)
    assert found(resident(), let) == [(ProposalKind.LINK, "l1", "t1", (R.SAME_PHONE, R.SAME_NAME))]
    verified = evolve(resident(name=""), is_verified=True)
    assert found(verified, let) == [(ProposalKind.LINK, "l1", "t1", (R.VERIFIED_PHONE,))]
    assert found(resident(name="W. Kamau", phone=""), let) == [(ProposalKind.LINK, "l1", "t1", (R.CLOSE_NAME,))]


def test_a_unit_that_is_let_to_another_is_a_conflict() -> None:
    """Of each lease that stands; ended, cancelled and other units' leases are none."""
    others = [
        lease(OTIENO, name="l2", status=LeaseStatus.ENDED, end=TODAY),
        lease(OTIENO, name="l3", status=LeaseStatus.CANCELLED),
        evolve(lease(OTIENO, name="l4"), unit_id=UnitId("u2")),
    ]
    assert found(resident(), lease(OTIENO), *others) == [(ProposalKind.CONFLICT, "l1", None, (R.UNIT_LET_TO_ANOTHER,))]
    assert found(resident(), *others)[0][0] is ProposalKind.DRAFT


def test_a_vacant_unit_is_a_draft_with_who_has_the_phone() -> None:
    """Whom the phone names; nobody by the name alone, nor where two have the phone; never who was merged or erased."""
    assert found(resident()) == [(ProposalKind.DRAFT, None, "t1", (R.SAME_PHONE, R.SAME_NAME, R.UNIT_VACANT))]
    assert found(resident(phone="")) == [(ProposalKind.DRAFT, None, None, (R.UNIT_VACANT,))]
    twin = Person(PersonId("t9"), "Somebody Else", WANJIKU.phones)
    assert found(resident(), people=(WANJIKU, twin))[0][2] is None
    assert found(resident(), people=(WANJIKU, evolve(twin, merged_into=WANJIKU.person_id)))[0][2] == "t1"


def test_who_else_is_there_is_told() -> None:
    """Another resident, an owner who lives there; not those who left."""
    second = resident("c2", "Peter Otieno", "")
    owner = evolve(resident("c3"), role=OccupantRole.OWNER)
    left = evolve(second, seen_until=TODAY)
    assert found(resident(), others=(second, owner))[0][3][-2:] == (R.TWO_RESIDENTS, R.OWNER_LIVES_THERE)
    assert found(resident(), others=(left,))[0][3][-1] is R.UNIT_VACANT
    assert found(resident(), lease(OTIENO), others=(owner,))[0][3] == (R.UNIT_LET_TO_ANOTHER, R.OWNER_LIVES_THERE)


def test_only_a_current_resident_of_a_known_unit_means_something() -> None:
    """An owner, a guest and who left mean nothing for a lease; a unit that is not known is a conflict."""
    let = lease(WANJIKU)
    for role in (OccupantRole.OWNER, OccupantRole.GUEST, OccupantRole.OTHER):
        assert found(evolve(resident(), role=role), let) == []
    assert found(evolve(resident(), seen_until=TODAY), let) == []
    assert found(evolve(resident(), unit_id=None), let) == [(ProposalKind.CONFLICT, None, None, (R.UNIT_UNKNOWN,))]


@pytest.mark.parametrize(
    ("it", "leases", "others", "is_certain"),
    [
        (evolve(resident(), is_verified=True), (lease(WANJIKU),), (), True),
        (resident(), (lease(WANJIKU),), (), False),
        (evolve(resident(phone=""), is_verified=True), (lease(WANJIKU),), (), False),
        (evolve(resident(), is_verified=True), (lease(OTIENO),), (), False),
        (evolve(resident(), is_verified=True), (), (), False),
        (evolve(resident(), is_verified=True), (lease(WANJIKU), lease(WANJIKU, name="l2")), (), False),
        (
            evolve(resident(), is_verified=True),
            (lease(WANJIKU),),
            (evolve(resident("c3"), role=OccupantRole.OWNER),),
            False,
        ),
    ],
)
def test_a_rule_is_sure_of_one_candidate_by_a_verified_phone(
    it: Occupancy, leases: tuple[Lease, ...], others: tuple[Occupancy, ...], *, is_certain: bool
) -> None:
    """Of nothing else: not by name, not of two leases, not where the owner lives."""
    assert (certain(propose(it, leases, (WANJIKU, OTIENO), others, TODAY)) is not None) is is_certain
