"""``marketplace sync condo`` and its neighbours, over a Condo to test against."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from tests.e2e.cli.conftest import Marketplace, Ran, arguments
from tests.fixtures.databases import Database

pytest.importorskip("graphql", reason="graphql-core is not installed")

from tests.fixtures.condo_month.ledger import drawn
from tests.fixtures.condo_standin import COMMENTS, PROPERTIES, RESIDENTS, TICKETS, UNITS, furnished_condo, settings_of

from marketplace_adapters.condo.testing import CondoStandIn, FaultKind
from marketplace_core.domain.outside_property.records import OutsideUnit
from marketplace_core.domain.party import UnitKind
from marketplace_entrypoints.cli import sync_condo

pytestmark = [pytest.mark.postgres, pytest.mark.condo]
CRON: Final = Path(__file__).parents[3] / "cron" / "sync_condo_units.sh"
WAIT_SECONDS: Final = 60.0


@pytest.fixture
def condo(marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch) -> Generator[CondoStandIn]:
    """A furnished Condo that is named in the settings of the sample's book."""
    assert marketplace is not None
    with furnished_condo() as standin:
        for name, text in settings_of(standin, "sample").items():
            monkeypatch.setenv(name, text)
        yield standin


def _streams(ran: Ran) -> dict[str, dict[str, Any]]:
    return {it["stream"]: it for it in ran.told["streams"]}


def test_a_first_sync_brings_everything_and_the_second_nothing(marketplace: Marketplace, condo: CondoStandIn) -> None:
    """As many differences as things; then none, and the same again writes nothing; then all is well."""
    del condo
    assert marketplace("sync", "condo", "--status").code == 1
    before = marketplace("sync", "condo", "--diff", "--json")
    assert (before.code, before.told["differences"]) == (1, PROPERTIES + UNITS + RESIDENTS + TICKETS), before.err
    planned = marketplace("sync", "condo", "--dry-run", "--json")
    assert (planned.code, planned.told["differences"]) == (0, before.told["differences"])
    done = marketplace("sync", "condo", "--json")
    assert done.code == 0, done.out + done.err
    counts = {name: it["counts"] for name, it in _streams(done).items()}
    assert counts["properties"] == {"property_new": PROPERTIES, "unit_new": UNITS}
    assert counts["occupancies"] == {"occupancy_new": RESIDENTS}
    assert counts["tickets"] == {"new": TICKETS}
    assert counts["comments"] == {"new": COMMENTS}
    after = marketplace("sync", "condo", "--diff", "--json")
    assert (after.code, after.told["differences"]) == (0, 0), after.out
    again = marketplace("sync", "condo", "--json")
    assert all(set(it["counts"]) <= {"unchanged"} for it in again.told["streams"]), again.out
    status = marketplace("sync", "condo", "--status", "--json")
    assert (status.code, status.told["ok"]) == (0, True)
    assert [it["stream"] for it in status.told["streams"]] == ["properties", "occupancies", "tickets", "comments"]
    checked = {it["check"]: it["ok"] for it in marketplace("doctor", "--json").told["checks"]}
    assert checked["condo tickets of sample"]


def test_edits_there_are_told_then_brought(marketplace: Marketplace, condo: CondoStandIn) -> None:
    """Renamed, drawn anew, deleted, moved, closed: each is a difference, one sync brings all, none is left."""
    assert marketplace("sync", "condo").code == 0
    first, second, third = condo.books.kind("Property")
    condo.hand.rename_property(first, "Baraka House")
    condo.hand.draw(second, [OutsideUnit(UnitKind.FLAT, "1000", "9", "B")])
    condo.hand.delete_property(third)
    condo.hand.delete_occupancy(next(iter(condo.books.kind("Contact"))))
    condo.hand.delete_ticket(next(iter(condo.books.kind("Ticket"))))
    told = marketplace("sync", "condo", "--diff", "--json")
    kinds = {it["kind"] for one in told.told["streams"] for it in one["differences"]}
    wanted = {"property_changed", "property_archived", "unit_new", "unit_archived", "occupancy_ended"}
    assert (told.code, kinds) == (1, wanted), told.out
    assert marketplace("sync", "condo").code == 0
    left = marketplace("sync", "condo", "--diff", "--json")
    assert (left.code, left.told["differences"]) == (0, 0), left.out


