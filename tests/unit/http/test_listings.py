"""A listing's life over the API: who may do what, on what version, and what it lacks."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.http.house import BOOK, OTHER, bearer
from tests.unit.http.portal_house import OFFER, PICTURE, PortalHouse, approved, make_portal_house, offered, stepped


@pytest.fixture
def here() -> PortalHouse:
    """A house whose listings are shown outside too."""
    return make_portal_house()


def _read(client: Any, listing_id: str, who: str = "landlord") -> Any:  # noqa: ANN401 - a client, JSON
    return client.get(f"/api/listings/{listing_id}", params={"portfolio": BOOK}, headers=bearer(who))


def test_a_listing_says_what_it_lacks_until_it_may_be_approved(here: PortalHouse) -> None:
    """A bare draft lacks rent, text, picture and place, and is not approved; with all of them it is."""
    with here.house.client() as client:
        made = client.post(
            "/api/listings", params={"portfolio": BOOK}, json={"unit_id": "free-0"}, headers=bearer("owner")
        )
        listing_id = made.json()["listing"]["listing_id"]
        assert len(made.json()["lacking"]) == 4
        assert stepped(client, listing_id, "submit", "owner").status_code == 200
        refused = stepped(client, listing_id, "approve", "admin")
        assert refused.status_code == 409
        for lack in ("rent", "text in en", "pictures", "place"):
            assert lack in refused.json()["detail"]
        whole = offered(client, "free-1", "owner")
        told = _read(client, whole).json()
        assert (told["lacking"], told["listing"]["rent"]["amount"]) == ([], "30000.00")


def test_only_an_admin_approves_and_rejects(here: PortalHouse) -> None:
    """A landlord may not, nor publish what was let; a rejection has a reason, which the landlord reads."""
    with here.house.client() as client:
        listing_id = offered(client, "free-0")
        stepped(client, listing_id, "submit", "landlord")
        for step in ("approve", "reject", "reopen"):
            assert stepped(client, listing_id, step, "landlord", "why").status_code == 403
        assert stepped(client, listing_id, "reject", "admin").status_code == 400
        assert stepped(client, listing_id, "reject", "admin", "the pictures are dark").status_code == 200
        told = _read(client, listing_id).json()["listing"]
        assert (told["status"], told["status_reason"]) == ("rejected", "the pictures are dark")
        assert stepped(client, listing_id, "submit", "landlord").status_code == 200


def test_a_landlord_s_edit_is_approved_again_and_an_admin_s_stands(here: PortalHouse) -> None:
    """The one is submitted, the other stays approved."""
    with here.house.client() as client:
        for unit, who, status in (("free-0", "landlord", "submitted"), ("free-1", "admin", "approved")):
            listing_id = approved(client, unit)
            pictures = _read(client, listing_id).json()["pictures"]
            offer = {**OFFER, "pictures": pictures, "rent": {"amount": "31000.00", "currency": "KES"}}
            done = client.put(
                f"/api/listings/{listing_id}", params={"portfolio": BOOK}, json=offer, headers=bearer(who)
            )
            assert (done.status_code, done.json()["listing"]["status"]) == (200, status)
            assert done.json()["history"][-1]["note"] == "rent"


def test_an_edit_on_an_old_version_changes_nothing(here: PortalHouse) -> None:
    """412 where If-Match names another version than there is; with the right one it is done."""
    with here.house.client() as client:
        listing_id = offered(client, "free-0")
        old = _read(client, listing_id).headers["ETag"]
        assert stepped(client, listing_id, "submit", "landlord").status_code == 200
        path, query = f"/api/listings/{listing_id}", {"portfolio": BOOK}
        headers = bearer("landlord")
        refused = client.put(path, params=query, json=OFFER, headers={**headers, "If-Match": old})
        assert refused.status_code == 412
        tag = _read(client, listing_id).headers["ETag"]
        done = client.put(path, params=query, json=OFFER, headers={**headers, "If-Match": tag})
        assert done.status_code == 200
        assert done.headers["ETag"] != tag


def test_a_dry_run_writes_nothing_and_a_key_counts_once(here: PortalHouse) -> None:
    """Drafts, pictures and steps alike."""
    with here.house.client() as client:
        query, headers = {"portfolio": BOOK}, bearer("landlord")
        planned = client.post(
            "/api/listings", params={**query, "dry_run": "true"}, json={"unit_id": "free-0"}, headers=headers
        )
        assert planned.json()["dry_run"]
        assert client.get("/api/listings", params=query, headers=headers).json()["listings"] == []
        keyed = {**headers, "Idempotency-Key": "k1"}
        made = [client.post("/api/listings", params=query, json={"unit_id": "free-0"}, headers=keyed) for _ in range(2)]
        assert made[0].json() == made[1].json()
        listing_id = made[0].json()["listing"]["listing_id"]
        path, kind = f"/api/listings/{listing_id}/pictures", {**headers, "Content-Type": "image/webp"}
        tried = client.post(path, params={**query, "dry_run": "true"}, content=PICTURE, headers=kind)
        name = tried.json()["pictures"][0]["name"]
        assert client.get(f"/portal/pictures/{name}").status_code == 404
        for _ in range(2):
            assert client.post(path, params=query, content=PICTURE, headers=kind).status_code == 201
        assert len(_read(client, listing_id).json()["pictures"]) == 1


@pytest.mark.parametrize("content", [b"", b"<svg onload='alert(1)'/>", b"GIF89a", b"MZ\x90"])
def test_what_is_no_picture_is_refused(here: PortalHouse, content: bytes) -> None:
    """By its bytes, whatever its type claims to be."""
    with here.house.client() as client:
        listing_id = offered(client, "free-0")
        path, kind = f"/api/listings/{listing_id}/pictures", {**bearer("landlord"), "Content-Type": "image/png"}
        assert client.post(path, params={"portfolio": BOOK}, content=content, headers=kind).status_code == 422


def test_a_picture_of_somebody_else_is_not_taken_by_its_name(here: PortalHouse) -> None:
    """An offer names pictures that the listing has; another book's is none, though it is kept here."""
    with here.house.client() as client:
        first = offered(client, "free-0")
        foreign = _read(client, first).json()["pictures"]
        query = {"portfolio": OTHER}
        other = client.post("/api/listings", params=query, json={"unit_id": "u-Z1"}, headers=bearer("stranger"))
        listing_id = other.json()["listing"]["listing_id"]
        taken = client.put(
            f"/api/listings/{listing_id}",
            params=query,
            json={**OFFER, "pictures": foreign},
            headers=bearer("stranger"),
        )
        assert taken.status_code == 422
        assert "has no picture" in taken.text


def test_of_one_unit_one_listing_is_approved(here: PortalHouse) -> None:
    """The second says which one stands in its way."""
    with here.house.client() as client:
        first, second = approved(client, "free-0"), offered(client, "free-0")
        stepped(client, second, "submit", "landlord")
        refused = stepped(client, second, "approve", "admin")
        assert (refused.status_code, first in refused.text) == (409, True)


@pytest.mark.parametrize("who", ["tenant", "caretaker", "stranger"])
def test_who_lets_nothing_sees_no_listing(here: PortalHouse, who: str) -> None:
    """Not the list, not one, not by any step."""
    with here.house.client() as client:
        listing_id = offered(client, "free-0")
        assert _read(client, listing_id, who).status_code in (403, 404)
        assert client.get("/api/listings", params={"portfolio": BOOK}, headers=bearer(who)).status_code in (403, 404)
        assert stepped(client, listing_id, "submit", who).status_code in (403, 404)
