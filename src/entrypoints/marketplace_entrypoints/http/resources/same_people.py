"""One person in every system: who may be recorded twice, what other systems call them, and merging."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.register import PEOPLE
from marketplace_entrypoints.http.operation import Answer, Call, operation
from marketplace_entrypoints.http.shapes.directory import Done
from marketplace_entrypoints.http.shapes.people import (
    LinkBody,
    LinkList,
    LinkShape,
    MergeBody,
    MergeShape,
    SamePair,
    SamePeopleList,
)


@operation("GET", "/api/people/same", Action.WRITE_PERSON, answers=SamePeopleList)
def list_same_people(call: Call[Any, Any]) -> Answer:
    """Who may be recorded twice, with what speaks for it."""
    call.reach.require_whole()
    found = call.parts.container.find_same_people()(call.portfolio_id)
    people = call.parts.ports.people(call.portfolio_id)
    return Answer(SamePeopleList(tuple(SamePair.of(it, people) for it in found)))


@operation("GET", "/api/people/{person_id}/links", Action.READ_PERSON, answers=LinkList)
def list_links(call: Call[Any, Any]) -> Answer:
    """What other systems call a person."""
    person = call.parts.ports.one(call.reach, PEOPLE, call.path["person_id"])
    found = call.parts.ports.external_ids(call.portfolio_id, person.person_id)
    return Answer(LinkList(tuple(LinkShape.of(it) for it in found)))


@operation(
    "POST",
    "/api/people/{person_id}/links",
    Action.WRITE_PERSON,
    answers=Done,
    body=LinkBody,
    status=HTTPStatus.CREATED,
    takes_key=True,
    plans=True,
)
def link_person(call: Call[Any, LinkBody]) -> Answer:
    """Let another system's id stand for a person, for good."""
    call.reach.require_whole()
    body, command = call.body, call.command("person.link")
    link = call.parts.container.link_person()
    person_id = PersonId(call.path["person_id"])
    done = link(command, body.system.value, body.kind, body.external_id, person_id, dry_run=call.dry_run)
    return Answer(Done(len(done.facts), done.sequence, done.repeated, call.dry_run), HTTPStatus.CREATED)


@operation(
    "POST",
    "/api/people/{person_id}/merge",
    Action.WRITE_PERSON,
    answers=MergeShape,
    body=MergeBody,
    takes_key=True,
    plans=True,
)
def merge_people(call: Call[Any, MergeBody]) -> Answer:
    """Let the person stand for another one, who is the same: leases, properties, links and logins; for good."""
    call.reach.require_whole()
    merge = call.parts.identity.merge_people()
    command = call.command("person.merge", call.body.reason)
    kept_id = PersonId(call.path["person_id"])
    done = merge(command, PersonId(call.body.duplicate_id), kept_id, dry_run=call.dry_run)
    return Answer(MergeShape.of(done, dry_run=call.dry_run))
