"""Which leases a unit shows to whom."""

from __future__ import annotations

import pytest
from tests.unit.http.house import BOOK, StaticAuthenticator, StaticKnown, bearer, make_house

from marketplace_core.domain.access import Actor, Grant
from marketplace_core.domain.identifiers import LeaseId, PersonId, PropertyId
from marketplace_core.domain.party import Role

CARETAKER = Grant(Role.CARETAKER, BOOK, property_ids=frozenset([PropertyId("block-A")]))
TENANT = Grant(Role.TENANT, BOOK, PersonId("t-A1"), lease_ids=frozenset([LeaseId("L-A1")]))


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ((CARETAKER,), {"A1": [], "A2": []}),
        ((TENANT,), {"A1": ["L-A1"]}),
        ((CARETAKER, TENANT), {"A1": ["L-A1"], "A2": []}),
        ((Grant(Role.LANDLORD, BOOK),), {"A1": ["L-A1"], "A2": ["L-A2"], "B1": ["L-B1"]}),
    ],
)
def test_a_unit_shows_the_leases_that_its_reader_may_read(
    grants: tuple[Grant, ...], expected: dict[str, list[str]]
) -> None:
    """A caretaker sees units without their leases; who is a tenant too, their own."""
    house = make_house()
    authenticator = house.parts.authenticator
    assert isinstance(authenticator, StaticAuthenticator)
    authenticator.known["both"] = StaticKnown(Actor("person:both", grants))
    with house.client() as client:
        units = client.get("/api/units", headers=bearer("both")).json()["units"]
        assert {it["code"]: it["lease_ids"] for it in units} == expected
        one = client.get("/api/units/u-A1", headers=bearer("both")).json()
        assert one["lease_ids"] == expected["A1"]
