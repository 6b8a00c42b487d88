"""A property manager's system over HTTP and by jobs: asked for, hinted at, watched, told of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from litestar import Litestar
from litestar.testing import TestClient
from tests.unit.http.condo_house import CondoHouse, make_condo_house
from tests.unit.http.house import BOOK, NOW, OTHER, bearer, make_house

from marketplace_core.domain.command import Command
from marketplace_core.domain.hooks import HookRoute, HookState, RouteId, token_digest
from marketplace_core.domain.identifiers import CommandId, PropertyId
from marketplace_core.domain.jobs import JobRequest, JobState
from marketplace_core.domain.outside_property.progress import Stream
from marketplace_core.domain.outside_property.records import OutsideUnit
from marketplace_core.domain.outside_property.standing import LOOKS
from marketplace_core.domain.outside_property.work import PROPERTY_SYNC, PROPERTY_WATCH, PROPERTY_WHOLE, TICKET_PUSH
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import ConfigurationError, PartnerDrift, PartnerUnavailable
from marketplace_core.services.outside_property.linking import LinkProperty
from marketplace_entrypoints.condo_settings import CondoSettings
from marketplace_entrypoints.http.app import build_app
from marketplace_entrypoints.http.resources.all import OPERATIONS, SERVICES

TOKEN = "t" * 40
PATH = "/api/admin/condo"


@pytest.fixture
def here() -> CondoHouse:
    """A house beside a system with one building of two flats."""
    found = make_condo_house()
    flats = [OutsideUnit(UnitKind.FLAT, "1"), OutsideUnit(UnitKind.FLAT, "2")]
    found.system.by_hand.add_property("Tuwapende", "Ngong Road 1", flats)
    return found


def _read(client: TestClient[Litestar], path: str) -> dict[str, Any]:
    answer = client.get(path, headers=bearer("operator"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _adapter(client: TestClient[Litestar]) -> dict[str, Any]:
    adapters: list[dict[str, Any]] = _read(client, "/api/system/status")["adapters"]
    return next(it for it in adapters if it["name"].startswith("properties:"))


def _ask(here: CondoHouse, kind: str, **arguments: str) -> None:
    work = here.house.parts.store.work
    assert work is not None
    work.enqueue(JobRequest(kind, f"{kind}/asked", here.house.parts.clock.now(), None, arguments))


def _waiting(here: CondoHouse) -> list[JobRequest]:
    work = here.house.parts.store.work
    assert work is not None
    return [it.request for it in work.jobs(JobState.WAITING)]


def test_without_a_system_there_is_nothing_to_sync() -> None:
    """None named: said in words, unused in the status, no metric, and nothing can be asked for."""
    house = make_house()
    with house.client() as client:
        told = _read(client, PATH)
        assert (told["system"], told["is_well"], told["streams"]) == ("", True, [])
        refused = client.post(f"{PATH}/sync?portfolio=halima", json={}, headers=bearer("operator"))
        assert refused.status_code == 409
        assert _adapter(client)["state"] == "unused"
        assert "marketplace_condo" not in client.get("/metrics", headers=bearer("operator")).text


def test_a_sync_that_is_asked_for_is_one_job_and_brings_everything(here: CondoHouse) -> None:
    """Asked twice it waits once; done, units stand here and every stream is well; for a book that is none, refused."""
    with here.house.client() as client:
        assert {it["state"] for it in _read(client, PATH)["streams"]} == {"new"}
        assert _adapter(client)["state"] == "degraded"
        ids = [client.post(f"{PATH}/sync?portfolio=halima", json={}, headers=bearer("operator")) for _ in range(2)]
        assert ids[0].json()["job_id"] == ids[1].json()["job_id"]
        other = client.post(f"{PATH}/sync?portfolio=kamau", json={}, headers=bearer("operator"))
        assert (other.status_code, "no organization" in other.text) == (409, True)
        for who in ("landlord", "tenant", "stranger"):
            assert client.post(f"{PATH}/sync?portfolio=halima", json={}, headers=bearer(who)).status_code in (403, 404)
        assert here.work() == []
        told = _read(client, PATH)
        assert (told["is_well"], {it["state"] for it in told["streams"]}) == (True, {"well"})
        assert {it["what"]: it["count"] for it in told["streams"][0]["counts"]} == {"property_new": 1, "unit_new": 2}
        assert _adapter(client)["state"] == "well"
        metrics = client.get("/metrics", headers=bearer("operator")).text
        assert "marketplace_condo_ok 1.0" in metrics
        assert 'marketplace_condo_lag_seconds{portfolio="halima",stream="tickets"}' in metrics
    assert len([it for it in here.house.books.units(BOOK) if it.number in ("1", "2")]) == 2
    assert [it for it in here.house.books.units(OTHER) if it.number] == []


def test_hints_ask_for_one_sync_and_are_not_read(here: CondoHouse) -> None:
    """Three posts, of which one is no JSON: one job waits a portfolio; a wrong token is let in nowhere."""
    work = here.house.parts.store.work
    assert work is not None
    work.add_route(HookRoute(RouteId("hook-condo"), "condo", None, None, NOW), token_digest(TOKEN))
    with here.house.client() as client:
        for content in (b"{}", b"\xff{", b'{"organization": "another"}'):
            assert client.post(f"/hooks/condo/{TOKEN}", content=content).status_code == 200
        assert client.post(f"/hooks/condo/{'x' * 40}", content=b"{}").status_code == 404
    assert len(_waiting(here)) == 3
    run_hooks = here.work()
    assert run_hooks == []
    assert work.hooks(HookState.KEPT) == ()
    assert len(work.hooks(HookState.PROCESSED)) == 3
    runs = here.outside.progress.runs(Stream(BOOK, "condo", "properties"))
    assert len(runs) == 1, "three hints were one sync"


def test_schedules_ask_for_each_portfolio_s_own_job(here: CondoHouse) -> None:
    """The installation's sync asks for a book's; whole reads from the start; push asks for none where none waits."""
    for kind in (PROPERTY_SYNC, PROPERTY_WHOLE, TICKET_PUSH):
        _ask(here, kind)
    assert here.work() == []
    runs = here.outside.progress.runs(Stream(BOOK, "condo", "properties"))
    assert [it.since is None for it in runs] == [True, True]
    _ask(here, PROPERTY_SYNC)
    here.work()
    assert here.outside.progress.runs(Stream(BOOK, "condo", "properties"))[0].since is not None


def test_what_drifts_is_degraded_and_not_tried_again(here: CondoHouse) -> None:
    """A source that is no longer as it was: told with its reason, nothing dead, the others well; mended, it is well."""

    def drifts(call: str) -> None:
        if call in ("tickets", "ticket_ids"):
            raise PartnerDrift("Ticket.status is gone")

    here.system.before_each = drifts
    _ask(here, PROPERTY_SYNC)
    assert here.work() == []
    with here.house.client() as client:
        told = _read(client, PATH)
        states = {it["name"]: it["state"] for it in told["streams"]}
        assert states == {"properties": "well", "occupancies": "well", "tickets": "degraded", "comments": "new"}
        assert "Ticket.status is gone" in told["reason"]
        assert _adapter(client)["state"] == "degraded"
        metrics = client.get("/metrics", headers=bearer("operator")).text
        assert 'marketplace_condo_degraded{portfolio="halima",stream="tickets"} 1.0' in metrics
        assert "marketplace_condo_ok 0.0" in metrics
        here.system.before_each = lambda _: None
        _ask(here, PROPERTY_SYNC)
        here.work()
        assert _read(client, PATH)["is_well"]


@pytest.mark.parametrize("stream", ["properties", "occupancies"])
def test_a_stream_that_drifts_leaves_the_others(here: CondoHouse, stream: str) -> None:
    """Whichever it is: it alone is degraded, the job is done, and what comes behind it is read."""

    def drifts(call: str) -> None:
        if call == stream:
            raise PartnerDrift("a field is gone")

    here.system.before_each = drifts
    _ask(here, PROPERTY_SYNC)
    assert here.work() == []
    with here.house.client() as client:
        states = {it["name"]: it["state"] for it in _read(client, PATH)["streams"]}
    assert [name for name, state in states.items() if state != "well"] == [stream]


def test_a_system_that_is_away_is_tried_again(here: CondoHouse) -> None:
    """It answers at the third call: the job is tried again by itself, and goes on in the same run."""
    calls: list[str] = []

    def away(call: str) -> None:
        calls.append(call)
        if len(calls) < 3:
            raise PartnerUnavailable("nobody answers")

    here.system.before_each = away
    _ask(here, PROPERTY_SYNC)
    assert here.work() == []
    (run,) = here.outside.progress.runs(Stream(BOOK, "condo", "properties"))
    assert run.is_good


def test_looks_are_kept_where_they_say_something_new(here: CondoHouse) -> None:
    """Ten looks that see the same are one run; what is new is written down at once, and shown as the state."""
    for _ in range(10):
        _ask(here, PROPERTY_WATCH)
        here.work()
    stream = Stream(BOOK, "condo", LOOKS)
    assert len(here.outside.progress.runs(stream)) == 1
    here.care.seen = evolve(here.care.seen, drift={"tickets": "Ticket.status is gone"})
    _ask(here, PROPERTY_WATCH)
    here.work()
    assert len(here.outside.progress.runs(stream)) == 2
    with here.house.client() as client:
        told = _read(client, PATH)
        assert (told["looks"][0]["state"], told["version"]) == ("degraded", "v1")
        assert "tickets: Ticket.status is gone" in told["looks"][0]["reason"]


def test_a_stream_that_nobody_reads_falls_behind(here: CondoHouse) -> None:
    """A day and more after the last good run it is behind, and says so."""
    _ask(here, PROPERTY_SYNC)
    here.work()
    overview = here.outside.overview()
    late = evolve(overview, oldest=timedelta(seconds=1))()
    assert {it.state.value for it in late.streams} == {"behind"}
    assert overview().worst is None or overview().worst.is_well  # type: ignore[union-attr]


def test_served_alone_it_is_a_part_of_the_whole(here: CondoHouse) -> None:
    """Every operation of the service is one of the server's; nothing of leases and money is there."""
    assert set(SERVICES["condo"]) <= set(OPERATIONS)
    with TestClient(build_app(here.house.parts, SERVICES["condo"])) as client:
        assert _read(client, PATH)["system"] == "condo"
        assert client.get("/api/health/ready").status_code == 200
        assert client.get("/api/leases", headers=bearer("operator")).status_code == 404


