"""The Condo to test against has the rules that were measured on the real one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from marketplace_adapters.condo.testing import CondoStandIn
from marketplace_adapters.condo.testing.answering import Reply

pytestmark = pytest.mark.condo

WITH_DELETED: dict[str, object] = {"OR": [{"deletedAt": None}, {"deletedAt_not": None}]}


def _asked(standin: CondoStandIn, query: str, variables: dict[str, object] | None = None, kind: str = "staff") -> Reply:
    token = f"Bearer {standin.token_of(kind)}" if kind else ""
    return standin.answering.answer({"query": query, "variables": variables or {}}, token)


def _rows(reply: Reply) -> list[Any]:
    return json.loads(reply.text())["data"]["objs"]  # type: ignore[no-any-return]


def _error(reply: Reply) -> dict[str, Any]:
    return json.loads(reply.text())["errors"][0]  # type: ignore[no-any-return]


def test_soft_deletion_looks_at_the_variable_where_alone(standin: CondoStandIn) -> None:
    """An inline filter or one of another name gives nothing, silently."""
    standin.hand.delete_ticket(next(iter(standin.books.kind("Ticket"))))
    named = "query ($where: TicketWhereInput) { objs: allTickets(where: $where) { id } }"
    assert len(_rows(_asked(standin, named, {"where": {}}))) == 7
    assert len(_rows(_asked(standin, named, {"where": WITH_DELETED}))) == 8
    assert len(_rows(_asked(standin, named, {"where": {"deletedAt_not": None}}))) == 1
    inline = "{ objs: allTickets(where: { deletedAt_not: null }) { id } }"
    assert _rows(_asked(standin, inline)) == []
    other = "query ($filter: TicketWhereInput) { objs: allTickets(where: $filter) { id } }"
    assert _rows(_asked(standin, other, {"filter": {"deletedAt_not": None}})) == []


def test_service_users_never_see_deleted_rows(standin: CondoStandIn) -> None:
    """Whatever they send; nor the house of a ticket, once it is deleted."""
    tickets = list(standin.books.kind("Ticket"))
    standin.hand.delete_ticket(tickets[0])
    standin.hand.delete_property(str(standin.books.kind("Ticket")[tickets[1]].values["property"]))
    named = "query ($where: TicketWhereInput) { objs: allTickets(where: $where) { id property { id } } }"
    told = {it["id"]: it["property"] for it in _rows(_asked(standin, named, {"where": WITH_DELETED}, "service"))}
    assert tickets[0] not in told
    assert told[tickets[1]] is None
    staff = {it["id"]: it["property"] for it in _rows(_asked(standin, named, {"where": WITH_DELETED}))}
    assert staff[tickets[1]] is not None


def test_residents_are_denied(standin: CondoStandIn) -> None:
    """With the name and the code that were recorded, and status 200."""
    reply = _asked(standin, "{ objs: allResidents { id } }", kind="service")
    assert (reply.status, _error(reply)["name"]) == (200, "AccessDeniedError")
    assert _error(reply)["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert json.loads(reply.text())["data"] == {"objs": None}


def test_a_page_has_a_thousand_rows_at_most(standin: CondoStandIn) -> None:
    """One more is an error."""
    assert _rows(_asked(standin, "{ objs: allTickets(first: 1000) { id } }"))
    assert _error(_asked(standin, "{ objs: allTickets(first: 1001) { id } }"))["name"] == "LimitsExceededError"


@pytest.mark.parametrize(
    ("query", "points"),
    [
        ("{ objs: allTickets(first: 100) { id } }", 2),
        ("{ objs: allTickets(first: 101) { id } }", 4),
        ("{ objs: allTickets { id } }", 20),
        ("{ meta: _allTicketsMeta { count } }", 20),
        ("{ authenticatedUser { id } }", 2),
        ('{ __type(name: "Ticket") { name } }', 0),
    ],
)
def test_what_a_call_costs(standin: CondoStandIn, query: str, points: int) -> None:
    """Two points for a hundred rows; strangers have a hundred an hour."""
    reply = _asked(standin, query)
    assert reply.headers.get("x-rate-limit-complexity-used", "0") == str(points)
    assert _asked(standin, query, kind="").headers.get("x-rate-limit-complexity-limit", "100") == "100"


def test_mutations_say_who_sends_them(standin: CondoStandIn) -> None:
    """Without a version or a fingerprint nothing is written."""
    ticket = next(iter(standin.books.kind("Ticket")))
    mutation = "mutation ($id: ID!, $data: TicketUpdateInput) { obj: updateTicket(id: $id, data: $data) { v } }"
    refused = _error(_asked(standin, mutation, {"id": ticket, "data": {"details": "x"}}))
    assert refused["extensions"]["type"] == "DV_VERSION_MISMATCH"
    short = {"dv": 1, "sender": {"dv": 1, "fingerprint": "abcd"}, "details": "x"}
    assert _error(_asked(standin, mutation, {"id": ticket, "data": short}))["extensions"]["type"] == "WRONG_FORMAT"
    assert standin.books.kind("Ticket")[ticket].values["v"] == 1


def test_the_same_status_again_bumps_the_version(standin: CondoStandIn) -> None:
    """Which is why a sink reads first."""
    ticket = next(iter(standin.books.kind("Ticket")))
    mutation = "mutation ($id: ID!, $data: TicketUpdateInput) { obj: updateTicket(id: $id, data: $data) { v } }"
    sender = {"dv": 1, "fingerprint": "somebody"}
    data = {
        "dv": 1,
        "sender": sender,
        "status": {"connect": {"id": standin.books.kind("Ticket")[ticket].values["status"]}},
    }
    assert json.loads(_asked(standin, mutation, {"id": ticket, "data": data}).text())["data"]["obj"]["v"] == 2


def test_it_runs_by_hand() -> None:
    """As a program that says where it is, and who may sign in."""
    command = [sys.executable, "-m", "marketplace_adapters.condo.testing", "--units", "10", "--tickets", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        told = [program.stdout.readline() for _ in range(5)]
        program.terminate()
    assert told[0].startswith("url           http://127.0.0.1:")
    assert [it.split()[0] for it in told] == ["url", "organization", "token", "service", "staff"]
