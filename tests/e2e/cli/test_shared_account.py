"""Two portfolios share one paybill: a statement's payments go where their references are let, the rest to a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import ACCOUNT, SAMPLE, Ran

pytestmark = pytest.mark.postgres
Marketplace = Callable[..., Ran]

STATEMENT = SAMPLE / "mpesa_statement_2026-11.csv"


def _payments(marketplace: Marketplace, portfolio: str) -> dict[str, str]:
    listed = marketplace("payments", "list", "--portfolio", portfolio, "--json").told["payments"]
    return {it["transaction"]: it["reference"] for it in listed}


def test_a_statement_of_a_shared_account_is_routed(marketplace: Marketplace, tmp_path: Path) -> None:
    """What was received stays, references go to their book, the rest is held, and a person assigns it once."""
    assert marketplace("init", "other", "--account", ACCOUNT, "--json").code == 0
    known = marketplace("payments", "import", STATEMENT, "--portfolio", "other", "--json").told
    assert known["received"]["count"] == known["held"] == 0
    assert known["repeated"] == known["payments"]["count"] > 0
    assert _payments(marketplace, "other") == {}

    fresh = tmp_path / "fresh.csv"
    fresh.write_text(STATEMENT.read_text("utf-8").replace("\nTK", "\nUK").replace(",TK", ",UK"), "utf-8")
    done = marketplace("payments", "import", fresh, "--portfolio", "other", "--json").told
    held = marketplace("payments", "held", "--portfolio", "other", "--json").told["held"]
    assert len(held) == done["held"] > 0
    assert done["received"]["count"] + done["held"] == done["payments"]["count"]
    assert _payments(marketplace, "other") == {}
    assert len([it for it in _payments(marketplace, "sample") if it.startswith("UK")]) == done["received"]["count"] > 0

    wanted = held[0]["transaction"]
    words = ("payments", "assign", wanted, "--portfolio", "other", "--yes", "--json")
    assert marketplace(*words).code != 0
    assert marketplace(*words, "--reason", "their caretaker called").code == 0
    assert list(_payments(marketplace, "other")) == [wanted]
    assert marketplace(*words, "--reason", "again").code != 0
    assert len(marketplace("payments", "held", "--portfolio", "sample", "--json").told["held"]) == len(held) - 1
