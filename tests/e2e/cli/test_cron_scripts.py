"""The scripts for cron call the program: one line of log each, the exit code passed on, never two at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")

from tests.fixtures.databases import KeptRunning

CRON: Final = Path(__file__).parents[3] / "cron"
SAMPLE: Final = Path(__file__).parents[3] / "src/entrypoints/marketplace_entrypoints/sample"

pytestmark = pytest.mark.postgres


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Run a script over an embedded book in a folder, as cron would; its server goes on between the runs."""
    server = KeptRunning(tmp_path / "books")
    program = tmp_path / "marketplace"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m marketplace_entrypoints.cli "$@"\n', "utf-8")
    program.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MARKETPLACE_")}
    settings = {
        "PROGRAM": str(program),
        "MARKETPLACE_SETTINGS": "",
        "LOCKS": str(tmp_path),
        "BACKUPS": str(tmp_path / "backups"),
        "KEEP": "1",
        "PERIOD": "2026-11",
    }

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        script = [str(CRON / name)] if name.endswith(".sh") else [str(program), name]
        command = [*script, *arguments, "--data", str(tmp_path / "books")]
        environment = {**kept, **settings}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        server.hold()
        return done

    with server:
        yield run


def test_each_script_does_its_work_on_an_embedded_book(
    run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """A book is billed, matched, told and backed up; of two backups the last is kept; each says so in one line."""
    assert run("init", "main", "--account", "paybill:555123").returncode == 0
    imported = run("import", str(SAMPLE / "first_system"), "--first-month", "2026-11", "--portfolio", "main")
    assert imported.returncode == 0, imported.stderr
    for name in ("bill", "reconcile", "late_fees", "deliver", "backup"):
        ran = run(f"{name}.sh")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert re.fullmatch(rf"\S+Z {name}: code 0: .+\n", ran.stdout), ran.stdout
        if name == "bill":
            assert "billed 27 invoices" in ran.stdout
    (first,) = (tmp_path / "backups").iterdir()
    first.rename(first.with_name("books-20200101T000000Z.backup"))
    assert run("backup.sh").returncode == 0
    (kept,) = (tmp_path / "backups").iterdir()
    assert "20200101" not in kept.name
    assert list(tmp_path.glob("*.lock")) == []


def test_where_the_native_engine_bills_there_is_nothing_to_bring_together(
    run: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """The script for Kill Bill says so, and cron hears it."""
    assert run("init", "main", "--account", "paybill:555123").returncode == 0
    ran = run("sync_killbill.sh")
    assert (ran.returncode, "the native engine bills" in ran.stdout) == (2, True), ran.stdout + ran.stderr


def test_a_failure_is_passed_on(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """Without books the program fails, and cron hears it."""
    ran = run("reconcile.sh")
    assert ran.returncode == 1
    assert "code 1" in ran.stdout


def test_a_run_that_lasts_is_not_joined_by_another(
    run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """While its process lives the next run is skipped; the lock of a dead one is taken over."""
    lock = tmp_path / "marketplace-reconcile.lock"
    lock.mkdir()
    (lock / "pid").write_text(str(os.getpid()), "utf-8")
    assert "skipped" in run("reconcile.sh").stdout
    (lock / "pid").write_text("4194304999", "utf-8")
    assert "code 1" in run("reconcile.sh").stdout
    assert not lock.exists()
