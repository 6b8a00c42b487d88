"""A property manager's system: how far it is read, and having it read now."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from marketplace_core.domain.access import Action
from marketplace_core.domain.hooks import HookId
from marketplace_core.domain.identifiers import derive_id
from marketplace_core.domain.outside_property.work import sync_request
from marketplace_core.errors import NotFound, RuleViolation
from marketplace_entrypoints.http.operation import Answer, Call, Public, Raw, Scope, operation
from marketplace_entrypoints.http.shapes.condo import CondoShape, CondoSyncBody
from marketplace_entrypoints.http.shapes.hooks import HookKept, JobShape
from marketplace_entrypoints.work_services import keep_hook, work_of

if TYPE_CHECKING:
    from marketplace_entrypoints.outside_properties import OutsideProperties


@operation("GET", "/api/admin/condo", Action.OPERATE, answers=CondoShape, scope=Scope.INSTALLATION)
def read_condo(call: Call[Any, Any]) -> Answer:
    """How far a property manager's system is read: each stream's state, lag, last good run, counts and reason."""
    outside = call.parts.outside
    if outside is None:
        return Answer(CondoShape("", call.now, is_well=True, reason="", version="", streams=(), looks=()))
    return Answer(CondoShape.of(outside.name, outside.overview()()))


@operation(
    "POST",
    "/api/admin/condo/sync",
    Action.OPERATE,
    answers=JobShape,
    body=CondoSyncBody,
    refuses=(HTTPStatus.CONFLICT,),
)
def sync_condo_now(call: Call[Any, CondoSyncBody]) -> Answer:
    """Have a portfolio brought in step with the property manager's system by a job; one that waits stands."""
    outside = _outside(call)
    call.reach.require_whole()
    if call.portfolio_id not in outside.portfolios:
        raise RuleViolation(f"no organization in {outside.name} is portfolio {call.portfolio_id}")
    work = work_of(call.parts.store)
    job_id = work.enqueue(sync_request(call.portfolio_id, call.now, whole=call.body.whole))
    return Answer(JobShape.of(work.job(job_id)))


@operation(
    "POST",
    "/hooks/condo/{token}",
    Public("the token in the path is the credential"),
    answers=HookKept,
    body=Raw,
    limit="hooks",
    refuses=(HTTPStatus.TOO_MANY_REQUESTS,),
)
def hint_of_condo(call: Call[Any, Raw]) -> Answer:
    """Take what a property manager's system posts: a hint that something changed there, never a fact."""
    if not call.parts.settings.hooks.lets_in(call.address):
        raise NotFound("nothing is let in by this address")
    hook_id = HookId(derive_id("hook", call.parts.new_id()))
    keep_hook(call.parts.store, call.parts.container)(call.path["token"], hook_id, call.body.content, call.headers)
    return Answer(HookKept(hook_id))


def _outside(call: Call[Any, Any]) -> OutsideProperties:
    if call.parts.outside is None:
        raise RuleViolation("no property manager's system is named: there is nothing to bring in step")
    return call.parts.outside
