"""Condo's rows in our words: what is null there, what is told twice, what we do not know."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from marketplace_adapters.condo.answers import Answer, Fields
from marketplace_adapters.condo.enumerations import STATUS_TYPES, STATUSES, UNIT_KINDS, priority_of
from marketplace_adapters.condo.occupancies import occupancy_of
from marketplace_adapters.condo.properties import property_of
from marketplace_adapters.condo.tickets import comment_of, ticket_of
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.outside_property.records import OccupantRole, OutsideUnit
from marketplace_core.domain.outside_property.tickets import OutsidePerson
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import PartnerDrift

AT = "2026-01-05T08:00:00.000Z"
INSTANT = datetime(2026, 1, 5, 8, tzinfo=UTC)
COMMON: dict[str, object] = {"id": "x1", "v": 3, "createdAt": AT, "updatedAt": AT, "deletedAt": None}
PROPERTY = COMMON | {"name": "House", "address": "Ngong Road 12", "map": None}
CONTACT = COMMON | {
    "property": {"id": "p1"},
    "unitName": "1",
    "unitType": "flat",
    "name": "Amina",
    "phone": "+254712345678",
    "email": None,
    "isVerified": False,
    "role": {"id": "ro1", "name": "Resident"},
}
TICKET = COMMON | {
    "number": 7,
    "property": {"id": "p1"},
    "unitName": "1",
    "unitType": "flat",
    "status": {"id": "s1", "type": "new_or_reopened"},
    "statusReason": None,
    "statusUpdatedAt": None,
    "deferredUntil": None,
    "title": None,
    "details": "leak",
    "priority": 300,
    "isEmergency": False,
    "classifier": None,
    "contact": {"id": "c1"},
    "clientName": "Amina",
    "clientPhone": "+254712345678",
    "assignee": None,
    "executor": None,
}
COMMENT = COMMON | {
    "type": "organization",
    "content": "hello",
    "ticket": {"id": "t1"},
    "user": {"id": "u1", "name": "B"},
}


def _row(values: dict[str, object], **more: object) -> Fields:
    return Fields(values | more, "row")


def _map(*units: tuple[object, object], parking: tuple[object, object] | None = None) -> dict[str, object]:
    def section(name: str, its: tuple[tuple[object, object], ...]) -> dict[str, object]:
        return {"name": name, "floors": [{"name": "1", "units": [{"unitType": k, "label": it} for k, it in its]}]}

    return {"sections": [section("A", units)], "parking": [section("P", (parking,))] if parking else None}


def test_units_of_sections_and_parking() -> None:
    """Null is a flat; flats and places may bear the same label."""
    told = property_of(_row(PROPERTY, map=_map((None, "1"), ("commercial", "G1"), parking=("parking", "1"))))
    assert told.units == (
        OutsideUnit(UnitKind.FLAT, "1", "1", "A"),
        OutsideUnit(UnitKind.COMMERCIAL, "G1", "1", "A"),
        OutsideUnit(UnitKind.PARKING, "1", "1", "P"),
    )
    assert told.findings == ()


def test_null_among_sections_floors_and_units_stands_for_nothing() -> None:
    """The schema lets null stand in each of these lists; the rest of the house is taken, and the stream goes on."""
    unit = {"unitType": None, "label": "1"}
    floors: list[object] = [None, {"name": "1", "units": [None, unit]}, {"name": "2", "units": list[object]()}]
    drawn: dict[str, object] = {"sections": [None, {"name": "A", "floors": floors}], "parking": list[object]()}
    told = property_of(_row(PROPERTY, map=drawn))
    assert (told.units, told.findings) == ((OutsideUnit(UnitKind.FLAT, "1", "1", "A"),), ())
    assert property_of(_row(PROPERTY, map={"sections": None, "parking": None})).units == ()
    with pytest.raises(PartnerDrift, match="floors"):
        property_of(_row(PROPERTY, map={"sections": [{"name": "A", "floors": "1"}], "parking": None}))


def test_labels_that_stand_twice_are_one_unit_and_told() -> None:
    """Also where blanks make the difference, or null and flat; the first is taken."""
    told = property_of(_row(PROPERTY, map=_map(("flat", "12"), (None, " 12 "), ("flat", "12"), ("parking", "12"))))
    assert told.units == (OutsideUnit(UnitKind.FLAT, "12", "1", "A"), OutsideUnit(UnitKind.PARKING, "12", "1", "A"))
    assert told.findings == ("more than one unit of kind flat is labelled '12': they count as one",)


@pytest.mark.parametrize("label", ["", "  "])
def test_units_without_a_label_are_told(label: str) -> None:
    """The others are taken."""
    told = property_of(_row(PROPERTY, map=_map(("flat", label), ("flat", "2"))))
    assert told.units == (OutsideUnit(UnitKind.FLAT, "2", "1", "A"),)
    assert told.findings == ("a unit of kind flat on floor '1' of 'A' has no label: give it one",)


def test_a_property_without_a_name_is_called_by_its_address() -> None:
    """And one that was deleted says so."""
    told = property_of(_row(PROPERTY, name=None, deletedAt=AT))
    assert (told.name, told.address, told.is_deleted, told.updated_at) == (
        "Ngong Road 12",
        "Ngong Road 12",
        True,
        INSTANT,
    )


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Resident", OccupantRole.RESIDENT),
        ("resident ", OccupantRole.RESIDENT),
        ("Owner", OccupantRole.OWNER),
        ("Guest", OccupantRole.GUEST),
        ("Житель", OccupantRole.OTHER),
        (None, OccupantRole.OTHER),
    ],
)
def test_roles_by_name(name: str | None, role: OccupantRole) -> None:
    """A name that we do not know is no tenant's."""
    assert occupancy_of(_row(CONTACT, role={"id": "ro1", "name": name}), {}).role is role
    assert occupancy_of(_row(CONTACT, role=None), {}).role is OccupantRole.OTHER