def test_of_very_many_differences_the_first_are_told_and_all_are_counted(
    marketplace: Marketplace, condo: CondoStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with what differs; how many were left out is said."""
    del condo
    monkeypatch.setattr(sync_condo, "_MOST_KEPT", 2)
    told = marketplace("sync", "condo", "--diff", "--only", "properties", "--json")
    (stream,) = told.told["streams"]
    kept, left_out = len(stream["differences"]), stream["left_out"]
    assert (told.told["differences"], kept, left_out) == (PROPERTIES + UNITS, 2, PROPERTIES + UNITS - 2)
    assert f"and {left_out} more" in marketplace("sync", "condo", "--diff", "--only", "properties").out


def test_sql_run_by_hand_shows_the_same_differences(
    marketplace: Marketplace, condo: CondoStandIn, fresh_database: Database, tmp_path: Path
) -> None:
    """The rows of the file that --sql writes are those of --diff, before and after; run, it changes nothing."""
    assert marketplace("sync", "condo").code == 0
    first, second, third = condo.books.kind("Property")
    condo.hand.rename_property(first, "O'Brien's \\ House")
    condo.hand.draw(second, [OutsideUnit(UnitKind.FLAT, "1000", "9", "B")])
    condo.hand.delete_property(third)
    for is_synced in (False, True):
        if is_synced:
            assert marketplace("sync", "condo").code == 0
        file = tmp_path / f"{is_synced}.sql"
        told = marketplace("sync", "condo", "--only", "properties", "--diff", "--sql", file, "--json")
        ours = {(it["kind"], it["external_id"]) for it in told.told["streams"][0]["differences"]}
        with psycopg.connect(fresh_database.application.conninfo(), autocommit=True) as connection:
            theirs = {(_KINDS[row[0]], row[1]) for row in _rows(connection, file.read_text("utf-8"))}
        assert ours == theirs
        assert bool(ours) is not is_synced


_KINDS: Final = {
    "property changed": "property_changed",
    "property archived": "property_archived",
    "unit new or adopted": "unit_new",
    "unit archived": "unit_archived",
}


def _rows(connection: psycopg.Connection[Any], sql: str) -> list[Any]:
    cursor = connection.execute(sql.encode())
    found: list[Any] = []
    while True:
        if cursor.description:
            found += cursor.fetchall()
        if not cursor.nextset():
            return found


def test_killed_in_the_middle_it_goes_on_at_its_page(
    marketplace: Marketplace, condo: CondoStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while it waits for the third page: the same again goes on in the same run, nothing twice."""
    monkeypatch.setenv("MARKETPLACE_CONDO_PAGE", "1")
    monkeypatch.setenv("MARKETPLACE_CONDO_TIMEOUT", "60")
    monkeypatch.setenv("MARKETPLACE_CONDO_QUIET", "200")
    condo.faults.add(FaultKind.SLOW, "Properties", skip=2, seconds=20.0)
    process = subprocess.Popen(
        arguments("sync", "condo"), env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until, status = time.monotonic() + WAIT_SECONDS, dict[str, dict[str, Any]]()
    while time.monotonic() < until and process.poll() is None:
        status = _streams(marketplace("sync", "condo", "--status", "--json"))
        if status.get("properties", {}).get("counts", {}).get("property_new") == 2:
            break
        time.sleep(0.2)
    cut = status["properties"]
    process.kill()
    process.wait()
    assert (cut["counts"]["property_new"], cut["ended_at"], cut["state"]) == (2, None, "new")
    assert marketplace("sync", "condo").code == 0
    after = _streams(marketplace("sync", "condo", "--status", "--json"))["properties"]
    assert (after["begun_at"], after["counts"]) == (cut["begun_at"], {"property_new": PROPERTIES, "unit_new": UNITS})
    assert marketplace("sync", "condo", "--diff").code == 0


def test_a_stream_that_stands_still_leaves_the_others(marketplace: Marketplace, condo: CondoStandIn) -> None:
    """A field of tickets is gone: code 3, the reason is told everywhere, nothing of tickets or comments is written."""
    whole = condo.drift.schema
    condo.drift.drop("Ticket", "statusUpdatedAt")
    done = marketplace("sync", "condo", "--json")
    found = _streams(done)
    assert done.code == 3
    assert (found["properties"]["outcome"], found["tickets"]["outcome"]) == ("done", "degraded")
    assert "Ticket.statusUpdatedAt is gone" in found["tickets"]["trouble"]
    assert "comments" not in found, "comments wait for the tickets that they are of"
    status = _streams(marketplace("sync", "condo", "--status", "--json"))
    assert (status["tickets"]["state"], status["comments"]["state"]) == ("degraded", "new")
    check = marketplace("condo", "check")
    assert (check.code, "statusUpdatedAt is gone" in check.out) == (1, True)
    assert marketplace("doctor").code == 1
    condo.drift.schema = whole
    healed = marketplace("sync", "condo", "--json")
    assert healed.code == 0
    assert _streams(healed)["comments"]["counts"] == {"new": COMMENTS}


def test_a_condo_that_is_away_is_told_and_the_token_never(
    marketplace: Marketplace, condo: CondoStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens: code 1, where; its state is down; nothing secret in any word."""
    assert marketplace("condo", "check").code == 0
    monkeypatch.setenv("MARKETPLACE_CONDO_URL", "http://127.0.0.1:9")
    for words in (("sync", "condo"), ("condo", "check"), ("sync", "condo", "--status")):
        ran = marketplace(*words)
        assert ran.code == 1, ran.out + ran.err
        assert "token-of-service" not in ran.out + ran.err
    status = _streams(marketplace("sync", "condo", "--status", "--json"))
    assert {it["state"] for name, it in status.items() if name != "comments"} == {"down", "degraded"}, status
    del condo


def test_without_a_system_there_is_nothing_to_sync(marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code 2, and what to set; each missing setting is named before anything is opened there."""
    ran = marketplace("sync", "condo")
    assert (ran.code, "set property_system to condo" in ran.err) == (2, True)
    monkeypatch.setenv("MARKETPLACE_PROPERTY_SYSTEM", "condo")
    for words in (("condo", "check"), ("sync", "condo"), ("sync", "condo", "--status"), ("sync", "condo", "--diff")):
        ran = marketplace(*words)
        assert (ran.code, "condo.organizations is not set" in ran.err) == (2, True), (words, ran.out, ran.err)
    doctor = {it["check"]: it for it in marketplace("doctor", "--json").told["checks"]}
    assert (doctor["condo"]["ok"], "condo.organizations" in doctor["condo"]["says"]) == (False, True), doctor
    monkeypatch.setenv("MARKETPLACE_CONDO_ORGANIZATIONS", "o1=sample")
    ran = marketplace("condo", "check")
    assert (ran.code, "condo.url, condo.token" in ran.err) == (2, True), ran.err


def test_a_property_is_linked_before_the_first_sync(
    marketplace: Marketplace, condo: CondoStandIn, fresh_database: Database
) -> None:
    """Our property takes their name and no second one is made; linked again to another one it is refused."""
    theirs = next(iter(condo.books.kind("Property")))
    with psycopg.connect(fresh_database.owner.conninfo()) as connection:
        ((own,), *_) = connection.execute("SELECT property_id FROM properties ORDER BY property_id").fetchall()
    dry = marketplace("condo", "link-property", theirs, own, "--dry-run")
    assert dry.code == 0, dry.err
    assert marketplace("condo", "link-property", theirs, own).code == 0
    assert marketplace("condo", "link-property", "another", own).code == 1
    counts = _streams(marketplace("sync", "condo", "--only", "properties", "--json"))["properties"]["counts"]
    assert (counts["property_new"], counts["property_changed"]) == (PROPERTIES - 1, 1)


def test_an_occupancy_becomes_a_draft_on_the_given_terms(marketplace: Marketplace, condo: CondoStandIn) -> None:
    """Listed and proposed with reasons; drafted with the rent of the caller, linked, and proposed no more."""
    del condo
    assert marketplace("sync", "condo").code == 0
    assert len(marketplace("occupancies", "--json").told["occupancies"]) == RESIDENTS
    proposed = marketplace("occupancies", "propose", "--json").told["occupancies"]
    (first, *_) = proposed
    assert first["proposals"][0]["kind"] == "draft"
    words = ("--tenant", "t-new", "--tenant-name", first["name"], "--start", "2026-12-01", "--rent", "12345.00")
    dry = marketplace("occupancies", "draft", first["occupancy"], "L-new", *words, "--dry-run")
    assert dry.code == 0, dry.err
    done = marketplace("occupancies", "draft", first["occupancy"], "L-new", *words, "--json")
    assert (done.code, done.told["status"]) == (0, "draft"), done.err
    left = marketplace("occupancies", "propose", "--json").told["occupancies"]
    assert first["occupancy"] not in {it["occupancy"] for it in left}
    (shown,) = [it for it in marketplace("occupancies", "--json").told["occupancies"] if it["lease"]]
    assert (shown["occupancy"], shown["lease"]) == (first["occupancy"], "L-new")
    again = marketplace("occupancies", "assign", first["occupancy"], "L-new")
    assert again.code == 0, again.err
    taken = marketplace("occupancies", "draft", first["occupancy"], "L-new", "--tenant", "t-new", *words[4:])
    assert (taken.code, "there is a lease L-new already: choose another id" in taken.err) == (1, True), taken.err
    assert marketplace("verify").code == 0


def test_a_unit_whose_label_changed_is_linked_again(marketplace: Marketplace, condo: CondoStandIn) -> None:
    """Its lease is told as left on an archived unit, by sync, status and doctor, until it is linked."""
    assert marketplace("sync", "condo").code == 0
    first = marketplace("occupancies", "propose", "--json").told["occupancies"][0]
    words = ("--tenant", "t-new", "--tenant-name", first["name"], "--start", "2026-12-01", "--rent", "12345.00")
    assert marketplace("occupancies", "draft", first["occupancy"], "L-new", *words).code == 0
    home, kind, label = first["place"].split(":", 2)
    units = [
        OutsideUnit(UnitKind(it), "Renamed" if (it, name) == (kind, label) else name, floor, block)
        for it, name, floor, block in drawn(dict(condo.books.kind("Property")[home].values))
    ]
    condo.hand.draw(home, units)
    (left,) = marketplace("sync", "condo", "--json").told["stranded"]
    assert (left["unit"], left["leases"]) == (first["unit"], ["L-new"])
    assert "1 leases and" in marketplace("sync", "condo", "--status").out
    assert marketplace("leases", "activate", "L-new").code == 1
    assert "archived units of sample" in marketplace("doctor").out
    (code,) = [it["code"] for it in marketplace("sync", "condo", "--status", "--json").told["stranded"]]
    done = marketplace("condo", "link-unit", f"{home}:{kind}:Renamed", code, "--json")
    assert (done.code, done.told["unit"], done.told["archived"] is None) == (0, first["unit"], False), done.err
    status = marketplace("sync", "condo", "--status", "--json")
    assert (status.code, status.told["stranded"]) == (0, [])
    assert marketplace("sync", "condo", "--whole").code == 0
    assert marketplace("sync", "condo", "--diff").code == 0
    assert marketplace("leases", "activate", "L-new").code == 0
    assert marketplace("verify").code == 0


def test_the_script_for_cron_passes_codes_on(marketplace: Marketplace, condo: CondoStandIn, tmp_path: Path) -> None:
    """One line with counts and code 0; 3 where a stream stands still; skipped while a run lasts."""
    assert marketplace is not None
    program = tmp_path / "marketplace"
    program.write_text(f'#!/bin/sh\nexec {" ".join(arguments())} "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = {**os.environ, "PROGRAM": str(program), "LOCKS": str(tmp_path)}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(CRON)], env=environment, capture_output=True, text=True, timeout=120, check=False)

    done = run()
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stdout
    assert "code 0: 4 of 4 streams done: properties 3 property new, 60 unit new;" in done.stdout
    condo.drift.drop("Contact", "phone")
    assert run().returncode == 3
    lock = tmp_path / "marketplace-sync-condo.lock"
    lock.mkdir()
    (lock / "pid").write_text(str(os.getpid()), "utf-8")
    assert "skipped" in run().stdout
