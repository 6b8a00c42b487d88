"""The public side: who may read what of a published listing, how often, and that nothing private is in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.unit.http.furnished import PEOPLE, Furnished, furnish
from tests.unit.http.house import BOOK, NOW, bearer
from tests.unit.http.portal_house import LANDLORD, PICTURE, PortalHouse, approved, make_portal_house, stepped

from marketplace_core.domain.access import Reach
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CommandId
from marketplace_core.domain.listings.work import PUBLISH
from marketplace_core.domain.register import INQUIRIES

Client = TestClient[Litestar]


@pytest.fixture
def here() -> PortalHouse:
    """A house whose listings are shown outside too, and whose answers are not kept."""
    return make_portal_house()


def _published(here: PortalHouse, client: Client, unit_id: str = "free-0", **other: object) -> str:
    listing_id = approved(client, unit_id, **other)
    here.ask(PUBLISH)
    assert here.work() == []
    return listing_id


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, it in value.items():
            yield str(name)
            yield from _leaves(it)
    elif isinstance(value, list):
        for it in value:
            yield from _leaves(it)
    elif value is not None:
        yield str(value)


@pytest.fixture(scope="module")
def furnished() -> Iterator[Furnished]:
    """A furnished house."""
    found = furnish()
    yield found
    found.client.__exit__(None, None, None)


def test_nothing_private_is_in_the_whole_answer_of_a_furnished_book(furnished: Furnished) -> None:
    """Every private value of four leases' worth of books, beside every text of every public answer: none is in it."""
    client = furnished.client
    page = client.get("/portal/listings", params={"limit": 100}).json()
    ids = [it["listing_id"] for it in page["listings"]]
    assert len(ids) == 4
    answers = [page, *(client.get(f"/portal/listings/{it}").json() for it in ids)]
    private = {mark for zone in furnished.zones.values() for mark in (*zone.marks, *zone.place_marks)}
    private |= {str(it) for zone in furnished.zones.values() for name, it in zone.ids.items() if name not in SHOWN}
    private |= {text for person in PEOPLE.values() for text in person} | {"halima", "kamau", "Halima", "Kamau"}
    texts = list(_leaves(answers))
    assert len(texts) > 200
    assert [(mark, text) for mark in sorted(private) for text in texts if mark in text] == []
    assert any("A home in published state" in it for it in texts), "the control: what is public is in it"


SHOWN = {"listing_id", "picture", "job_id"}
"""Ids of the zones that the public is shown; a job's is a small number that any text may have."""


def test_only_what_is_published_is_shown(here: PortalHouse) -> None:
    """Draft, submitted, approved and withdrawn listings are not there; a published one is, by id and in the search."""
    with here.house.client() as client:
        listing_id = approved(client, "free-0")
        assert client.get(f"/portal/listings/{listing_id}").status_code == 404
        assert client.get("/portal/listings").json()["listings"] == []
        here.ask(PUBLISH)
        assert here.work() == []
        told = client.get(f"/portal/listings/{listing_id}").json()
        assert (told["rent"], told["deposit"]["amount"]) == ({"amount": "30000.00", "currency": "KES"}, "60000.00")
        assert [it["listing_id"] for it in client.get("/portal/listings").json()["listings"]] == [listing_id]
        assert stepped(client, listing_id, "withdraw", "landlord").status_code == 200
        assert client.get(f"/portal/listings/{listing_id}").status_code == 404
        assert client.post(f"/portal/listings/{listing_id}/inquiries", json=_question()).status_code == 404


def test_schema_org_says_what_is_let_for_how_much(here: PortalHouse) -> None:
    """An apartment with an offer by the month, in its currency, with addresses that lead somewhere."""
    with here.house.client() as client:
        listing_id = _published(here, client)
        told = client.get(f"/portal/listings/{listing_id}").json()
        block = told["schema_org"]
        assert (block["@context"], block["@type"]) == ("https://schema.org", "Apartment")
        offer = block["offers"]
        assert (offer["@type"], offer["price"], offer["priceCurrency"]) == ("Offer", "30000.00", "KES")
        assert offer["priceSpecification"]["unitCode"] == "MON"
        assert block["address"]["addressLocality"] == "Nairobi"
        (image,) = block["image"]
        assert image == f"https://rent.example.org{told['pictures'][0]}"
        picture = client.get(told["pictures"][0])
        assert (picture.content, picture.headers["Content-Type"]) == (PICTURE, "image/webp")
        assert "immutable" in picture.headers["Cache-Control"]
        assert client.get(told["pictures"][0].replace("webp", "svg")).status_code == 404


