"""Condo as a service of its own: its server and its worker over one database, and nothing else of the program."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from attrs import frozen
from tests.e2e.http.serving import Server, of_the_machine, run_program, serving
from tests.fixtures.databases import Database

pytest.importorskip("graphql", reason="graphql-core is not installed")

from tests.fixtures.condo_standin import PROPERTIES, TICKETS, UNITS, furnished_condo, settings_of

from marketplace_adapters.condo.testing import CondoStandIn, FaultKind

pytestmark = [pytest.mark.postgres, pytest.mark.condo]
WAIT_SECONDS: Final = 60.0


@frozen
class Desk:
    """A Condo, and a database with the book that it is beside."""

    condo: CondoStandIn
    database: Database
    folder: Path
    settings: dict[str, str]

    def run(self, *words: str) -> dict[str, Any]:
        """A run of the program, to its end."""
        done = run_program(self.database, *words, "--json", folder=self.folder, more=self.settings)
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def work(self) -> list[str]:
        """Let a worker of Condo's jobs alone do what is due; the kinds that it did."""
        words = ("worker", "--only", "condo", "--once")
        done = run_program(self.database, *words, folder=self.folder, more=self.settings)
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
        return [it["kind"] for it in lines if it["event"] == "job" and it["outcome"] == "done"]


@frozen
class Place(Desk):
    """The same with the server of its own, an operator's service, and the address of hints."""

    server: Server
    secret: str
    hook: str


@pytest.fixture
def desk(fresh_database: Database, tmp_path: Path) -> Iterator[Desk]:
    """Give a furnished Condo beside an open book."""
    with furnished_condo() as condo:
        keys = str(tmp_path / "signing-keys.json")
        settings = {**settings_of(condo, "halima"), "MARKETPLACE_SIGNING_KEYS": keys}
        found = Desk(condo, fresh_database, tmp_path, settings)
        found.run("init", "halima", "--account", "paybill:600995")
        yield found


@pytest.fixture
def place(desk: Desk) -> Iterator[Place]:
    """Give a running service over it."""
    made = desk.run("clients", "add", "watcher", "--scope", "system.operate", "--role", "admin")
    hook = desk.run("hooks", "add", "condo")["path"]
    with serving(desk.database, desk.folder, "--only", "condo", **desk.settings) as server:
        yield Place(desk.condo, desk.database, desk.folder, desk.settings, server, made["secret"], hook)


def _bearer(place: Place, client: httpx.Client) -> dict[str, str]:
    form = {"grant_type": "client_credentials", "client_id": "watcher", "client_secret": place.secret}
    return {"Authorization": f"Bearer {client.post('/oauth/token', data=form).json()['access_token']}"}


def _nothing_but_condo_is_served(client: httpx.Client) -> None:
    """Health and Condo's own; of leases, money and people nothing, and nothing of Condo without a credential."""
    assert client.get("/api/health/live").status_code == 200
    assert client.get("/api/leases").status_code == 404
    assert client.get("/api/payments").status_code == 404
    assert client.get("/api/admin/condo").status_code == 401
    assert client.post("/api/admin/condo/sync", json={}).status_code == 401
    paths = set(client.get("/api/openapi.json").json()["paths"])
    assert {"/api/admin/condo", "/hooks/condo/{token}", "/metrics"} <= paths
    assert not any("lease" in it or "payment" in it for it in paths)


