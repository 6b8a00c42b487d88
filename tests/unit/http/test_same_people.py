"""One person in every system over HTTP: proposals, links, merging; and users who are erased."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.unit.http.house import BOOK, House, bearer, make_house
from tests.unit.http.test_resources import get, post

from marketplace_core.services.people import SYSTEMS
from marketplace_core.services.verify import verify_books
from marketplace_entrypoints.http.shapes.people import System

Client = TestClient[Litestar]
WHY = {"duplicate_id": "t-A1", "reason": "one and the same"}


@pytest.fixture
def house() -> House:
    """Give a house; all its tenants share one phone."""
    return make_house()


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    """Give its client."""
    with house.client() as found:
        yield found


def test_who_may_be_recorded_twice_is_proposed_with_what_speaks_for_it(client: Client) -> None:
    """To whom the whole book is shown."""
    same = get(client, "/api/people/same")["same"]
    assert [(it["first"]["person_id"], it["second"]["person_id"]) for it in same] == [
        ("t-A1", "t-A2"),
        ("t-A1", "t-B1"),
    ]
    assert same[0]["reasons"] == ["phone"]
    get(client, "/api/people/same", "owner", 403)
    get(client, "/api/people/same", "tenant", 403)


def test_a_person_is_linked_to_other_systems(client: Client) -> None:
    """Once; an id that stands for somebody else, an unknown person or system are refused."""
    body = {"system": "killbill", "kind": "account", "external_id": "kb-1"}
    assert post(client, "/api/people/t-A1/links?dry_run=true", body, status=201)["facts"] == 1
    assert get(client, "/api/people/t-A1/links")["links"] == []
    post(client, "/api/people/t-A1/links", body, status=201)
    assert get(client, "/api/people/t-A1/links")["links"] == [body]
    assert get(client, "/api/people/t-A1/links", "tenant")["links"] == [body]
    get(client, "/api/people/t-A2/links", "tenant", 404)
    post(client, "/api/people/t-A2/links", body, status=409)
    post(client, "/api/people/ghost/links", body, status=404)
    post(client, "/api/people/t-A1/links", {**body, "system": "elsewhere"}, status=400)
    post(client, "/api/people/t-A1/links", body, "owner", 403)


def test_the_systems_are_those_of_the_core() -> None:
    """None more, none less."""
    assert tuple(it.value for it in System) == SYSTEMS


def test_one_person_stands_for_another_one(client: Client, house: House) -> None:
    """The plan is what is done; a tenant whose login names the duplicate sees the leases of both."""
    grant = {"role": "tenant", "portfolio_id": "halima", "person_id": "t-A1"}
    invited = {"email": "a1@example.org", "name": "A1", "grant": grant}
    user = post(client, "/api/admin/users?portfolio=halima", invited, "admin", 201)["user_id"]
    plan = post(client, "/api/people/t-A2/merge?dry_run=true", WHY)
    assert get(client, "/api/leases/L-A1")["tenant_ids"] == ["t-A1"]
    done = post(client, "/api/people/t-A2/merge", WHY)
    assert (plan, done["dry_run"]) == ({**done, "dry_run": True}, False)
    assert (done["leases"], done["logins"], done["phones"]) == (["L-A1"], 1, [])
    assert get(client, "/api/leases/L-A1")["tenant_ids"] == ["t-A2"]
    assert get(client, "/api/people/t-A1")["merged_into"] == "t-A2"
    users = get(client, "/api/admin/users?portfolio=halima", "admin")["users"]
    assert [it["grants"][0]["person_id"] for it in users if it["user_id"] == user] == ["t-A2"]
    assert verify_books(house.books, house.books, BOOK).ok


def test_a_merge_that_cannot_be_is_refused(client: Client) -> None:
    """Oneself, somebody unknown, without a reason, by whom the book is not whole."""
    post(client, "/api/people/t-A1/merge", WHY, status=422)
    post(client, "/api/people/ghost/merge", WHY, status=404)
    post(client, "/api/people/t-A2/merge", {**WHY, "reason": ""}, status=400)
    post(client, "/api/people/t-A2/merge", WHY, "owner", 403)
    post(client, "/api/people/t-A2/merge", WHY, "stranger", 404)
    post(client, "/api/people/t-A2/merge", WHY)
    refused = post(client, "/api/people/t-B1/merge", WHY, status=409)
    assert "t-A2" in refused["detail"]


def test_a_person_is_merged_by_a_merge_alone(client: Client) -> None:
    """What was read can be written back; a record that says a merge is refused, and so is one of who was merged."""
    shown = get(client, "/api/people/t-A1")
    post(client, "/api/people", shown, status=201)
    post(client, "/api/people", {**shown, "merged_into": "t-A2"}, status=422)
    assert get(client, "/api/people/t-A1")["merged_into"] is None
    post(client, "/api/people/t-A2/merge", WHY)
    post(client, "/api/people", shown, status=409)


def test_a_key_merges_once(client: Client, house: House) -> None:
    """The same request with its key has one effect and one answer."""
    headers = {**bearer("landlord"), "Idempotency-Key": "merge-1"}
    answers = [client.post("/api/people/t-A2/merge", json=WHY, headers=headers) for _ in range(2)]
    assert {it.status_code for it in answers} == {200}
    assert answers[0].content == answers[1].content
    assert [it.kind for it in house.books.events(BOOK)][-1] == "person.merge"


def test_a_disabled_user_is_erased_for_good(client: Client) -> None:
    """Not one who may sign in, not without a reason; then no name or address is left, and they come back never."""
    grant = {"role": "landlord", "portfolio_id": "halima"}
    invited = {"email": "gone@example.org", "name": "Gone Away", "grant": grant}
    user = post(client, "/api/admin/users?portfolio=halima", invited, "admin", 201)["user_id"]
    path, why = f"/api/admin/users/{user}", {"reason": "they asked"}
    post(client, f"{path}/erase?portfolio=halima", why, "admin", 409)
    post(client, f"{path}/disable?portfolio=halima", {}, "admin")
    post(client, f"{path}/erase?portfolio=halima", {"reason": ""}, "admin", 400)
    post(client, f"{path}/erase?portfolio=halima", why, "landlord", 403)
    assert post(client, f"{path}/erase?portfolio=halima&dry_run=true", why, "admin")["email"] == ""
    assert "Gone Away" in str(get(client, "/api/admin/users?portfolio=halima", "admin"))
    gone = post(client, f"{path}/erase?portfolio=halima", why, "admin")
    assert (gone["email"], gone["name"], gone["status"]) == ("", "", "disabled")
    assert "Gone Away" not in str(get(client, "/api/admin/users?portfolio=halima", "admin"))
    post(client, f"{path}/enable?portfolio=halima", {}, "admin", 409)
    assert post(client, "/api/admin/users?portfolio=halima", invited, "admin", 201)["user_id"] != user