@pytest.mark.parametrize(("is_on", "is_verified"), [(True, True), (True, False), (False, True)])
def test_a_sync_links_a_verified_phone_only_where_the_setting_says_so(*, is_on: bool, is_verified: bool) -> None:
    """``link_verified`` and the flag there: both, and the job links the stay with the lease of the only tenant."""
    here = make_condo_house(CondoSettings(link_verified=is_on))
    books, hand = here.house.books, here.system.by_hand
    home = hand.add_property("Block A", "Ngong Road 1", [OutsideUnit(UnitKind.FLAT, "A1")])
    contact = hand.add_occupancy(home, UnitKind.FLAT, "A1", "Somebody Else", "+254712345678")
    row = here.system.occupancy_rows.row(contact)
    here.system.occupancy_rows.change(contact, here.system.now, evolve(row.record, is_verified=is_verified))
    command = Command(CommandId("link"), BOOK, "property.link", "system", NOW)
    LinkProperty(books, books)(command, "condo", home, PropertyId("block-A"))
    _ask(here, PROPERTY_SYNC)
    assert here.work() == []
    linked = books.our_id(BOOK, "condo", "occupancy", contact)
    assert linked == ("L-A1" if is_on and is_verified else None)


def test_what_is_denied_to_us_says_so_and_stops_no_other_stream(here: CondoHouse) -> None:
    """An account without the right to contacts: tickets are read, and the stream says why it is not."""

    def deny(call: str) -> None:
        if call == "occupancies":
            raise ConfigurationError("it denies us that")

    here.system.before_each = deny
    here.system.by_hand.add_ticket(details="The tap leaks")
    _ask(here, PROPERTY_SYNC)
    assert here.work() == []
    with here.house.client() as client:
        streams = {it["name"]: it for it in _read(client, PATH)["streams"]}
    assert {name for name, it in streams.items() if it["state"] == "well"} == {"properties", "tickets", "comments"}
    assert (streams["occupancies"]["state"], streams["occupancies"]["reason"]) == ("down", "it denies us that")


def test_who_is_not_known_there_is_a_dead_job(here: CondoHouse) -> None:
    """Every stream says so: a person has to look at the settings."""

    def unknown(_: str) -> None:
        raise ConfigurationError("it does not know us")

    here.system.before_each = unknown
    _ask(here, PROPERTY_SYNC)
    assert [it.request.kind for it in here.work()] == [PROPERTY_SYNC]
