"""The month as a person works it: what each command answers, in tables and in JSON."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli.conftest import SAMPLE, Ran, arguments, surroundings
from tests.fixtures.databases import Database

pytestmark = pytest.mark.postgres
Marketplace = Callable[..., Ran]


def _amount(told: dict[str, str]) -> Decimal:
    assert told["currency"] == "KES"
    return Decimal(told["amount"])


def test_aging_adds_up(marketplace: Marketplace) -> None:
    """Total, buckets and leases of `aging --json` sum to each other, to the cent."""
    told = marketplace("aging", "--as-of", "2026-11-15", "--json").told
    assert _amount(told["total"]) == sum(map(_amount, told["buckets"].values())) > 0
    assert _amount(told["total"]) == sum(_amount(lease["total"]) for lease in told["leases"])
    for label, amount in told["buckets"].items():
        assert _amount(amount) == sum(_amount(lease["buckets"][label]) for lease in told["leases"])


@pytest.mark.parametrize(
    ("by", "rows"), [("tenant", "tenants"), ("property", "properties"), ("portfolio", "portfolios")]
)
def test_aging_groups_agree(marketplace: Marketplace, by: str, rows: str) -> None:
    """Grouped otherwise, the same total is owed."""
    by_lease = marketplace("aging", "--as-of", "2026-11-15", "--json").told
    grouped = marketplace("aging", "--as-of", "2026-11-15", "--by", by, "--json").told
    assert grouped["total"] == by_lease["total"]
    assert sum(_amount(row["total"]) for row in grouped[rows]) == _amount(by_lease["total"])


def test_a_statement_ends_at_what_aging_says(marketplace: Marketplace) -> None:
    """A lease's closing balance is its outstanding less its unapplied credit."""
    aged = marketplace("aging", "--as-of", "2026-11-15", "--json").told["leases"]
    for lease in aged[:3]:
        told = marketplace("statement", lease["lease"], "--to", "2026-11-15", "--json").told
        assert _amount(told["closing"]) == _amount(lease["total"]) - _amount(lease["unapplied"])


def test_a_match_is_explained_by_any_of_its_names(marketplace: Marketplace) -> None:
    """Transaction id, payment id and match id lead to one explanation."""
    by_transaction = marketplace("explain", "TK41216497", "--json").told
    assert len(by_transaction["matches"][0]["slices"]) == 3
    assert marketplace("explain", by_transaction["payment"], "--json").told == by_transaction
    assert marketplace("explain", by_transaction["matches"][0]["match"], "--json").told == by_transaction
    words = "\n".join(by_transaction["matches"][0]["words"][1:])
    assert "of A8 (" in words
    assert "amount KES 49,000.00 is made up with INV-" in words
    assert not any(known in words for known in ("inv_", "lse_", "pay_", "minor units"))


def test_the_books_prove_themselves(marketplace: Marketplace) -> None:
    """`verify` and `replay` end with 0 and say so on sound books."""
    assert marketplace("verify", "--json").told["ok"] is True
    replayed = marketplace("replay", "--json")
    assert replayed.code == 0
    assert replayed.told["portfolios"][0]["live"] == replayed.told["portfolios"][0]["replayed"]


def test_everything_twice_changes_nothing(marketplace: Marketplace) -> None:
    """The same import, billing, statement and reconciliation again leave the same books."""
    before = marketplace("replay", "--json").told["portfolios"][0]["live"]
    again: list[dict[str, Any]] = [
        marketplace("import", SAMPLE / "first_system", "--first-month", "2026-11", "--json").told,
        marketplace("bill", "--period", "2026-11", "--json").told,
        marketplace("payments", "import", SAMPLE / "mpesa_statement_2026-11.csv", "--json").told,
        marketplace("reconcile", "--as-of", "2026-11-15", "--json").told,
    ]
    assert (again[0]["repeated"], again[1]["invoices"], again[2]["received"]["count"], again[3]["applied"]) == (
        True,
        0,
        0,
        [],
    )
    assert marketplace("replay", "--json").told["portfolios"][0]["live"] == before


def test_eight_billings_at_once_give_one_series(fresh_database: Database, marketplace: Marketplace) -> None:
    """Eight `bill` at once make each invoice once, numbered without a gap."""
    running = [
        subprocess.Popen(
            arguments("bill", "--period", "2026-12", "--json"),
            env=surroundings(fresh_database),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    said = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0] * 8, said
    invoices = marketplace("invoices", "list", "--as-of", "2027-01-31", "--json").told["invoices"]
    numbers = sorted(int(it["number"][4:]) for it in invoices if it["number"].startswith("INV-"))
    assert numbers == list(range(1, len(numbers) + 1))
    december = [it["lease"] for it in invoices if it["from"].startswith("2026-12") and it["kind"] == "recurring"]
    assert len(december) == len(set(december)) > 20


def test_a_dry_run_plans_to_the_cent_and_writes_nothing(marketplace: Marketplace) -> None:
    """`bill --dry-run` lists invoices that sum to its total, which billing then makes."""
    before = marketplace("replay", "--json").told["portfolios"][0]["live"]
    planned = marketplace("bill", "--period", "2026-12", "--dry-run", "--json").told
    assert sum(_amount(it["total"]) for it in planned["plan"]) == _amount(planned["total"])
    assert marketplace("replay", "--json").told["portfolios"][0]["live"] == before
    done = marketplace("bill", "--period", "2026-12", "--json").told
    assert (done["invoices"], done["total"]) == (planned["invoices"], planned["total"])


def test_a_person_decides_and_takes_it_back(marketplace: Marketplace) -> None:
    """A chosen match pays; undone, the payment waits as before and the books still hold."""
    chosen = marketplace("review", "choose", "TK94804902", "A5", "--json")
    assert chosen.told["total"] == {"amount": "13000.00", "currency": "KES"}
    assert marketplace("review", "list", "--json").told["waiting"] == []
    assert marketplace("review", "undo", "TK94804902", "--reason", "wrong flat", "--yes").code == 0
    assert [it["transaction"] for it in marketplace("review", "list", "--json").told["waiting"]] == ["TK94804902"]
    assert marketplace("verify").code == 0


def test_a_backup_restores_to_the_same_books(marketplace: Marketplace, tmp_path: Path) -> None:
    """What changed after a backup is gone after its restore."""
    before = marketplace("replay", "--json").told["portfolios"][0]["live"]
    assert marketplace("backup", tmp_path / "books.backup").code == 0
    assert marketplace("bill", "--period", "2026-12").code == 0
    refused = marketplace("restore", tmp_path / "books.backup", "--yes")
    assert (refused.code, "add --replace" in refused.err) == (1, True)
    assert marketplace("restore", tmp_path / "books.backup", "--replace", "--yes").code == 0
    assert marketplace("replay", "--json").told["portfolios"][0]["live"] == before


def test_the_doctor_finds_it_well(marketplace: Marketplace) -> None:
    """`doctor` checks server, schema, rights, disk, chain and clock."""
    checked = marketplace("doctor", "--json")
    assert (checked.code, checked.told["ok"]) == (0, True)
    assert {"server", "schema", "rights", "disk", "python"} <= {it["check"] for it in checked.told["checks"]}
