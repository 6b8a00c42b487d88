"""tests/security_integrations.sh against a server of its own: all is ok; with defences taken away it says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.http.serving import of_the_machine
from tests.fixtures.databases import Database

ROOT = Path(__file__).parents[3]
OPEN_DOOR = Path(__file__).with_name("open_door.py")
LEAST_CHECKS = 40

pytestmark = pytest.mark.postgres


def run_checks(database: Database, *command: object) -> tuple[int, list[str]]:
    """The exit code and the lines of the checks."""
    script = [sys.executable, str(ROOT / "scripts" / "security.py"), *map(str, command)]
    done = subprocess.run(
        script, env=of_the_machine(database), capture_output=True, text=True, timeout=300, check=False
    )
    assert "1.." in done.stdout, done.stderr
    return done.returncode, done.stdout.splitlines()


def test_every_defence_stands_as_seen_from_outside(fresh_database: Database) -> None:
    """What ``make security`` does."""
    code, lines = run_checks(fresh_database)
    assert [it for it in lines if it.startswith("not ok")] == []
    assert code == 0
    assert sum(it.startswith("ok ") for it in lines) >= LEAST_CHECKS


def test_a_defence_that_is_gone_is_noticed(fresh_database: Database) -> None:
    """The control: the script fails, and names what each missing defence lets in."""
    code, lines = run_checks(fresh_database, sys.executable, OPEN_DOOR, "csrf,cors,reach,cookie,tokens,headers")
    failed = "\n".join(it for it in lines if it.startswith("not ok"))
    assert code != 0
    for words in (
        "a write without the CSRF token is refused",
        "a preflight of https://evil.example is not let in",
        "a tenant finds no other's lease",
        "and HttpOnly",
        "a forged token is refused: AUDIENCE",
        "types are not guessed",
    ):
        assert words in failed
