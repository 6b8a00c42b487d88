"""The measured schema and the recorded answers of a real Condo, where they stand beside the repository."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)
from graphql.execution import get_variable_values
from tests.fixtures.condo_schema import FACTS, everything_sent, needed_lines, touched

from marketplace_adapters.condo.answers import Answer, Fields
from marketplace_adapters.condo.errors import rule_of
from marketplace_adapters.condo.occupancies import occupancy_of
from marketplace_adapters.condo.properties import property_of
from marketplace_adapters.condo.testing.schema import SCHEMA
from marketplace_adapters.condo.tickets import ticket_of
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.outside_property.records import OccupantRole
from marketplace_core.errors import (
    ConfigurationError,
    MarketplaceError,
    NotFound,
    PartnerDrift,
    PartnerUnavailable,
    RuleViolation,
)

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("condo-schema")]


@cache
def _real() -> GraphQLSchema:
    path = FACTS / "schema.graphql"
    if not path.exists():
        pytest.skip("the measured schema of Condo is not beside the repository")
    return build_schema(path.read_text("utf-8"), assume_valid=True)


def _sample(name: str) -> dict[str, Any]:
    path = FACTS / "samples" / f"{name}.json"
    if not path.exists():
        pytest.skip("the recorded answers of Condo are not beside the repository")
    sample: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return sample


def _answer(name: str) -> Answer:
    sample = _sample(name)
    return Answer(name, sample["http_status"], json.dumps(sample["body"]))


def _rows(name: str) -> list[Fields]:
    answer = _answer(name)
    assert answer.problems() == ()
    return answer.data().rows("objs")


def test_all_that_is_sent_fits_the_real_schema() -> None:
    """Each operation validates, and the variables it is really sent with are taken."""
    schema = _real()
    for query, variables in everything_sent():
        document = parse(query)
        assert validate(schema, document) == []
        for it in document.definitions:
            if isinstance(it, OperationDefinitionNode):
                taken = get_variable_values(schema, list(it.variable_definitions or ()), dict(variables))
                assert not isinstance(taken, list), taken


def test_what_is_needed_is_what_was_measured() -> None:
    """The table of the check for drift says the real types."""
    sent = [it for it in everything_sent() if "__type" not in it[0]]
    assert needed_lines() <= touched(_real(), sent)


def test_the_test_server_is_a_part_of_the_real_one() -> None:
    """Every type, field, argument and member that it has is there, with the same type and the same nulls."""
    real, ours = _real(), build_schema(SCHEMA)
    for name, kind in ours.type_map.items():
        if name.startswith("__"):
            continue
        theirs = real.type_map.get(name)
        assert type(theirs) is type(kind), name
        if isinstance(kind, GraphQLEnumType) and isinstance(theirs, GraphQLEnumType):
            assert set(kind.values) <= set(theirs.values), name
            if not name.startswith("Sort"):
                assert set(kind.values) == set(theirs.values), name
        if isinstance(kind, GraphQLInputObjectType) and isinstance(theirs, GraphQLInputObjectType):
            for field, it in kind.fields.items():
                assert str(it.type) == str(theirs.fields[field].type), f"{name}.{field}"
        if isinstance(kind, GraphQLObjectType) and isinstance(theirs, GraphQLObjectType):
            for field, made in kind.fields.items():
                assert str(made.type) == str(theirs.fields[field].type), f"{name}.{field}"
                for argument, given in made.args.items():
                    assert str(given.type) == str(theirs.fields[field].args[argument].type), f"{name}.{field}"


def test_recorded_properties_are_read() -> None:
    """Four units, of which a flat and a place bear the same label; no name, so it is called by its address."""
    (told,) = [property_of(it) for it in _rows("properties")]
    assert [(it.kind.value, it.label, it.block) for it in told.units] == [
        ("flat", "1", "A"),
        ("flat", "2", "A"),
        ("commercial", "G1", "A"),
        ("parking", "1", "P"),
    ]
    assert (told.name, told.findings) == ("Ngong Road 12, Nairobi, Kenya", ())


def test_recorded_contacts_are_read() -> None:
    """A resident and an owner."""
    told = [occupancy_of(it, {}) for it in _rows("contacts")]
    assert [(it.role, it.unit_label, it.phone) for it in told] == [
        (OccupantRole.RESIDENT, "1", "+254712345671"),
        (OccupantRole.OWNER, "2", "+254712345672"),
    ]


@pytest.mark.parametrize(("name", "deleted"), [("tickets_service", 0), ("tickets_staff_with_deleted", 1)])
def test_recorded_tickets_are_read(name: str, deleted: int) -> None:
    """Staff see the one that was deleted; a ticket whose status never changed is as old as its status."""
    told = [ticket_of(it) for it in _rows(name)]
    assert sum(it.is_deleted for it in told) == deleted
    by_number = {it.number: it for it in told}
    assert [by_number[it].status for it in (1, 2, 3, 4)] == [
        TicketStatus.OPEN,
        TicketStatus.ON_HOLD,
        TicketStatus.CANCELLED,
        TicketStatus.OPEN,
    ]
    assert by_number[4].status_at == by_number[4].created_at
    assert by_number[4].priority is TicketPriority.LOW
    assert by_number[2].deferred_until is not None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("error_access_denied", ConfigurationError),
        ("error_already_deleted", NotFound),
        ("error_deferred_without_until", RuleViolation),
        ("error_limits", PartnerDrift),
        ("error_no_sender", PartnerDrift),
        ("error_rate_limited", PartnerUnavailable),
        ("error_unauthenticated", PartnerUnavailable),
        ("error_validation", PartnerDrift),
    ],
)
def test_recorded_errors_are_known(name: str, kind: type[MarketplaceError]) -> None:
    """None falls to the last rule, which knows nothing."""
    answer = _answer(name)
    rule, problem = rule_of(answer.status, answer.problems())
    assert rule.kind is kind
    assert "unclear" not in rule.says
    if "rate" in name or "unauthenticated" in name:
        assert problem.reset == 1795466287


def test_a_recorded_write_is_no_error() -> None:
    """What an update answers has the fields that are asked for there."""
    answer = _answer("update_ok")
    assert answer.problems() == ()
    assert answer.data().part("obj").part("status").text("type") == "processing"
