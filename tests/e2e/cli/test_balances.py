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
