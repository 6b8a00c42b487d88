"""The worker as people run it: jobs of each kind over a book in a data folder, and what is said of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytest.importorskip("structlog", reason="structlog is not installed")

from tests.fixtures.databases import KeptRunning

SAMPLE: Final = Path(__file__).parents[3] / "src/entrypoints/marketplace_entrypoints/sample"
Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.postgres


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Run the program over a data folder whose server goes on between the runs."""
    server = KeptRunning(tmp_path / "books")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MARKETPLACE_")}
    settings = {
        "MARKETPLACE_DATA_FOLDER": str(tmp_path / "books"),
        "MARKETPLACE_WORKER_BACKUP_FOLDER": str(tmp_path / "backups"),
        "MARKETPLACE_WORKER_BACKUPS": "1",
    }

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "marketplace_entrypoints.cli", *words]
        environment = {**kept, **settings, **more}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        server.hold()
        return done

    with server:
        yield run


def outcomes(worked: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """What a worker's log says of each kind of job."""
    lines = [json.loads(line) for line in worked.stderr.splitlines() if line.startswith("{")]
    return {it["kind"]: it for it in lines if it["event"] == "job"}


def test_a_worker_does_each_kind_of_job(run: Run, tmp_path: Path) -> None:
    """Billed, matched, told, backed up (of two backups the last is kept, and it holds), tidied; then nothing waits."""
    assert run("init", "main", "--account", "paybill:555123").returncode == 0
    imported = run("import", str(SAMPLE / "first_system"), "--first-month", "2026-11", "--portfolio", "main")
    assert imported.returncode == 0, imported.stderr
    kinds = ("bill", "reconcile", "late-fees", "deliver", "backup", "retention")
    for kind in kinds:
        assert run("jobs", "enqueue", kind).returncode == 0
    assert json.loads(run("jobs", "list", "--json").stdout)["waiting"] == len(kinds)
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "books-20200101T000000Z.backup").write_text("old", "utf-8")
    worked = run("worker", "--once")
    assert worked.returncode == 0, worked.stderr
    told = outcomes(worked)
    assert {kind: it["outcome"] for kind, it in told.items()} == dict.fromkeys(kinds, "done")
    assert told["retention"].keys() >= {"jobs", "hooks", "kept_answers", "identity_rows"}
    (backup,) = (tmp_path / "backups").iterdir()
    assert backup.name == told["backup"]["backup"]
    restored = run("restore", str(backup), "--yes", MARKETPLACE_DATA_FOLDER=str(tmp_path / "drill"))
    assert restored.returncode == 0, restored.stderr
    left = json.loads(run("jobs", "list", "--json", MARKETPLACE_DATA_FOLDER=str(tmp_path / "drill")).stdout)
    assert [it["kind"] for it in left["jobs"]] == ["backup", "retention"], "a backup holds the jobs of its instant"
    assert json.loads(run("jobs", "list", "--json").stdout)["jobs"] == []
    actors = run("verify", "--json")
    assert actors.returncode == 0, actors.stdout


def test_a_job_that_fails_is_seen_and_replayed(run: Run) -> None:
    """A rule file that is not there does not get well: a dead letter with its reason; mended, it is replayed."""
    assert run("init", "main", "--account", "paybill:555123").returncode == 0
    assert run("jobs", "enqueue", "reconcile").returncode == 0
    assert run("worker", "--once", MARKETPLACE_RULES="nowhere.toml").returncode == 3
    (dead,) = json.loads(run("jobs", "dead", "--json").stdout)["jobs"]
    assert dead["last_error"]["kind"] == "ConfigurationError"
    assert "nowhere.toml" in dead["last_error"]["message"]
    assert run("jobs", "replay", dead["job"]).returncode == 0
    assert run("worker", "--once").returncode == 0
    assert run("jobs", "discard", dead["job"]).returncode == 1


def test_addresses_for_hooks_are_shown_once(run: Run) -> None:
    """Two tokens live while rotating, no list shows one, and a disabled route stays listed."""
    assert run("init", "main", "--account", "paybill:555123").returncode == 0
    added = json.loads(run("hooks", "add", "--json").stdout)
    assert added["path"].startswith("/hooks/payments/")
    assert added["path"].endswith("/confirmation")
    token = added["path"].split("/")[3]
    assert json.loads(run("hooks", "rotate", added["route"], "--json").stdout)["path"] != added["path"]
    listed = run("hooks", "list", "--json")
    assert token not in listed.stdout
    assert json.loads(listed.stdout)["routes"][0]["live_tokens"] == 2
    assert json.loads(run("hooks", "rotate", added["route"], "--end-old", "--json").stdout)["ended"] == 1
    assert run("hooks", "disable", added["route"]).returncode == 0
    assert json.loads(run("hooks", "list", "--json").stdout)["routes"][0]["live_tokens"] == 0


def test_a_webhook_needs_a_key_and_a_public_address(run: Run) -> None:
    """Without the settings' key there is no secret; an address of this machine is refused."""
    assert run("init", "main", "--account", "paybill:555123").returncode == 0
    key = {"MARKETPLACE_WEBHOOKS_KEY": "k" * 40}
    assert "MARKETPLACE_WEBHOOKS_KEY" in run("webhooks", "add", "https://8.8.8.8/in").stderr
    assert "not of the public internet" in run("webhooks", "add", "https://127.0.0.1/in", **key).stderr
    assert "https://" in run("webhooks", "add", "http://8.8.8.8/in", **key).stderr
    added = run("webhooks", "add", "https://8.8.8.8/in", "--kind", "bill", "--json", **key)
    assert added.returncode == 0, added.stderr
    told = json.loads(added.stdout)
    assert told["secret"].startswith("whsec_")
    listed = run("webhooks", "list", "--json", **key).stdout
    assert told["secret"] not in listed
    assert "k" * 40 not in listed
    rotated = json.loads(run("webhooks", "rotate", told["subscription"], "--json", **key).stdout)
    assert rotated["secret"] != told["secret"]
    assert rotated["keys"] == 2


@pytest.mark.parametrize("words", [("worker", "--only", "nonsense"), ("jobs", "enqueue", "nonsense")])
def test_an_unknown_kind_is_refused(run: Run, words: tuple[str, ...]) -> None:
    """With the kinds that there are."""
    ran = run(*words)
    assert ran.returncode == 1
    assert "reconcile" in ran.stderr
