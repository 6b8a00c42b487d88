"""Tickets over HTTP: who sees and does what, versions, keys, plans and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from litestar import Litestar
from litestar.testing import TestClient
from tests.unit.http.house import BOOK, NOW, House, bearer, make_house

from marketplace_core.domain.identifiers import TicketCommentId, TicketId
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.maintenance.ticket import (
    ChangeKind,
    OutsideCopy,
    Side,
    TicketChange,
    TicketComment,
)

Client = TestClient[Litestar]


@pytest.fixture
def house() -> House:
    """A house."""
    return make_house()


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    """Its client."""
    with house.client() as found:
        yield found


def ask(client: Client, method: str, path: str, who: str, body: object = None, **more: Any) -> Any:  # noqa: ANN401 - a response
    """One request in the book."""
    headers = {**bearer(who), **more.pop("headers", {})}
    return client.request(method, path, params={"portfolio": BOOK, **more}, json=body, headers=headers)


def opened(client: Client, who: str = "landlord", **body: str) -> Any:  # noqa: ANN401 - JSON
    """A ticket of unit A1."""
    found = ask(client, "POST", "/api/maintenance", who, {"title": "The tap leaks", "unit_id": "u-A1", **body})
    assert found.status_code == 201, found.text
    return found.json()["ticket"]


def numbers(client: Client, who: str, **query: str) -> list[int]:
    """The numbers that a caller is shown."""
    return sorted(it["number"] for it in ask(client, "GET", "/api/maintenance", who, **query).json()["tickets"])


def test_a_tenant_reports_and_sees_what_they_reported(client: Client) -> None:
    """Theirs without saying who they are; the landlord's of the same unit not, nor what others reported."""
    own = opened(client, "tenant")
    assert own["reporter_id"] == "t-A1"
    opened(client, "landlord")
    opened(client, "landlord", reporter_id="t-A2", unit_id="u-A2")
    assert numbers(client, "tenant") == [1]
    assert numbers(client, "landlord") == [1, 2, 3]
    assert numbers(client, "owner") == [1, 2, 3]
    assert ask(client, "GET", "/api/maintenance", "stranger").status_code == 404


@pytest.mark.parametrize(
    "body",
    [{"unit_id": "u-A2"}, {"unit_id": "u-B1"}, {"property_id": "block-B"}, {"reporter_id": "t-A2"}, {"unit_id": "no"}],
)
def test_a_tenant_reports_nothing_of_others(client: Client, body: dict[str, str]) -> None:
    """Another unit, property or person is not there for them."""
    found = ask(client, "POST", "/api/maintenance", "tenant", {"title": "The tap", **body})
    assert found.status_code == 404, found.text
    assert numbers(client, "landlord") == []


def test_a_tenant_writes_to_their_ticket_and_moves_nothing(client: Client) -> None:
    """They may comment; status, priority and assignee are for who works on it."""
    ticket = opened(client, "tenant")["ticket_id"]
    assert ask(client, "POST", f"/api/maintenance/{ticket}/comments", "tenant", {"text": "still"}).status_code == 201
    for path, body in (("status", {"status": "closed"}), ("priority", {"priority": "low"}), ("assign", {})):
        assert ask(client, "POST", f"/api/maintenance/{ticket}/{path}", "tenant", body).status_code == 403
    assert len(ask(client, "GET", f"/api/maintenance/{ticket}", "tenant").json()["comments"]) == 1


def test_a_caretaker_works_on_their_properties_and_sees_no_people(client: Client) -> None:
    """What is wrong and where, not who reported it; a unit elsewhere is not there."""
    ticket = opened(client, "tenant", reporter_phone="254711000001")["ticket_id"]
    elsewhere = opened(client, "landlord", unit_id="u-B1")["ticket_id"]
    done = ask(client, "POST", f"/api/maintenance/{ticket}/status", "caretaker", {"status": "in_progress"})
    assert done.status_code == 200
    told = done.json()
    assert (told["ticket"]["reporter_id"], told["ticket"]["reporter_phone"]) == (None, "")
    assert "t-A1" not in done.text
    assert {it["by"] for it in told["history"]} == {""}
    refused = ask(client, "POST", f"/api/maintenance/{elsewhere}/status", "caretaker", {"status": "in_progress"})
    assert refused.status_code == 404
    nowhere = ask(client, "POST", "/api/maintenance", "caretaker", {"title": "somewhere"})
    assert nowhere.status_code == 422


def test_a_status_follows_and_a_refusal_says_which_may(client: Client) -> None:
    """409 with what may follow; what needs a day or a reason is asked for."""
    ticket = opened(client)["ticket_id"]
    path = f"/api/maintenance/{ticket}/status"
    refused = ask(client, "POST", path, "landlord", {"status": "closed"})
    assert (refused.status_code, "resolved" in refused.json()["detail"]) == (409, True)
    assert ask(client, "POST", path, "landlord", {"status": "cancelled"}).status_code == 422
    assert ask(client, "POST", path, "landlord", {"status": "on_hold"}).status_code == 422
    until = {"status": "on_hold", "deferred_until": "2027-01-10T09:00:00Z"}
    held = ask(client, "POST", path, "landlord", until).json()["ticket"]
    assert (held["status"], held["deferred_until"]) == ("on_hold", "2027-01-10T09:00:00Z")
    assert held["follows"] == ["open", "in_progress", "resolved", "cancelled"]


