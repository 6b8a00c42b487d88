"""The description is true: for each role, nothing breaks and nothing undocumented is answered."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.unit.http.house import bearer, callers, make_house

from marketplace_core.domain.access import Action
from marketplace_entrypoints.http.description import describe
from marketplace_entrypoints.http.operation import Operation
from marketplace_entrypoints.http.resources.all import OPERATIONS

SCALE = os.environ.get("MARKETPLACE_TEST_SCALE", "slice")
EXAMPLES = {"smoke": 2, "slice": 4, "full": 100}[SCALE]
KNOWN: Mapping[str, tuple[str, ...]] = {
    "lease_id": ("L-A1", "L-Z1"),
    "unit_id": ("u-A1", "u-Z1"),
    "property_id": ("block-A", "block-Z"),
    "person_id": ("t-A1", "t-Z1"),
    "portfolio": ("halima", "kamau"),
}
DECIDING = frozenset(
    {
        "confirm_act",
        "refuse_act",
        "replay_job",
        "discard_job",
        "begin_full_pass",
        "sync_lease_now",
        "sync_condo_now",
        "sync_cocorico_now",
    }
)
"""Words on what was planned before, and asking for a look that changes nothing by itself: nothing is to be planned."""
CALLERS = ["", *callers()]
AT_EACH_EDGE = CALLERS if SCALE == "full" else ["operator", "landlord", "tenant"]
"""Who also asks with every value at the edge of what is described: who may most, who is at home, who may least."""
HOUSE = make_house()
schema = schemathesis.openapi.from_asgi("/api/openapi.json", HOUSE.app)
at_random = schemathesis.openapi.from_asgi("/api/openapi.json", HOUSE.app)
at_random.config.phases.update(phases=["examples", "fuzzing"])


@schemathesis.hook
def map_path_parameters(_: object, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Let every other id be one that is there."""
    return {name: _known(name, value) for name, value in (path_parameters or {}).items()} or path_parameters


@schemathesis.hook
def map_query(_: object, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """Let every other portfolio and id be one that is there."""
    return {name: _known(name, value) for name, value in (query or {}).items()} if query else query


def _known(name: str, value: object) -> object:
    known = KNOWN.get(name, ())
    place = hash(str(value)) % 4
    return known[place] if place < len(known) else value


in_turns = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True
)


@pytest.mark.parametrize("who", AT_EACH_EDGE)
@schema.parametrize()
@in_turns
def test_nothing_breaks_and_nothing_undocumented_is_answered(case: Any, who: str) -> None:  # noqa: ANN401 - schemathesis' own
    """Every operation, with valid and with broken requests, and with each value at an edge."""
    require_documented(case, who)


@pytest.mark.parametrize("who", [it for it in CALLERS if it not in AT_EACH_EDGE])
@at_random.parametrize()
@in_turns
def test_nothing_breaks_for_whoever_asks(case: Any, who: str) -> None:  # noqa: ANN401 - as above
    """Every operation, with valid and with broken requests, as nobody and as each other caller."""
    require_documented(case, who)


def require_documented(case: Any, who: str) -> None:  # noqa: ANN401 - as above
    """Send it as this caller; nothing breaks, and what comes back is described."""
    case.call_and_validate(
        headers=bearer(who) if who else {"Authorization": "Bearer nobody"},
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )


def test_the_description_is_plain_json_with_every_operation() -> None:
    """Each route once, each with its rule."""
    told = json.loads(json.dumps(describe(OPERATIONS)))
    assert told["openapi"] == "3.1.0"
    found = {(method.upper(), path) for path, item in told["paths"].items() for method in item}
    assert found == {(it.method, it.path) for it in OPERATIONS}
    for item in told["paths"].values():
        for it in item.values():
            assert it["x-access"]
            assert it["summary"].endswith(".") or it["summary"].endswith(")."), it["summary"]


def test_every_operation_says_in_its_declaration_what_it_needs() -> None:
    """Writes in the books heed a key and a dry run; a reading operation neither."""
    for it in OPERATIONS:
        assert isinstance(it, Operation)
        if isinstance(it.access, Action) and it.writes and it.name not in DECIDING:
            assert it.plans, it.name
        if not it.writes:
            assert not it.takes_key
            assert not it.plans
