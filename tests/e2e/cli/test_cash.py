"""Cash recorded by hand: once, for the lease that it names, and never in place of another payment."""

from __future__ import annotations

import pytest
from tests.e2e.cli.conftest import Marketplace

from marketplace_entrypoints.cli.failures import Exit

pytestmark = pytest.mark.postgres
PAID = (
    "payments",
    "record",
    "1500",
    "--receipt",
    "0007",
    "--on",
    "2026-11-20",
    "--reference",
    "A1",
    "--payer",
    "Wanjiku",
)


def test_cash_is_recorded_and_finds_its_lease(marketplace: Marketplace) -> None:
    """Into the only cash box; a dry run writes nothing, the same again changes nothing, and reconcile matches it."""
    assert marketplace("init", "sample", "--account", "cash:desk").code == Exit.DONE
    box = ("--account", "cash:desk")
    before = marketplace("payments", "list", "--json").told
    assert marketplace(*PAID, *box, "--dry-run", "--json").told["received"] == 1
    assert marketplace("payments", "list", "--json").told == before
    told = marketplace(*PAID, *box, "--json").told
    assert (told["received"], told["amount"]["amount"]) == (1, "1500.00")
    again = marketplace(*PAID, *box, "--json")
    assert (again.code, again.told["received"]) == (Exit.DONE, 0)
    assert marketplace("reconcile", "--as-of", "2026-11-20").code == Exit.DONE
    said = marketplace("explain", "0007")
    assert said.code == Exit.DONE
    paid = next(it for it in marketplace("payments", "list", "--json").told["payments"] if it["transaction"] == "0007")
    assert paid["unapplied"]["amount"] == "0.00"
    assert marketplace("verify").code == Exit.DONE


def test_a_receipt_of_another_payment_is_refused(marketplace: Marketplace) -> None:
    """Another amount, day or purpose under a number that is taken; nothing is lost."""
    assert marketplace("init", "sample", "--account", "cash:desk").code == Exit.DONE
    box = ("--account", "cash:desk")
    assert marketplace(*PAID, *box).code == Exit.DONE
    for other in (("--reference", "A2"), ("--on", "2026-11-21")):
        refused = marketplace(*_replaced(list(PAID), *other), *box)
        assert refused.code == Exit.FAILED
        assert "give this payment the number of its own receipt" in " ".join(refused.err.split())
    more = marketplace("payments", "record", "1600", *PAID[3:], *box)
    assert more.code == Exit.FAILED
    assert marketplace(*PAID, "--account", "paybill:555123").code == Exit.USAGE
    assert marketplace("verify").code == Exit.DONE


def test_cash_to_come_is_refused(marketplace: Marketplace) -> None:
    """A day after today is a slip."""
    assert marketplace("init", "sample", "--account", "cash:desk").code == Exit.DONE
    refused = marketplace(*_replaced(list(PAID), "--on", "2999-01-01"), "--account", "cash:desk")
    assert refused.code == Exit.USAGE


def _replaced(words: list[str], option: str, value: str) -> list[str]:
    """The words with another value of an option."""
    at = words.index(option)
    return [*words[:at], option, value, *words[at + 2 :]]
