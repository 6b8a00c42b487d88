"""A person's own rights: everything that is held of them handed out, and erased."""

from __future__ import annotations

import json
from typing import Any

from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import PersonId
from marketplace_entrypoints.http.operation import Answer, Call, operation
from marketplace_entrypoints.http.shapes.directory import Erased
from marketplace_entrypoints.http.shapes.payments import ReasonBody


@operation("GET", "/api/people/{person_id}/export", Action.ERASE_PERSON, answers=None, limit="exports")
def export_person(call: Call[Any, Any]) -> Answer:
    """Everything that the books hold of a person, for them."""
    call.reach.require_whole()
    told = call.parts.container.export_person()(call.portfolio_id, PersonId(call.path["person_id"]))
    return Answer(json.dumps(told, ensure_ascii=False, default=str).encode())


@operation(
    "POST",
    "/api/people/{person_id}/erase",
    Action.ERASE_PERSON,
    answers=Erased,
    body=ReasonBody,
    takes_key=True,
    plans=True,
)
def erase_person(call: Call[Any, ReasonBody]) -> Answer:
    """Empty what the books hold of a person; sums, ids and digests stay."""
    call.reach.require_whole()
    erase = call.parts.container.erase_person()
    command = call.command("person.erase", call.body.reason)
    gone = erase(command, PersonId(call.path["person_id"]), dry_run=call.dry_run)
    told = Erased(gone.parts, gone.payments, gone.aliases, gone.occupancies, gone.tickets, call.dry_run)
    return Answer(told)