def test_the_service_syncs_by_its_own_server_and_worker(place: Place) -> None:
    """Nothing else is served; asked for over HTTP, done by the worker; all that tells says so; a hint asks for one."""
    with place.server.client() as client:
        _nothing_but_condo_is_served(client)
        who = _bearer(place, client)
        before = client.get("/api/admin/condo", headers=who).json()
        assert (before["is_well"], {it["state"] for it in before["streams"]}) == (False, {"new"})
        asked = client.post("/api/admin/condo/sync", json={}, headers=who)
        assert (asked.status_code, asked.json()["kind"]) == (200, "condo-sync")
        assert client.post("/api/admin/condo/sync", json={}, headers=who).json()["job_id"] == asked.json()["job_id"]
        assert "condo-sync" in place.work()
        told = client.get("/api/admin/condo", headers=who).json()
        assert (told["is_well"], told["reason"]) == (True, ""), told
        counts = {it["name"]: {one["what"]: one["count"] for one in it["counts"]} for it in told["streams"]}
        assert counts["properties"] == {"property_new": PROPERTIES, "unit_new": UNITS}
        assert counts["tickets"] == {"new": TICKETS}
        metrics = client.get("/metrics", headers=who).text
        assert "marketplace_condo_ok 1.0" in metrics
        assert 'marketplace_condo_run_rows{portfolio="halima",stream="tickets",what="new"} 40.0' in metrics
        adapters = client.get("/api/system/status", headers=who).json()["adapters"]
        (adapter,) = [it for it in adapters if it["name"] == "properties:condo"]
        assert (adapter["state"], adapter["lag_seconds"] is not None) == ("well", True)

        place.condo.hand.rename_property(next(iter(place.condo.books.kind("Property"))), "Renamed House")
        assert client.post(f"/hooks/condo/{'x' * 40}", json={}).status_code == 404
        for _ in range(3):
            assert client.post(place.hook, content=b"\xff whatever: never read").status_code == 200
        assert place.work().count("condo-hook") == 3
        (left,) = [it for it in place.run("jobs", "list")["jobs"] if it["kind"] == "condo-sync"]
        assert (left["state"], left["portfolio"]) == ("waiting", "halima")


def test_a_ticket_that_is_closed_here_is_closed_there(desk: Desk) -> None:
    """Changed by the command line, told there by the worker's own job; told once."""
    desk.run("sync", "condo")
    tickets = desk.condo.books.kind("Ticket")
    (ticket, *_) = [it for it in desk.run("maintenance", "list")["tickets"] if it["status"] == "open"]
    desk.run("maintenance", "status", str(ticket["number"]), "resolved", "--reason", "done")
    written = sum(int(str(it.values["v"])) for it in tickets.values())
    assert desk.run("jobs", "enqueue", "condo-push")["kind"] == "condo-push"
    assert desk.work().count("condo-push") == 2, "one that looks where something waits, and the portfolio's own"
    assert sum(int(str(it.values["v"])) for it in tickets.values()) == written + 1
    desk.run("jobs", "enqueue", "condo-push")
    assert desk.work().count("condo-push") == 1, "nothing waits any more"


def test_a_killed_worker_s_sync_goes_on_at_its_page(desk: Desk) -> None:
    """Killed while it waits for the third page of properties: the next worker takes the job over, the run goes on."""
    desk.condo.faults.add(FaultKind.SLOW, "Properties", skip=2, seconds=20.0)
    quick = {"MARKETPLACE_WORKER_BEAT": "0.5", "MARKETPLACE_WORKER_SILENT": "1", "MARKETPLACE_WORKER_LOOK": "0.5"}
    patient = {
        **quick,
        "MARKETPLACE_CONDO_PAGE": "1",
        "MARKETPLACE_CONDO_TIMEOUT": "60",
        "MARKETPLACE_CONDO_QUIET": "200",
    }
    desk.run("jobs", "enqueue", "condo-sync")
    environment = {**of_the_machine(desk.database), **desk.settings, **patient}
    words = [sys.executable, "-m", "marketplace_entrypoints.cli", "worker", "--only", "condo"]
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        cut = _read_until(desk, 2)
    finally:
        process.kill()
        process.wait()
    assert (cut["counts"], cut["ended_at"]) == ({"property_new": 2, "unit_new": 40}, None)
    until = time.monotonic() + WAIT_SECONDS
    desk.settings.update(patient)
    while time.monotonic() < until and not _stream(desk)["ended_at"]:
        desk.work()
    after = _stream(desk)
    assert after["begun_at"] == cut["begun_at"]
    assert after["counts"] == {"property_new": PROPERTIES, "unit_new": UNITS}


def _stream(desk: Desk) -> dict[str, Any]:
    done = run_program(desk.database, "sync", "condo", "--status", "--json", folder=desk.folder, more=desk.settings)
    found: list[dict[str, Any]] = json.loads(done.stdout)["streams"]
    return next(it for it in found if it["stream"] == "properties")


def _read_until(desk: Desk, properties: int) -> dict[str, Any]:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        found = _stream(desk)
        if found["counts"].get("property_new") == properties:
            return found
    raise AssertionError(f"never read {properties} properties")