def test_searching_narrows_and_pages(here: PortalHouse) -> None:
    """By words, city and rent; page by page by the links; a rent without its currency is refused."""
    with here.house.client() as client:
        first = _published(here, client, "free-0", rent={"amount": "10000.00", "currency": "KES"})
        second = _published(here, client, "free-1", category="studio")
        third = _published(here, client, "free-2", rent={"amount": "90000.00", "currency": "KES"})

        def found(**query: str) -> list[str]:
            return [it["listing_id"] for it in client.get("/portal/listings", params=query).json()["listings"]]

        assert found(sort="cheapest") == [first, second, third]
        assert found(sort="dearest") == [third, second, first]
        assert found(category="studio") == [second]
        assert found(rent_to="30000", rent_from="20000", currency="KES") == [second]
        assert (found(q="hills rooms"), found(q="castle")) == (found(), [])
        assert (found(city="nairobi"), found(city="Mombasa")) == (found(), [])
        assert client.get("/portal/listings", params={"rent_to": "5"}).status_code == 422
        seen, path = list[str](), "/portal/listings?limit=1&sort=cheapest"
        while path:
            answer = client.get(path)
            seen += [it["listing_id"] for it in answer.json()["listings"]]
            path = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
        assert seen == [first, second, third]


def test_what_the_caller_has_is_not_sent_again(here: PortalHouse) -> None:
    """By its tag, also in a list and as a weak one: 304 with the same tag and age, no body; changed, it is sent."""
    with here.house.client() as client:
        listing_id, tag = _published(here, client), ""
        for path in ("/portal/listings", f"/portal/listings/{listing_id}"):
            full = client.get(path)
            tag, age = full.headers["ETag"], full.headers["Cache-Control"]
            assert age == "public, max-age=60"
            for told in (tag, f'"other", {tag}', f"W/{tag}", "*"):
                answer = client.get(path, headers={"If-None-Match": told})
                assert (answer.status_code, answer.content) == (304, b"")
                assert (answer.headers["ETag"], answer.headers["Cache-Control"]) == (tag, age)
        stepped(client, listing_id, "withdraw", "landlord")
        assert client.get("/portal/listings", headers={"If-None-Match": tag}).status_code == 200


def test_within_seconds_the_database_is_not_asked_again() -> None:
    """What changed meanwhile shows when they are over: the answer before is the one that was kept, to the tag."""
    here = make_portal_house(cache=3600)
    with here.house.client() as client:
        listing_id = _published(here, client)
        paths = ("/portal/listings?city=Nairobi", f"/portal/listings/{listing_id}")
        before = [client.get(it) for it in paths]
        assert [it.status_code for it in before] == [200, 200]
        stepped(client, listing_id, "withdraw", "landlord")
        again = [client.get(it) for it in paths]
        assert [(it.content, it.headers["ETag"]) for it in again] == [(it.content, it.headers["ETag"]) for it in before]
        here.house.parts.pages.forget()
        assert (client.get(paths[0]).json()["listings"], client.get(paths[1]).status_code) == ([], 404)


def _question(**other: str) -> dict[str, str]:
    return {"name": "Achieng Otieno", "phone": "0712 345 678", "text": "Is it still free in March?", **other}