def test_roles_as_configured() -> None:
    """By id or by name, before Condo's own names."""
    row = _row(CONTACT, role={"id": "RO1", "name": "Житель"})
    assert occupancy_of(row, {"ro1": OccupantRole.RESIDENT}).role is OccupantRole.RESIDENT
    assert occupancy_of(row, {"житель": OccupantRole.RESIDENT}).role is OccupantRole.RESIDENT
    own = _row(CONTACT)
    assert occupancy_of(own, {"resident": OccupantRole.GUEST}).role is OccupantRole.GUEST


def test_a_contact_of_no_unit() -> None:
    """It is told with nothing where nothing stands."""
    told = occupancy_of(_row(CONTACT, property=None, unitName=None, unitType=None, name=None, phone=None), {})
    assert (told.property_id, told.unit_kind, told.unit_label) == ("", UnitKind.FLAT, "")
    assert (told.name, told.phone, told.email) == ("", "", "")


def test_a_ticket_whose_status_never_changed() -> None:
    """Its status is as old as it is."""
    told = ticket_of(_row(TICKET))
    assert (told.status, told.status_at, told.version) == (TicketStatus.OPEN, INSTANT, 3)
    assert told.reporter == OutsidePerson("c1", "Amina", "+254712345678")
    assert (told.assignee, told.category, told.title) == (OutsidePerson(), "", "")


def test_a_ticket_of_a_house_and_of_nothing() -> None:
    """No unit, no house, nobody who asked."""
    told = ticket_of(
        _row(TICKET, property=None, unitName=None, unitType=None, contact=None, clientName=None, clientPhone=None)
    )
    assert (told.property_id, told.unit_kind, told.unit_label, told.reporter) == ("", None, "", OutsidePerson())


def test_a_unit_without_a_kind_is_a_flat() -> None:
    """As in the map."""
    assert ticket_of(_row(TICKET, unitType=None)).unit_kind is UnitKind.FLAT


def test_who_does_it_goes_before_who_is_responsible() -> None:
    """The executor, else the assignee."""
    executor, assignee = {"id": "u1", "name": "Baraka"}, {"id": "u2", "name": None}
    assert ticket_of(_row(TICKET, executor=executor, assignee=assignee)).assignee == OutsidePerson("u1", "Baraka")
    assert ticket_of(_row(TICKET, assignee=assignee)).assignee == OutsidePerson("u2")


