"""A portal outside over HTTP and by jobs: shown there, read from there, watched, told of; and the probe that asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve
from litestar import Litestar
from litestar.testing import TestClient
from scripts.probe_cocorico import probe
from tests.unit.http.house import BOOK, NOW, OTHER, bearer, make_house
from tests.unit.http.portal_house import LANDLORD, PortalHouse, approved, make_portal_house

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import LeaseRecorded
from marketplace_core.domain.identifiers import ApplicationId, CommandId, LeaseId, PersonId
from marketplace_core.domain.jobs import JobState
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.listings.copies import PortalState
from marketplace_core.domain.listings.records import BookingStatus
from marketplace_core.domain.listings.work import IMPORT, PUBLISH, WATCH, WHOLE
from marketplace_core.errors import PartnerDrift, PartnerUnavailable
from marketplace_core.ports.outside_property.property_care import PropertyFinding, SystemLook
from marketplace_entrypoints.http.app import build_app
from marketplace_entrypoints.http.resources.all import OPERATIONS, SERVICES

PATH = "/api/admin/cocorico"
Client = TestClient[Litestar]


@pytest.fixture
def here() -> PortalHouse:
    """A house beside a portal in memory."""
    return make_portal_house()


def _read(client: Client, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
    answer = client.get(path, params=query, headers=bearer("operator"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def _adapter(client: Client) -> dict[str, Any]:
    adapters: list[dict[str, Any]] = _read(client, "/api/system/status")["adapters"]
    return next(it for it in adapters if it["name"].startswith("portal:"))


def _done(here: PortalHouse, *kinds: str) -> None:
    for kind in kinds:
        here.ask(kind)
    assert here.work() == []


def _probed(client: Client, untold_hours: float = 1.0) -> list[str]:
    def get(path: str, query: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
        return _read(client, path, **query)

    return probe(get, "", NOW + timedelta(hours=2), untold_hours)[1]


def test_without_a_portal_there_is_nothing_to_sync() -> None:
    """None named: said in words, unused in the status, no metric, nothing can be asked for, and the probe is red."""
    house = make_house()
    with house.client() as client:
        told = _read(client, PATH)
        assert (told["system"], told["is_well"], told["streams"], told["portfolios"]) == ("", True, [], [])
        assert client.post(f"{PATH}/sync?portfolio=halima", json={}, headers=bearer("operator")).status_code == 409
        assert _adapter(client)["state"] == "unused"
        assert "marketplace_cocorico" not in client.get("/metrics", headers=bearer("operator")).text
        assert _probed(client) == ["no listing_portal is named in the settings: nothing is imported"]


def test_a_sync_that_is_asked_for_is_two_jobs_and_brings_everything(here: PortalHouse) -> None:
    """Asked twice it waits once; done, a copy stands there, every stream is well; for a book that is none, refused."""
    with here.house.client() as client:
        approved(client, "free-0")
        assert {it["state"] for it in _read(client, PATH)["streams"]} == {"new"}
        assert _adapter(client)["state"] == "degraded"
        ids = [client.post(f"{PATH}/sync?portfolio=halima", json={}, headers=bearer("operator")) for _ in range(2)]
        assert ids[0].json() == ids[1].json()
        other = client.post(f"{PATH}/sync", params={"portfolio": OTHER}, json={}, headers=bearer("operator"))
        assert (other.status_code, "not shown on cocorico" in other.text) == (409, True)
        for who in ("landlord", "tenant", "stranger"):
            assert client.post(f"{PATH}/sync?portfolio=halima", json={}, headers=bearer(who)).status_code in (403, 404)
        assert here.work() == []
        told = _read(client, PATH)
        assert (told["is_well"], [it["name"] for it in told["streams"]]) == (True, ["bookings", "inquiries"])
        (row,) = here.portal.listing_rows.values()
        assert row.fields["state"] == PortalState.LIVE
        adapter = _adapter(client)
        assert (adapter["name"], adapter["state"]) == ("portal:cocorico", "well")
        metrics = client.get("/metrics", headers=bearer("operator")).text
        assert "marketplace_cocorico_ok 1.0" in metrics
        assert 'marketplace_cocorico_lag_seconds{portfolio="halima",stream="bookings"}' in metrics


def test_an_accepted_booking_becomes_one_draft_and_the_probe_is_green(here: PortalHouse) -> None:
    """However often it is imported: one lease with the listing's rent and deposit over the booking's days."""
    with here.house.client() as client:
        listing_id = approved(client, "free-0")
        _done(here, PUBLISH)
        here.book(listing_id, date(2027, 1, 1), 365)
        for _ in range(3):
            _done(here, IMPORT)
        _done(here, WHOLE)
        (told,) = _read(client, "/api/bookings", portfolio=BOOK)["bookings"]
        assert (told["status"], told["trouble"], told["name"]) == ("accepted", "", "Visitor 0")
        drafts = [it for it in here.house.books.leases(BOOK) if it.status is LeaseStatus.DRAFT]
        (lease,) = drafts
        assert (lease.lease_id, lease.start, lease.end) == (told["lease_id"], date(2027, 1, 1), date(2028, 1, 1))
        assert lease.deposit is not None
        assert (lease.charges[0].rates[0].amount.plain(), lease.deposit.plain()) == ("30000.00", "60000.00")
        assert _probed(client) == []
        for who in ("tenant", "caretaker"):
            answer = client.get("/api/bookings", params={"portfolio": BOOK}, headers=bearer(who))
            assert (answer.status_code, "Visitor" in answer.text) == (403, False)


def test_who_is_not_verified_waits_for_a_person(here: PortalHouse) -> None:
    """No lease, and a reason; confirmed by the landlord it is drafted; a person of another book is none."""
    with here.house.client() as client:
        listing_id = approved(client, "free-0")
        _done(here, PUBLISH)
        here.book(listing_id, date(2027, 1, 1), verified=False)
        _done(here, IMPORT)
        (told,) = _read(client, "/api/bookings", portfolio=BOOK)["bookings"]
        assert (told["lease_id"], told["is_verified"], bool(told["trouble"])) == (None, False, True)
        path, query = f"/api/bookings/{told['application_id']}/confirm", {"portfolio": BOOK}
        assert (
            client.post(path, params=query, json={"person_id": "t-Z1"}, headers=bearer("landlord")).status_code == 404
        )
        assert client.post(path, params=query, json={}, headers=bearer("caretaker")).status_code == 403
        planned = client.post(path, params={**query, "dry_run": "true"}, json={}, headers=bearer("landlord"))
        assert (planned.status_code, planned.json()["lease_id"]) == (200, None)
        done = client.post(path, params=query, json={"person_id": "t-A1"}, headers=bearer("landlord"))
        assert (done.status_code, done.json()["person_id"]) == (200, "t-A1")
        assert here.house.books.lease(BOOK, LeaseId(done.json()["lease_id"])).tenant_ids == (PersonId("t-A1"),)
        assert _probed(client) == []


def test_the_probe_goes_red_for_each_thing_that_is_wrong(here: PortalHouse) -> None:
    """A lost lease, one of two bookings, a unit let twice, an unanswered question, a stream that stands still."""
    with here.house.client() as client:
        ids = [approved(client, f"free-{it}") for it in range(2)]
        _done(here, PUBLISH)
        for listing_id in ids:
            here.book(listing_id, date(2027, 1, 1))
        _done(here, IMPORT)
        assert _probed(client) == []
        first, second = _read(client, "/api/bookings", portfolio=BOOK)["bookings"]
        books = here.house.books
        keys = [ApplicationId(it["application_id"]) for it in (first, second)]

        def with_lease(key: ApplicationId, lease_id: str | None, trouble: str = "") -> list[str]:
            before = books.application(BOOK, key)
            chosen = LeaseId(lease_id) if lease_id else None
            books.change_application(BOOK, key, lambda it: it and evolve(it, lease_id=chosen, trouble=trouble))
            found = _probed(client)
            books.change_application(BOOK, key, lambda _: before)
            return found

        assert "it has no lease and no reason" in with_lease(keys[0], None)[0]
        assert with_lease(keys[0], None, "the unit is not free") == []
        shared = with_lease(keys[0], second["lease_id"])
        assert any("stands for 2 bookings" in it for it in shared)
        assert any(f"is of unit {second['unit_id']}" in it for it in shared)
        twice = evolve(books.lease(BOOK, LeaseId(first["lease_id"])), lease_id=LeaseId("twice"), reference="TWICE1")
        command = Command(CommandId("twice"), BOOK, "lease.sign", "system", NOW)
        books.record(command, [LeaseRecorded(twice)])
        assert any("is let twice" in it for it in _probed(client))
        cancelled = evolve(twice, status=LeaseStatus.CANCELLED, version=2)
        books.record(evolve(command, command_id=CommandId("twice-off")), [LeaseRecorded(cancelled)])
        assert _probed(client) == []
        over = books.application(BOOK, keys[1])
        here.portal.by_hand.change_booking(over.external_id, BookingStatus.CANCELLED)
        _done(here, IMPORT)
        assert _probed(client) == []
        books.change_application(BOOK, keys[1], lambda it: it and evolve(it, lease_id=over.lease_id))
        here.house.books.lease(BOOK, LeaseId(first["lease_id"]))
        here.portal.before_each = _drifts
        _done(here, IMPORT)
        assert any("bookings of halima is degraded" in it for it in _probed(client))


def _drifts(call: str) -> None:
    if call in ("bookings", "booking_ids"):
        raise PartnerDrift("booking.status is gone")


def test_the_probe_tells_of_a_landlord_who_does_not_know(here: PortalHouse) -> None:
    """A question older than is allowed that nobody was told of; told, it is green again."""
    with here.house.client() as client:
        listing_id = approved(client, "free-0")
        _done(here, PUBLISH)
        asks = {"name": "Achieng", "phone": "0712345678", "text": "Is it free?"}
        assert client.post(f"/portal/listings/{listing_id}/inquiries", json=asks).status_code == 201
        _done(here, WATCH)
        work = here.house.parts.store.work
        assert work is not None
        wrong = [it for it in _probed(client) if "not told" in it]
        assert len(wrong) == 1
        assert [it for it in _probed(client, untold_hours=9) if "not told" in it] == []
        _done(here, IMPORT)
        assert _probed(client) == []
        assert [it.recipient for it in here.house.outbox.sent if it.kind == "inquiry"] == [LANDLORD]


def test_what_drifts_is_degraded_and_what_is_down_is_tried_again(here: PortalHouse) -> None:
    """Degraded: told with its reason, nothing dead. Down: the job waits for another try; mended, all is well."""
    here.portal.before_each = _drifts
    _done(here, IMPORT)
    with here.house.client() as client:
        told = _read(client, PATH)
        assert {it["name"]: it["state"] for it in told["streams"]} == {"bookings": "degraded", "inquiries": "well"}
        assert "booking.status is gone" in told["reason"]
        assert _adapter(client)["state"] == "degraded"
        assert "marketplace_cocorico_ok 0.0" in client.get("/metrics", headers=bearer("operator")).text

        def down(_: str) -> None:
            raise PartnerUnavailable("it does not answer")

        here.portal.before_each = down
        here.ask(IMPORT)
        here.work()
        assert _adapter(client)["state"] == "down"
        work = here.house.parts.store.work
        assert work is not None
        here.portal.before_each = lambda _: None
        for it in work.jobs(JobState.DEAD):
            work.discard(it.job_id)
        _done(here, IMPORT)
        assert _read(client, PATH)["is_well"]


def test_a_look_that_finds_something_is_told(here: PortalHouse) -> None:
    """Watched: what is not well stands among the looks with its reason."""
    _done(here, WATCH)
    with here.house.client() as client:
        assert [it["state"] for it in _read(client, PATH)["looks"]] == ["well"]
        finding = PropertyFinding("rights", is_well=False, says="booking.status: select")
        here.care.seen = SystemLook((finding,), drift={"rights": "booking.status: select"})
        _done(here, WATCH)
        (look,) = _read(client, PATH)["looks"]
        assert (look["state"], "booking.status" in look["reason"]) == ("degraded", True)


def test_served_alone_it_has_its_own_operations_and_the_portal(here: PortalHouse) -> None:
    """``serve --only cocorico``: state, sync, the public part, health and metrics; no leases."""
    app = build_app(here.house.parts, SERVICES["cocorico"])
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/portal/listings").status_code == 200
        assert client.get(PATH, headers=bearer("operator")).status_code == 200
        assert client.get("/api/health/live").status_code == 200
        assert client.get("/api/leases", headers=bearer("operator")).status_code == 404
    assert len(SERVICES["cocorico"]) < len(OPERATIONS)