def test_a_question_reaches_the_landlord_and_its_answer_tells_nothing(here: PortalHouse) -> None:
    """Kept once however often it is sent; the landlady gets one letter; who asked shows to her and no tenant."""
    with here.house.client() as client:
        listing_id = _published(here, client)
        for _ in range(3):
            answer = client.post(f"/portal/listings/{listing_id}/inquiries", json=_question())
            assert (answer.status_code, answer.json()) == (201, {"received": True})
        books = here.house.books
        (entry,) = books.page(Reach(BOOK, is_whole=True), INQUIRIES).entries
        assert entry.inquiry.asked == 1
        assert here.ours.services.tell_landlords()(_command()) == {"told": 1}
        (letter,) = [it for it in here.house.outbox.sent if it.kind == "inquiry"]
        assert letter.recipient == LANDLORD
        assert "Is it still free in March?" in letter.text
        told = client.get("/api/inquiries", params={"portfolio": BOOK}, headers=bearer("landlord")).json()["inquiries"]
        assert [(it["name"], it["status"]) for it in told] == [("Achieng Otieno", "told")]
        for who in ("tenant", "caretaker", "stranger"):
            answer = client.get("/api/inquiries", params={"portfolio": BOOK}, headers=bearer(who))
            assert answer.status_code in (403, 404)
            assert "Achieng" not in answer.text


def _command() -> Command:
    return Command(CommandId("tell"), BOOK, "inquiry.tell", "system", NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (_question(text=""), 400),
        (_question(text="x" * 5_001), 400),
        (_question(name=" "), 422),
        (_question(phone="call me"), 422),
        (_question(phone=""), 422),
        ({**_question(), "portfolio_id": "kamau"}, 400),
        ({**_question(), "status": "told"}, 400),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(here: PortalHouse, body: dict[str, str], status: int) -> None:
    """With what is wrong, and nothing of what was sent; nothing is kept."""
    with here.house.client() as client:
        listing_id = _published(here, client)
        answer = client.post(f"/portal/listings/{listing_id}/inquiries", json=body)
        assert answer.status_code == status, answer.text
        assert "Achieng" not in answer.text
        assert here.house.books.page(Reach(BOOK, is_whole=True), INQUIRIES).entries == ()


def test_a_body_without_an_end_is_refused(here: PortalHouse) -> None:
    """Above a million bytes nothing is read."""
    with here.house.client() as client:
        listing_id = _published(here, client)
        path = f"/portal/listings/{listing_id}/inquiries"
        assert client.post(path, json=_question(text="x" * 1_000_000)).status_code == 413


def test_readers_and_askers_are_limited_by_their_address(here: PortalHouse) -> None:
    """By the address that the tunnel tells, credentials or not; reading and asking apart."""
    here.house.rates.most = 2
    with here.house.client() as client:
        listing_id = _published(here, client)
        for path, method in (("/portal/listings", "GET"), (f"/portal/listings/{listing_id}/inquiries", "POST")):
            body = _question() if method == "POST" else None
            found = [client.request(method, path, json=body, headers=bearer("admin")).status_code for _ in range(3)]
            assert found[-1] == 429
            assert 429 not in found[:-1]
        assert {it for _, it in here.house.rates.seen} == {"testclient"}


def test_a_request_is_logged_by_its_operation(here: PortalHouse) -> None:
    """Metrics name the operation: what opens the portal to other origins hides nothing from them."""
    with here.house.client() as client:
        client.get("/portal/listings", headers={"Origin": "https://evil.example"})
        metrics = client.get("/metrics", headers=bearer("operator")).text
        assert 'operation="search_portal"' in metrics


def test_a_listing_is_gone_from_the_portal_when_its_unit_is_let(here: PortalHouse) -> None:
    """An accepted booking's draft takes its days: the next publishing shows it no more, here and outside."""
    with here.house.client() as client:
        listing_id = _published(here, client)
        here.book(listing_id, date(2027, 1, 1))
        here.ask("cocorico-import")
        assert here.work() == []
        assert client.get(f"/portal/listings/{listing_id}").status_code == 404


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_place_outside_of_all_time_is_the_callers_mistake(here: PortalHouse, at: str) -> None:
    """An instant that UTC has not is no place that a page ended with: refused, and no trouble of ours."""
    with here.house.client() as client:
        answer = client.get("/portal/listings", params={"after": f"newest~{at}~lst_1"})
    assert (answer.status_code, "after" in answer.json()["detail"]) == (422, True)