def test_a_version_and_a_key_and_a_plan(client: Client) -> None:
    """If-Match of an older version is refused, a key has one effect, a dry run writes nothing."""
    ticket = opened(client)["ticket_id"]
    path = f"/api/maintenance/{ticket}"
    etag = ask(client, "GET", path, "landlord").headers["ETag"]
    plan = ask(client, "POST", f"{path}/status", "landlord", {"status": "resolved"}, dry_run="true")
    assert (plan.json()["dry_run"], plan.json()["ticket"]["status"]) == (True, "resolved")
    once = {"headers": {"If-Match": etag, "Idempotency-Key": "k1"}}
    first = ask(client, "POST", f"{path}/status", "landlord", {"status": "resolved"}, **once)
    again = ask(client, "POST", f"{path}/status", "landlord", {"status": "resolved"}, **once)
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (200, 200, "true")
    assert first.headers["ETag"] != etag
    late = ask(client, "POST", f"{path}/status", "landlord", {"status": "closed"}, headers={"If-Match": etag})
    assert late.status_code == 412
    keyed = {"headers": {"Idempotency-Key": "k2"}}
    for _ in range(2):
        ask(client, "POST", "/api/maintenance", "landlord", {"title": "Gate", "property_id": "block-A"}, **keyed)
    assert numbers(client, "landlord") == [1, 2]


def test_lists_are_filtered_paged_and_csv(client: Client) -> None:
    """By status, priority, unit and day; the next page goes on; CSV has every row."""
    for number in range(3):
        opened(client, priority="high" if number else "low")
    ticket = opened(client, unit_id="u-A2")["ticket_id"]
    ask(client, "POST", f"/api/maintenance/{ticket}/status", "landlord", {"status": "in_progress"})
    assert numbers(client, "landlord", status="in_progress") == [4]
    assert numbers(client, "landlord", priority="high") == [2, 3]
    assert numbers(client, "landlord", unit_id="u-A2") == [4]
    assert numbers(client, "landlord", opened_on_from="2027-01-01") == []
    assert numbers(client, "landlord", archived="yes") == []
    page = ask(client, "GET", "/api/maintenance", "landlord", limit="3").json()
    rest = ask(client, "GET", "/api/maintenance", "landlord", limit="3", after=page["next"]).json()
    assert sorted(it["number"] for it in page["tickets"] + rest["tickets"]) == [1, 2, 3, 4]
    rows = ask(client, "GET", "/api/maintenance", "landlord", headers={"Accept": "text/csv"}).text.splitlines()
    assert (len(rows), rows[0].split(",")[:3]) == (5, ["ticket_id", "number", "title"])


def test_a_ticket_is_given_to_a_person_of_the_portfolio(client: Client) -> None:
    """To somebody by name too, and to nobody; to a stranger not."""
    ticket = opened(client)["ticket_id"]
    path = f"/api/maintenance/{ticket}/assign"
    assert ask(client, "POST", path, "landlord", {"assignee_id": "t-A2"}).json()["ticket"]["assignee_id"] == "t-A2"
    assert ask(client, "POST", path, "landlord", {"assignee_id": "nobody"}).status_code == 404
    named = ask(client, "POST", path, "landlord", {"assignee_name": "Juma the plumber"}).json()["ticket"]
    assert (named["assignee_id"], named["assignee_name"]) == (None, "Juma the plumber")
    assert ask(client, "POST", path, "landlord", {}).json()["ticket"]["assignee_name"] == ""


def test_who_reported_sees_nothing_of_the_work_between_systems(client: Client, house: House) -> None:
    """Internal comments of the other system, conflicts and pushes are for who works on it."""
    ticket = TicketId(opened(client, "tenant")["ticket_id"])

    def linked(file: TicketFile | None) -> TicketFile | None:
        assert file is not None
        copy = OutsideCopy("condo", "x1", 7, 1, TicketStatus.OPEN, NOW, TicketPriority.NORMAL)
        line = TicketChange("c9", ChangeKind.PUSH, Side.THEIRS, "condo", NOW, NOW, note="INTERNAL", is_conflict=True)
        words = TicketComment(
            file.ticket.portfolio_id, TicketCommentId("m1"), ticket, NOW, NOW, Side.THEIRS, "condo", "INTERNAL"
        )
        resident = evolve(words, comment_id=TicketCommentId("m2"), text="from a resident", is_resident=True)
        return (
            file.with_ticket(evolve(file.ticket, outside=copy)).noting(line).with_comment(words).with_comment(resident)
        )

    house.books.change_ticket(BOOK, ticket, linked)
    ask(client, "POST", f"/api/maintenance/{ticket}/status", "landlord", {"status": "resolved"})
    full = ask(client, "GET", f"/api/maintenance/{ticket}", "landlord")
    assert (full.text.count("INTERNAL"), len(full.json()["pushes"])) == (2, 1)
    own = ask(client, "GET", f"/api/maintenance/{ticket}", "tenant")
    assert ("INTERNAL" in own.text, own.json()["pushes"]) == (False, [])
    assert [it["text"] for it in own.json()["comments"]] == ["from a resident"]
    assert [it["after"] for it in own.json()["history"]] == ["open", "resolved"]
