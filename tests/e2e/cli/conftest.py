"""The program as people run it, on a database with the sample portfolio billed, paid and matched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from tests.fixtures.databases import Database, MakeTables

from marketplace_entrypoints.cli.__main__ import run

SAMPLE = Path(__file__).parents[3] / "src/entrypoints/marketplace_entrypoints/sample"
ACCOUNT = "paybill:555123"


@frozen
class Ran:
    """What a run of the program left."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> dict[str, Any]:
        """Its JSON answer: all that stands on standard output."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def arguments(*words: object) -> list[str]:
    """The command line of one run."""
    return [sys.executable, "-m", "marketplace_entrypoints.cli", *map(str, words)]


def surroundings(database: Database) -> dict[str, str]:
    """The environment of a run: the test's database, and none of the machine's settings."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("MARKETPLACE_")}
    addresses = {"MARKETPLACE_DSN": database.application.conninfo(), "MARKETPLACE_OWNER_DSN": database.owner.conninfo()}
    return {**kept, **addresses, "NO_COLOR": "1"}


def run_on(database: Database, *words: object, folder: Path | None = None) -> Ran:
    """Run the program to its end, without a terminal."""
    done = subprocess.run(
        arguments(*words),
        env=surroundings(database),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def _sample_books(owner: Any) -> None:  # noqa: ANN401 - the shape of MakeTables without importing the adapter here
    database = Database(owner, owner)
    for words in (
        ("init", "sample", "--account", ACCOUNT),
        ("import", SAMPLE / "first_system", "--first-month", "2026-11"),
        ("bill", "--period", "2026-11"),
        ("payments", "import", SAMPLE / "mpesa_statement_2026-11.csv"),
        ("reconcile", "--as-of", "2026-11-15"),
    ):
        done = run_on(database, *words)
        assert done.code == 0, done.err


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Every test of this folder begins with the sample's books."""
    return _sample_books


Marketplace = Callable[..., Ran]


@pytest.fixture
def marketplace(
    fresh_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Marketplace:
    """Run the program on the test's own books: ``marketplace("aging", "--json")``; in this process, for speed."""
    for name in [name for name in os.environ if name.startswith("MARKETPLACE_")]:
        monkeypatch.delenv(name)
    for name, text in surroundings(fresh_database).items():
        monkeypatch.setenv(name, text)
    monkeypatch.chdir(tmp_path)

    def run_here(*words: object) -> Ran:
        capsys.readouterr()
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run_here


@pytest.fixture
def sample_folder() -> Path:
    """The sample's folder of the first system."""
    return SAMPLE / "first_system"
