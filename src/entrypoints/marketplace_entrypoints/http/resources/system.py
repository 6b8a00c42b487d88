"""Health, readiness, metrics and the description itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from marketplace_core.domain.access import Action
from marketplace_core.errors import MarketplaceError
from marketplace_entrypoints.http.operation import METRICS, Answer, Call, Public, Scope, operation
from marketplace_entrypoints.http.shapes.system import Check, Health, Readiness, SystemStatus
from marketplace_entrypoints.http.status import status_of_system


@operation("GET", "/api/health/live", Public("watchers ask it, and it says nothing of the books"), answers=Health)
def read_liveness(call: Call[Any, Any]) -> Answer:  # noqa: ARG001 - every handler takes its call
    """Whether this process lives."""
    return Answer(Health("live"))


@operation(
    "GET",
    "/api/health/ready",
    Public("watchers ask it, and it says nothing of the books"),
    answers=Readiness,
    also=((HTTPStatus.SERVICE_UNAVAILABLE, Readiness),),
)
def read_readiness(call: Call[Any, Any]) -> Answer:
    """Whether this process can do its work now: the database answers."""
    try:
        call.parts.ports.portfolios()
    except MarketplaceError as problem:
        checks = (Check("store", is_well=False, says=type(problem).__name__),)
        return Answer(Readiness("not ready", checks), HTTPStatus.SERVICE_UNAVAILABLE)
    return Answer(Readiness("ready", (Check("store", is_well=True, says="answers"),)))


@operation("GET", "/api/system/status", Action.OPERATE, answers=SystemStatus, scope=Scope.INSTALLATION)
def read_status(call: Call[Any, Any]) -> Answer:
    """Every adapter's state, the queue, and whether the billing engine's books agree with ours."""
    return Answer(status_of_system(call.parts, call.now))


@operation("GET", "/metrics", Action.OPERATE, answers=None, scope=Scope.INSTALLATION, further=(METRICS,))
def read_metrics(call: Call[Any, Any]) -> Answer:
    """Figures for Prometheus."""
    return Answer(call.parts.metrics.text(), content_type=METRICS)


@operation("GET", "/api/openapi.json", Public("it describes the API and holds nothing of the books"), answers=None)
def read_description(call: Call[Any, Any]) -> Answer:
    """The description of the API, OpenAPI 3.1."""
    return Answer(call.parts.description)
