"""A portal outside: how far it is read, and having it brought in step now."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from marketplace_core.domain.access import Action
from marketplace_core.domain.listings.work import import_request, publish_request
from marketplace_core.errors import RuleViolation
from marketplace_entrypoints.http.operation import Answer, Call, Scope, operation
from marketplace_entrypoints.http.shapes.cocorico import PortalJobs, PortalStateShape, PortalSyncBody
from marketplace_entrypoints.work_services import work_of


@operation("GET", "/api/admin/cocorico", Action.OPERATE, answers=PortalStateShape, scope=Scope.INSTALLATION)
def read_cocorico(call: Call[Any, Any]) -> Answer:
    """How far a portal outside is read: each stream's state, lag, last good run, counts and reason."""
    ours = call.parts.listings
    if not ours.name:
        return Answer(PortalStateShape("", call.now, True, "", (), (), ()))  # noqa: FBT003 - a field
    return Answer(PortalStateShape.of(ours.name, ours.portfolios, ours.overview()()))


@operation(
    "POST",
    "/api/admin/cocorico/sync",
    Action.OPERATE,
    answers=PortalJobs,
    body=PortalSyncBody,
    refuses=(HTTPStatus.CONFLICT,),
)
def sync_cocorico_now(call: Call[Any, PortalSyncBody]) -> Answer:
    """Have a portfolio brought in step with the portal outside by jobs; those that wait stand."""
    ours, own = call.parts.listings, call.portfolio_id
    call.reach.require_whole()
    if not ours.name:
        raise RuleViolation("no portal outside is named: there is nothing to bring in step")
    if own not in ours.portfolios:
        raise RuleViolation(f"listings of portfolio {own} are not shown on {ours.name}")
    work, whole = work_of(call.parts.store), call.body.whole
    published = work.enqueue(publish_request(own, call.now, whole=whole))
    imported = work.enqueue(import_request(own, call.now, whole=whole))
    return Answer(PortalJobs(str(published), str(imported)))