def test_the_category_is_what_the_classifier_says() -> None:
    """As far as it says anything."""
    classifier = {"place": {"name": "Bathroom"}, "category": {"name": "Water"}, "problem": {"name": None}}
    assert ticket_of(_row(TICKET, classifier=classifier)).category == "Bathroom / Water"
    assert ticket_of(_row(TICKET, classifier={"place": None, "category": None, "problem": None})).category == ""


@pytest.mark.parametrize(
    ("number", "is_emergency", "priority"),
    [
        (100, False, TicketPriority.LOW),
        (200, False, TicketPriority.LOW),
        (300, False, TicketPriority.NORMAL),
        (400, False, TicketPriority.HIGH),
        (500, False, TicketPriority.HIGH),
        (100, True, TicketPriority.EMERGENCY),
    ],
)
def test_priorities(number: int, is_emergency: bool, priority: TicketPriority) -> None:  # noqa: FBT001 - a case
    """An emergency goes before any number; no number is the ordinary one."""
    assert priority_of(number, is_emergency=is_emergency) is priority
    assert ticket_of(_row(TICKET, priority=None, isEmergency=None)).priority is TicketPriority.NORMAL


def test_a_day_of_deferral_counts_while_it_is_deferred() -> None:
    """Afterwards it is history."""
    deferred = {"status": {"id": "s2", "type": "deferred"}, "deferredUntil": AT}
    assert ticket_of(_row(TICKET, **deferred)).deferred_until == INSTANT
    assert ticket_of(_row(TICKET, deferredUntil=AT)).deferred_until is None


def test_a_comment_whose_ticket_is_hidden() -> None:
    """A service user is not shown a deleted ticket: the comment is told without it."""
    assert comment_of(_row(COMMENT)).ticket_id == "t1"
    told = comment_of(_row(COMMENT, ticket=None, user=None, type="resident", content=None))
    assert (told.ticket_id, told.author, told.is_resident, told.text) == ("", OutsidePerson(), True, "")


def test_enumerations_are_ours_one_to_one() -> None:
    """Every status and kind of ours has one there, and none has two."""
    assert set(STATUSES.values()) == set(TicketStatus) == set(STATUS_TYPES)
    assert len(STATUSES) == len(TicketStatus)
    assert set(UNIT_KINDS.values()) == set(UnitKind)


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"status": {"id": "s9", "type": "archived"}}, "status.type"),
        ({"status": None}, "status"),
        ({"unitType": "attic"}, "unitType"),
        ({"number": "7"}, "number"),
        ({"number": None}, "number"),
        ({"v": True}, "row.v"),
        ({"updatedAt": None}, "updatedAt"),
        ({"updatedAt": "yesterday"}, "updatedAt"),
        ({"updatedAt": "2026-01-05T08:00:00"}, "updatedAt"),
        ({"isEmergency": "no"}, "isEmergency"),
        ({"id": ""}, "row.id"),
        ({"details": 5}, "details"),
        ({"property": "p1"}, "property"),
    ],
)
def test_what_is_not_as_it_was_is_drift(values: dict[str, object], where: str) -> None:
    """It is named, and nothing is guessed."""
    with pytest.raises(PartnerDrift, match=where):
        ticket_of(_row(TICKET, **values))


def test_what_is_missing_is_drift() -> None:
    """A field that did not come is not null."""
    ticket = TICKET | {"status": {"id": "s2", "type": "deferred"}}
    for name in ticket:
        with pytest.raises(PartnerDrift, match=f"no row.{name}"):
            ticket_of(Fields({it: value for it, value in ticket.items() if it != name}, "row"))


def test_what_no_database_keeps_is_marked_in_what_is_told() -> None:
    """NUL and half a pair become U+FFFD, also in lists; a whole pair and a backslash are what they were."""
    told = r'{"data": {"a": ["x\u0000", "\ud800y", "\udc00"], "b": "\ud83c\udfe0 \\u0000", "c": 1}}'
    data = Answer("Properties", 200, told).body()["data"]
    assert data == {"a": ["x\ufffd", "\ufffdy", "\ufffd"], "b": "\U0001f3e0 \\u0000", "c": 1}
    assert str(data).encode()
