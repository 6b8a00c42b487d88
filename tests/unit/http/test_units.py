"""What a unit shows to whom, and what recording one again keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from attrs import evolve
from tests.unit.http.house import BOOK, StaticAuthenticator, StaticKnown, bearer, make_house

from marketplace_core.domain.access import Actor, Grant
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import UnitRecorded
from marketplace_core.domain.identifiers import CommandId, LeaseId, PersonId, PropertyId, UnitId
from marketplace_core.domain.party import Role, UnitKind

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


def test_a_unit_recorded_again_keeps_what_is_left_out() -> None:
    """A label, floor and day of archiving that a system outside told stay when somebody gives it another code."""
    house = make_house()
    known = house.books.unit(BOOK, UnitId("u-A2"))
    told = evolve(known, kind=UnitKind.PARKING, number="12", floor="-1", archived_on=date(2026, 11, 1))
    command = Command(CommandId("told"), BOOK, "test", "system", datetime(2026, 11, 1, tzinfo=UTC))
    house.books.record(command, [UnitRecorded(told)])
    body = {"unit_id": "u-A2", "property_id": told.property_id, "code": "Bay 12", "floor": "-2"}
    with house.client() as client:
        headers = {**bearer("landlord"), "Idempotency-Key": "again"}
        assert client.post("/api/units", json=body, headers=headers).status_code == 201
        assert house.books.unit(BOOK, UnitId("u-A2")) == evolve(told, code="Bay 12", floor="-2")
        one = client.get("/api/units/u-A2", headers=bearer("landlord")).json()
        assert (one["kind"], one["number"], one["archived_on"]) == ("parking", "12", "2026-11-01")
        for archived, codes in (("yes", ["Bay 12"]), ("no", ["A1", "B1"])):
            page = client.get(f"/api/units?archived={archived}", headers=bearer("landlord")).json()
            assert [it["code"] for it in page["units"]] == codes
        table = client.get("/api/units", headers={**bearer("landlord"), "Accept": "text/csv"}).text
        assert "kind,number,floor,block,archived_on" in table.splitlines()[0]
