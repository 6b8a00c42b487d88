"""Who may see and do what: roles, scopes, reach."""

from __future__ import annotations

import pytest

from marketplace_core.domain.access import Action, Actor, Grant, Reach, Target, permits, reach_of, require
from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId, PropertyId
from marketplace_core.domain.party import Role
from marketplace_core.errors import InvalidInput, NotFound, NotPermitted

BOOK, OTHER = PortfolioId("halima"), PortfolioId("kamau")
BLOCK_A, BLOCK_B = PropertyId("block-a"), PropertyId("block-b")
LEASE, NEXT_DOOR = LeaseId("L1"), LeaseId("L2")
WANJIKU, OTIENO = PersonId("wanjiku"), PersonId("otieno")

OPERATOR = Actor("person:root", (Grant(Role.ADMIN, None),))
ADMIN = Actor("person:admin", (Grant(Role.ADMIN, BOOK),))
LANDLORD = Actor("person:halima", (Grant(Role.LANDLORD, BOOK),))
OWNER_OF_A = Actor("person:owner", (Grant(Role.LANDLORD, BOOK, property_ids=frozenset([BLOCK_A])),))
TENANT = Actor("person:wanjiku", (Grant(Role.TENANT, BOOK, WANJIKU, lease_ids=frozenset([LEASE])),))
CARETAKER = Actor("person:care", (Grant(Role.CARETAKER, BOOK, property_ids=frozenset([BLOCK_A])),))


@pytest.mark.parametrize(
    ("actor", "action", "target", "expected"),
    [
        (OPERATOR, Action.OPERATE, Target(None), True),
        (ADMIN, Action.OPERATE, Target(None), False),
        (ADMIN, Action.ERASE_PERSON, Target(BOOK, person_id=WANJIKU), True),
        (ADMIN, Action.READ_LEASE, Target(OTHER, lease_id=LEASE), False),
        (LANDLORD, Action.BILL, Target(BOOK), True),
        (LANDLORD, Action.ERASE_PERSON, Target(BOOK, person_id=WANJIKU), False),
        (OWNER_OF_A, Action.WRITE_LEASE, Target(BOOK, BLOCK_A, LEASE), True),
        (OWNER_OF_A, Action.WRITE_LEASE, Target(BOOK, BLOCK_B, NEXT_DOOR), False),
        (OWNER_OF_A, Action.BILL, Target(BOOK), False),
        (TENANT, Action.READ_MONEY, Target(BOOK, BLOCK_A, LEASE), True),
        (TENANT, Action.READ_MONEY, Target(BOOK, BLOCK_A, NEXT_DOOR), False),
        (TENANT, Action.READ_PERSON, Target(BOOK, person_id=WANJIKU), True),
        (TENANT, Action.READ_PERSON, Target(BOOK, person_id=OTIENO), False),
        (TENANT, Action.WRITE_LEASE, Target(BOOK, BLOCK_A, LEASE), False),
        (CARETAKER, Action.READ_MAINTENANCE, Target(BOOK, BLOCK_A), True),
        (CARETAKER, Action.READ_MAINTENANCE, Target(BOOK, BLOCK_B), False),
        (CARETAKER, Action.READ_MONEY, Target(BOOK, BLOCK_A, LEASE), False),
    ],
)
def test_a_role_allows_what_it_is_for_on_what_it_reaches(
    actor: Actor, action: Action, target: Target, *, expected: bool
) -> None:
    """One line a rule of the table."""
    assert permits(actor, action, target) is expected


def test_what_may_not_be_seen_is_not_found_and_what_may_not_be_done_is_not_permitted() -> None:
    """Else the answer would tell that another tenant's lease exists."""
    with pytest.raises(NotFound):
        require(TENANT, Action.WRITE_LEASE, Target(BOOK, BLOCK_A, NEXT_DOOR))
    with pytest.raises(NotPermitted):
        require(TENANT, Action.WRITE_LEASE, Target(BOOK, BLOCK_A, LEASE))
    with pytest.raises(NotFound):
        reach_of(ADMIN, Action.READ_LEASE, OTHER)
    with pytest.raises(NotPermitted):
        reach_of(TENANT, Action.BILL, BOOK)


def test_scopes_confine_a_service_whatever_its_roles_allow() -> None:
    """A service with a landlord's role and one scope does that alone; it is told that a scope lacks, not a role."""
    service = Actor("service:reports", LANDLORD.grants, frozenset([Action.READ_LEASE]))
    assert reach_of(service, Action.READ_LEASE, BOOK).is_whole
    with pytest.raises(NotPermitted, match=r"money\.read is none of the access token's scopes"):
        reach_of(service, Action.READ_MONEY, BOOK)
    with pytest.raises(NotPermitted, match=r"money\.read is none of the access token's scopes"):
        require(service, Action.READ_MONEY, Target(BOOK))


def test_a_reach_joins_the_roles_that_allow_the_action_and_no_others() -> None:
    """A caretaker who is a tenant too sees money of the own lease, not of the properties looked after."""
    both = Actor("person:both", (*TENANT.grants, *CARETAKER.grants))
    assert reach_of(both, Action.READ_MONEY, BOOK) == Reach(
        BOOK, lease_ids=frozenset([LEASE]), person_ids=frozenset([WANJIKU])
    )
    seen = reach_of(both, Action.READ_PROPERTY, BOOK)
    assert (seen.property_ids, seen.lease_ids, seen.is_whole) == (frozenset([BLOCK_A]), frozenset([LEASE]), False)


def test_what_tells_of_the_whole_portfolio_needs_a_whole_reach() -> None:
    """A landlord confined to a block may not see the book's totals."""
    reach_of(LANDLORD, Action.READ_MONEY, BOOK).require_whole()
    with pytest.raises(NotPermitted, match="whole portfolio"):
        reach_of(OWNER_OF_A, Action.READ_MONEY, BOOK).require_whole()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Grant(Role.LANDLORD, None),
        lambda: Grant(Role.CARETAKER, BOOK),
        lambda: Grant(Role.TENANT, BOOK, WANJIKU, frozenset([BLOCK_A])),
        lambda: Grant(Role.LANDLORD, BOOK, lease_ids=frozenset([LEASE])),
    ],
)
def test_a_grant_that_would_reach_more_than_its_role_is_for_is_refused(make: object) -> None:
    """No caretaker of everything, no landlord of all portfolios."""
    assert callable(make)
    with pytest.raises(InvalidInput):
        make()
