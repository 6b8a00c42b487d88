"""The ledger as the program tells it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.e2e.cli.conftest import Ran

pytestmark = pytest.mark.postgres
Marketplace = Callable[..., Ran]


def test_the_ledger_agrees_with_the_aging_report(marketplace: Marketplace) -> None:
    """Both sides are equal, and each lease owes its aging total less its unapplied credit."""
    trial = marketplace("balances", "--as-of", "2026-11-15", "--json").told
    (total,) = trial["totals"]
    assert trial["is_balanced"]
    assert total["debits"] == total["credits"]
    aged = marketplace("aging", "--as-of", "2026-11-15", "--json").told["leases"]
    owed = marketplace("balances", "--as-of", "2026-11-15", "--by", "lease", "--json").told["owed"]
    expected = {it["lease"]: Decimal(it["total"]["amount"]) - Decimal(it["unapplied"]["amount"]) for it in aged}
    assert {it["lease"]: Decimal(it["balance"]["amount"]) for it in owed} == {
        lease: balance for lease, balance in expected.items() if balance
    }
    assert owed
    assert "receivable:" in marketplace("balances").out


def test_a_day_of_knowledge_is_a_day_of_the_portfolio(marketplace: Marketplace) -> None:
    """In Nairobi a day ends at 21:00 UTC; an instant with a zone is taken as it is written."""
    asked = {
        "2026-11-30": "2026-11-30T20:59:59.999999+00:00",
        "2026-11-30T12:00": "2026-11-30T09:00:00+00:00",
        "2026-11-30T12:00:00Z": "2026-11-30T12:00:00+00:00",
    }
    for text, instant in asked.items():
        for command in ("aging", "balances"):
            assert marketplace(command, "--known-on", text, "--json").told["known_on"] == instant
    assert marketplace("aging", "--known-on", "0001-01-01T00:00").code == 1
