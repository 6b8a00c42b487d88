"""Commands given before any book is open: each says what to do, and nothing is lost on the way to doing it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import SAMPLE, Ran, arguments, run_on
from tests.fixtures.databases import Database, new_database

pytestmark = pytest.mark.postgres

STATEMENT = SAMPLE / "mpesa_statement_2026-11.csv"
FIRST_SYSTEM = ("import", SAMPLE / "first_system", "--first-month", "2026-11")


@pytest.fixture
def run(postgres_server: Database) -> Iterator[Callable[..., Ran]]:
    """Run the program on a database with nothing in it."""
    with new_database(postgres_server) as database:
        yield lambda *words: run_on(database, *words)


def test_without_books_every_command_says_how_to_make_some(run: Callable[..., Ran]) -> None:
    """Code 1, both ways to begin, no traceback; after `init` the very same command takes every payment."""
    bring = ("payments", "import", STATEMENT, "--json")
    for words in (bring, ("bill", "--period", "2026-11"), ("aging",)):
        refused = run(*words)
        assert refused.code == 1
        assert "marketplace init" in refused.err
        assert "marketplace import FOLDER" in refused.err
        assert "Traceback" not in refused.err
    assert run("init", "sample", "--account", "paybill:555123").code == 0
    taken = run(*bring)
    assert (taken.code, taken.told["received"]["count"]) == (0, 29)
    assert run("verify").code == 0


def test_a_mistyped_folder_is_said_and_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads, bills or brings payments into a folder without books makes none there, whatever lies in it."""
    for name in [name for name in os.environ if name.startswith("MARKETPLACE_")]:
        monkeypatch.delenv(name)
    missing, other = tmp_path / "mistyped", tmp_path / "documents"
    other.mkdir()
    for folder in (missing, other):
        for words in (("aging",), ("bill", "--period", "2026-11"), ("payments", "import", STATEMENT), ("verify",)):
            command = arguments(*words, "--data", folder)
            refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            assert refused.returncode == 1
            said = " ".join(refused.stderr.split())
            assert f"there are no books in {folder}" in said
            assert "marketplace init" in said
    assert not missing.exists()
    assert list(other.iterdir()) == []


def test_the_first_system_makes_a_book_and_says_which_account_to_open(run: Callable[..., Ran]) -> None:
    """Everything is taken over; a statement is refused whole with the command that helps, and then taken whole."""
    imported = run(*FIRST_SYSTEM, "--json")
    assert (imported.code, imported.told["portfolio"]) == (0, "main")
    assert all(line["ties"] for line in imported.told["tie_out"])
    assert "marketplace init main --account paybill:NUMBER" in imported.err
    before = run("payments", "list", "--json").told
    refused = run("payments", "import", STATEMENT)
    assert refused.code == 2
    assert "marketplace init main --account" in refused.err
    assert run("payments", "list", "--json").told == before

    opened = run("init", "main", "--account", "paybill:555123", "--json")
    assert (opened.code, opened.told["name"]) == (0, "first_system")
    taken = run("payments", "import", STATEMENT, "--account", "paybill:555123", "--json")
    assert (taken.code, taken.told["received"]["count"]) == (0, 29)
    again = run(*FIRST_SYSTEM, "--account", "cash:old-book", "--json")
    assert (again.code, again.told["repeated"]) == (0, True)
    assert len(run("payments", "list", "--json").told["payments"]) == len(before["payments"]) + 29
    assert run("verify").code == 0


def test_a_book_opened_again_keeps_what_is_not_said_anew(run: Callable[..., Ran]) -> None:
    """Its name, currency and zone stay; another currency is refused, and the books hold."""
    assert run("init", "flats", "--name", "Flats", "--currency", "UGX", "--zone", "Africa/Kampala").code == 0
    again = run("init", "flats", "--account", "bank:1", "--json").told
    assert (again["name"], again["currency"], again["zone"]) == ("Flats", "UGX", "Africa/Kampala")
    slip = run("init", "other", "--currency", "KSH")
    assert slip.code == 1
    assert "did you mean KES" in slip.err
    refused = run("init", "flats", "--currency", "KES")
    assert refused.code == 1
    assert "keeps its books in UGX" in refused.err
    assert run("verify").code == 0
