"""Properties, units and people: lists, one by one, and recording them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from attrs import evolve

from marketplace_core.domain.access import Action, Reach, reach_of
from marketplace_core.domain.facts import Fact, PersonRecorded, PropertyRecorded, UnitRecorded
from marketplace_core.domain.first_system.parsing import kenyan_phone
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.paging import Kind
from marketplace_core.domain.party import Person
from marketplace_core.domain.reconciliation.phones import clear_phone
from marketplace_core.domain.register import LEASES, PEOPLE, PROPERTIES, UNITS, UnitEntry
from marketplace_core.errors import NotFound, NotPermitted
from marketplace_entrypoints.http.operation import Answer, Call, operation
from marketplace_entrypoints.http.paging import page_answer, page_query
from marketplace_entrypoints.http.shapes.directory import (
    Done,
    PersonBody,
    PersonPage,
    PersonShape,
    PropertyBody,
    PropertyPage,
    PropertyShape,
    UnitBody,
    UnitPage,
    UnitShape,
)

E = TypeVar("E")


@operation("GET", "/api/properties", Action.READ_PROPERTY, answers=PropertyPage, query=page_query(PROPERTIES))
def list_properties(call: Call[Any, Any]) -> Answer:
    """Properties, a page at a time."""
    return page_answer(call, PROPERTIES, PropertyShape.of, PropertyPage)


@operation("GET", "/api/properties/{property_id}", Action.READ_PROPERTY, answers=PropertyShape)
def read_property(call: Call[Any, Any]) -> Answer:
    """A property."""
    return Answer(PropertyShape.of(call.parts.ports.one(call.reach, PROPERTIES, call.path["property_id"])))


@operation(
    "POST",
    "/api/properties",
    Action.WRITE_PROPERTY,
    answers=Done,
    body=PropertyBody,
    status=HTTPStatus.CREATED,
    takes_key=True,
    plans=True,
)
def record_property(call: Call[Any, PropertyBody]) -> Answer:
    """Record a property, or change the one of that id."""
    known = _known(call, PROPERTIES, call.body.property_id)
    return _recorded(call, "property.record", [PropertyRecorded(call.body.record(call.portfolio_id, known))])


@operation("GET", "/api/units", Action.READ_PROPERTY, answers=UnitPage, query=page_query(UNITS), further=("text/csv",))
def list_units(call: Call[Any, Any]) -> Answer:
    """Units, a page at a time, or all as CSV."""
    return page_answer(call, UNITS, _unit_shape(call), UnitPage)


@operation("GET", "/api/units/{unit_id}", Action.READ_PROPERTY, answers=UnitShape)
def read_unit(call: Call[Any, Any]) -> Answer:
    """A unit."""
    return Answer(_unit_shape(call)(call.parts.ports.one(call.reach, UNITS, call.path["unit_id"])))


@operation(
    "POST",
    "/api/units",
    Action.WRITE_PROPERTY,
    answers=Done,
    body=UnitBody,
    status=HTTPStatus.CREATED,
    takes_key=True,
    plans=True,
)
def record_unit(call: Call[Any, UnitBody]) -> Answer:
    """Record a unit, or change the one of that id."""
    known = _known(call, UNITS, call.body.unit_id)
    return _recorded(
        call, "unit.record", [UnitRecorded(call.body.record(call.portfolio_id, known.unit if known else None))]
    )


@operation("GET", "/api/people", Action.READ_PERSON, answers=PersonPage, query=page_query(PEOPLE))
def list_people(call: Call[Any, Any]) -> Answer:
    """People, a page at a time; a phone may be written in any way."""
    if call.query.phone:
        phone = clear_phone(call.query.phone) or call.query.phone
        call = evolve(call, query=evolve(call.query, phone=phone))
    return page_answer(call, PEOPLE, PersonShape.of, PersonPage)


@operation("GET", "/api/people/{person_id}", Action.READ_PERSON, answers=PersonShape)
def read_person(call: Call[Any, Any]) -> Answer:
    """A person."""
    return Answer(PersonShape.of(call.parts.ports.one(call.reach, PEOPLE, call.path["person_id"])))


@operation(
    "POST",
    "/api/people",
    Action.WRITE_PERSON,
    answers=Done,
    body=PersonBody,
    status=HTTPStatus.CREATED,
    takes_key=True,
    plans=True,
)
def record_person(call: Call[Any, PersonBody]) -> Answer:
    """Record a person, or change the one of that id."""
    body = call.body
    phones = tuple(kenyan_phone(it) for it in body.phones)
    national_id = _national_id(call, body.person_id) if body.national_id is None else body.national_id
    merged_into = None if body.merged_into is None else PersonId(body.merged_into)
    person = Person(PersonId(body.person_id), body.name, phones, body.email, national_id, merged_into)
    return _recorded(call, "person.record", [PersonRecorded(call.portfolio_id, person)])


def _known(call: Call[Any, Any], kind: Kind[E], key: str) -> E | None:
    """What stands under an id, as far as the caller sees it."""
    try:
        return call.parts.ports.one(call.reach, kind, key)
    except NotFound:
        return None


def _national_id(call: Call[Any, Any], person_id: str) -> str:
    try:
        return call.parts.ports.one(call.reach, PEOPLE, person_id).national_id
    except NotFound:
        return ""


def _unit_shape(call: Call[Any, Any]) -> Callable[[UnitEntry], UnitShape]:
    """Units with their leases, for whom they are shown: a caretaker sees units and no leases."""
    try:
        seen = reach_of(call.actor, Action.READ_LEASE, call.portfolio_id)
    except NotPermitted:
        return lambda it: UnitShape.of(evolve(it, lease_ids=()))
    if seen == call.reach:
        return UnitShape.of

    def shown(it: UnitEntry) -> UnitShape:
        """Where units are in reach by one role and leases by another, each lease is asked for."""
        return UnitShape.of(evolve(it, lease_ids=tuple(one for one in it.lease_ids if _shows(call, seen, one))))

    return shown


def _shows(call: Call[Any, Any], reach: Reach, lease_id: str) -> bool:
    try:
        call.parts.ports.one(reach, LEASES, lease_id)
    except NotFound:
        return False
    return True


def _recorded(call: Call[Any, Any], kind: str, facts: Sequence[Fact]) -> Answer:
    """Facts about the whole portfolio's directory: who reaches a part of it records nothing new."""
    call.reach.require_whole()
    done = call.parts.ports.record(call.command(kind), facts, dry_run=call.dry_run)
    return Answer(Done(len(done.facts), done.sequence, done.repeated, call.dry_run), HTTPStatus.CREATED)
