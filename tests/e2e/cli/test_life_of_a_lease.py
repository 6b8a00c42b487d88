"""Charges, late fees, refunds and changing terms as a bookkeeper types them; the books prove themselves after each."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli.conftest import Marketplace, Ran

from marketplace_entrypoints.cli.failures import Exit

pytestmark = pytest.mark.postgres
WHY = ("--reason", "test", "--yes", "--json")


def done(ran: Ran) -> dict[str, Any]:
    """The answer of a run that succeeded."""
    assert ran.code == Exit.DONE, ran.err
    return ran.told


def owed(marketplace: Marketplace, lease: str, as_of: str) -> Decimal:
    """What the ledger says a lease owes."""
    rows = marketplace("balances", "--as-of", as_of, "--by", "lease", "--json").told["owed"]
    return sum((Decimal(it["balance"]["amount"]) for it in rows if it["lease"] == lease), Decimal(0))


@pytest.fixture
def lease(marketplace: Marketplace) -> str:
    """The id of a lease that is billed."""
    leases = marketplace("leases", "list", "--json").told["leases"]
    return str(next(it["lease"] for it in leases if it["status"] == "active" and it["to"] is None))


def test_a_charge_is_billed_at_once_or_with_the_next_month(marketplace: Marketplace, lease: str) -> None:
    """Once each; what a rule charges is not charged by hand."""
    before = owed(marketplace, lease, "2026-12-31")
    damage = ("leases", "charge", lease, "2500", "--kind", "repair", "--on", "2026-11-20", *WHY)
    assert marketplace(*damage, "--now", "--dry-run").code == Exit.DONE
    assert owed(marketplace, lease, "2026-12-31") == before
    done(marketplace(*damage, "--now"))
    assert owed(marketplace, lease, "2026-12-31") == before + 2500
    done(marketplace("leases", "charge", lease, "300.50", "--kind", "water", "--on", "2026-11-25", *WHY))
    assert owed(marketplace, lease, "2026-12-31") == before + 2500
    (invoice,) = [
        it
        for it in done(marketplace("bill", "--period", "2026-12", "--dry-run", "--json"))["plan"]
        if it["lease"] == lease
    ]
    assert "300.50" in [line["amount"]["amount"] for line in invoice["lines"]]
    done(marketplace("bill", "--period", "2026-12", "--json"))
    done(marketplace("bill", "--period", "2027-01", "--json"))
    lines = [
        line
        for it in marketplace("invoices", "list", lease, "--as-of", "2027-01-31", "--json").told["invoices"]
        for line in it["lines"]
    ]
    assert [line["amount"]["amount"] for line in lines].count("300.50") == 1
    assert marketplace("leases", "charge", lease, "1", "--kind", "deposit", *WHY).code == Exit.USAGE
    assert marketplace("leases", "charge", lease, "1", "--now", "--every-period", *WHY).code == Exit.USAGE
    assert marketplace("verify").code == Exit.DONE


def _billed(marketplace: Marketplace, lease: str, month: str) -> list[str]:
    """The amounts of the lines that billing a month would give a lease now."""
    plan = done(marketplace("bill", "--period", month, "--dry-run", "--json"))["plan"]
    return [line["amount"]["amount"] for it in plan if it["lease"] == lease for line in it["lines"]]


def test_a_charge_is_stopped(marketplace: Marketplace, lease: str) -> None:
    """One of every period from a day on; one that is once while no invoice that stands has it; the rent never."""
    charge = ("leases", "charge", lease)
    done(marketplace(*charge, "900", "--kind", "parking", "--every-period", "--on", "2026-12-01", *WHY))
    done(marketplace(*charge, "2500", "--kind", "repair", "--on", "2026-11-20", "--now", *WHY))
    known = {it["kind"]: it for it in marketplace("leases", "charges", lease, "--json").told["charges"]}
    assert (known["parking"]["to"], known["repair"]["billed"]) == (None, True)
    stop = ("leases", "stop-charge", lease)
    assert "900.00" in _billed(marketplace, lease, "2027-01")
    done(marketplace(*stop, known["parking"]["charge"], "--from", "2027-01-11", *WHY))
    assert {"290.32", "900.00"} & set(_billed(marketplace, lease, "2027-01")) == {"290.32"}
    assert "900.00" in _billed(marketplace, lease, "2026-12")

    refused = marketplace(*stop, known["repair"]["charge"], *WHY)
    assert refused.code == Exit.FAILED
    (number,) = [
        it["number"]
        for it in marketplace("invoices", "list", lease, "--json").told["invoices"]
        if any(line["amount"]["amount"] == "2500.00" for line in it["lines"])
    ]
    assert number in refused.err
    done(marketplace("invoices", "void", number, "--on", "2026-11-21", *WHY))
    assert "2500.00" in _billed(marketplace, lease, "2026-12")
    done(marketplace(*stop, known["repair"]["charge"], *WHY))
    assert "2500.00" not in _billed(marketplace, lease, "2026-12")
    assert marketplace(*stop, known["rent"]["charge"], "--from", "2027-01-01", *WHY).code != Exit.DONE
    assert marketplace(*stop, "none", *WHY).code == Exit.FAILED
    assert marketplace("verify").code == Exit.DONE


def test_late_fees_are_charged_as_agreed(marketplace: Marketplace, lease: str) -> None:
    """Agreed on, charged once; agreed on none, no more."""
    done(marketplace("bill", "--period", "2026-12", "--json"))
    assert marketplace("leases", "late-fee", lease, "--percent", "2.555", *WHY).code == Exit.USAGE
    for option in (("--cap", "100"), ("--from", "2026-12-01")):
        assert marketplace("leases", "late-fee", lease, *option, *WHY).code == Exit.USAGE
    done(marketplace("leases", "late-fee", lease, "--flat", "500", "--from", "2027-02-21", *WHY))
    assert marketplace("late-fees", "--as-of", "2027-02-20", "--json").told["fees"] == []
    done(marketplace("leases", "late-fee", lease, "--flat", "500", *WHY))
    fees = marketplace("late-fees", "--as-of", "2027-02-20", "--json").told["fees"]
    assert {line["amount"]["amount"] for it in fees for line in it["lines"]} == {"500.00"}
    assert {it["lease"] for it in fees} == {lease}
    assert marketplace("late-fees", "--as-of", "2027-02-20", "--json").told["fees"] == []
    done(marketplace("leases", "late-fee", lease, *WHY))
    done(marketplace("bill", "--period", "2027-01", "--json"))
    assert marketplace("late-fees", "--as-of", "2027-03-20", "--json").told["fees"] == []
    assert marketplace("verify").code == Exit.DONE


def test_credit_is_refunded_and_comes_back(marketplace: Marketplace, lease: str) -> None:
    """Given, listed, taken back; never more than there is."""
    waiting = marketplace("payments", "list", "--waiting", "--json").told["payments"]
    name = waiting[0]["transaction"]
    amount = Decimal(waiting[0]["unapplied"]["amount"])
    done(marketplace("review", "choose", name, lease, *WHY))
    free = -min(owed(marketplace, lease, "2026-11-30"), Decimal(0))
    assert 0 < free <= amount
    too_much = marketplace("refunds", "give", lease, str(free + 1), "--on", "2026-11-30", *WHY)
    assert (too_much.code, "unapplied" in too_much.out) == (Exit.FAILED, True)
    given = done(marketplace("refunds", "give", lease, str(free), "--on", "2026-11-30", *WHY))
    assert owed(marketplace, lease, "2026-11-30") == 0
    (refund,) = marketplace("refunds", "list", "--json").told["refunds"]
    assert refund["refund"] == given["refunds"][0]["refund"]
    done(marketplace("refunds", "take-back", refund["refund"], "--on", "2026-12-02", *WHY))
    assert owed(marketplace, lease, "2026-12-01") == 0
    assert owed(marketplace, lease, "2026-12-02") == -free
    again = marketplace("refunds", "take-back", refund["refund"], "--on", "2026-12-02", *WHY)
    assert (again.code, "already" in again.out) == (Exit.FAILED, True)
    assert "2026-12-02" in marketplace("refunds").out
    assert marketplace("verify").code == Exit.DONE


def test_a_renewal_after_the_month_was_billed_says_which_month_to_bill(marketplace: Marketplace, lease: str) -> None:
    """Ended before it began, renewed when the run is over: no later run comes back to it."""
    done(marketplace("leases", "notice", lease, "--end", "2026-11-01", *WHY))
    for it in marketplace("invoices", "list", lease, "--as-of", "2026-11-30", "--json").told["invoices"]:
        if it["from"] == "2026-11-01":
            done(marketplace("invoices", "void", it["number"], *WHY))
    done(marketplace("bill", "--period", "2026-11", "--json"))
    (left,) = done(marketplace("leases", "renew", lease, *WHY))["left_unbilled"]
    assert left["period"] == "2026-11"
    done(marketplace("bill", "--period", left["period"], "--json"))
    assert done(marketplace("leases", "late-fee", lease, *WHY))["left_unbilled"] == []


def test_an_end_within_a_billed_month_says_what_to_credit(marketplace: Marketplace, lease: str) -> None:
    """And doing what it says leaves nothing to say."""
    told = done(marketplace("leases", "notice", lease, "--end", "2026-11-16", "--dry-run", *WHY))
    (wrong,) = told["billed_otherwise"]
    extra = Decimal(wrong["billed"]["amount"]) - Decimal(wrong["due"]["amount"])
    assert extra > 0
    said = marketplace("leases", "notice", lease, "--end", "2026-11-16", "--reason", "test").out
    assert f"marketplace invoices credit {wrong['number']} {extra}" in " ".join(said.split())
    done(marketplace("invoices", "credit", wrong["number"], str(extra), "--on", "2026-11-16", *WHY))
    assert done(marketplace("leases", "end", lease, "--end", "2026-11-16", *WHY))["billed_otherwise"] == []
    assert marketplace("verify").code == Exit.DONE


def test_a_command_id_that_was_used_is_said(marketplace: Marketplace, lease: str) -> None:
    """The same kind writes nothing and says so; another kind is refused."""
    first = ("leases", "charge", lease, "100", "--command-id", "ONCE", *WHY)
    assert "repeated" not in done(marketplace(*first))
    again = marketplace(*first)
    assert (done(again)["repeated"], "was done before" in again.err) == (True, True)
    plainly = marketplace("leases", "charge", lease, "900", "--command-id", "ONCE")
    assert (plainly.code, plainly.out, "was done before" in plainly.err) == (Exit.DONE, "", True)
    other = marketplace("leases", "rent", lease, "100", "--from", "2027-01-01", "--command-id", "ONCE", *WHY)
    assert (other.code, "id of its own" in other.out) == (Exit.FAILED, True)


def test_an_import_names_its_account_where_there_are_two(marketplace: Marketplace, sample_folder: Path) -> None:
    """Else old payments would stand in an account of their own, and be received again from a statement."""
    done(marketplace("init", "sample", "--account", "bank:0123", "--json"))
    again = marketplace("import", sample_folder, "--first-month", "2026-11", "--json")
    assert (again.code, "--account" in again.out) == (Exit.USAGE, True)


def test_a_further_account_leaves_the_portfolio_as_it_is(marketplace: Marketplace) -> None:
    """Its name stays when only an account is given."""
    before = marketplace("init", "sample", "--json").told["name"]
    told = done(marketplace("init", "sample", "--account", "bank:0123", "--json"))
    assert (told["name"], told["accounts"]) == (before, ["bank-0123"])
    assert marketplace("init", "sample", "--json").told["name"] == before


def test_a_month_before_the_take_over_bills_nothing(marketplace: Marketplace) -> None:
    """Neither rent nor deposits, which the first system billed."""
    for month in ("2024-01", "2025-06", "2026-01"):
        assert marketplace("bill", "--period", month, "--json").told["invoices"] == 0


def test_a_deduction_that_pays_nothing_is_said(marketplace: Marketplace, lease: str) -> None:
    """Damage that was never charged would else come back to the tenant as credit; charged too, it is paid."""
    open_now = owed(marketplace, lease, "2026-11-20")
    (held,) = [
        Decimal(it["held"]["amount"])
        for it in marketplace("deposits", "--as-of", "2026-11-20", "--json").told["deposits"]
        if it["lease"] == lease
    ]
    idle = min(Decimal(700), held)
    amount = max(open_now, Decimal(0)) + idle
    deduct = ("deposits", "deduct", lease, str(amount), "--on", "2026-11-20", "--reason", "paint")
    assert done(marketplace(*deduct, "--dry-run", "--json"))["unapplied"]["amount"] == f"{idle:.2f}"
    said = " ".join(marketplace(*deduct).out.split())
    charge = f"leases charge {lease} {idle:.2f} --kind repair --on 2026-11-20 --now"
    assert charge in said
    assert marketplace(*charge.split()).code == Exit.DONE
    assert owed(marketplace, lease, "2026-11-20") == min(open_now, Decimal(0))
    assert marketplace("verify").code == Exit.DONE


def test_the_last_day_is_within_what_is_asked_for(marketplace: Marketplace, lease: str) -> None:
    """An open period's first day may be the last day asked for; a lease's last day is told as a period's is."""
    rise = ("what-if", "lease", lease, "--rent", "1", "--from", "2026-12-01")
    one_day = marketplace(*rise, "--to", "2026-12-01", "--json")
    assert (done(one_day)["to"], len(one_day.told["changes"])) == ("2026-12-01", 1)
    assert len(done(marketplace(*rise, "--to", "2027-01-01", "--json"))["changes"]) == 2
    done(marketplace("leases", "notice", lease, "--end", "2027-03-16", *WHY))
    (told,) = [it for it in marketplace("leases", "list", "--json").told["leases"] if it["lease"] == lease]
    assert told["to"] == "2027-03-15"
    assert "2027-03-15" in marketplace("leases", "list").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("statement", "A8", "--from", "2026-11-30", "--to", "2026-11-01"),
            "--to 2026-11-01 is before --from 2026-11-30",
        ),
        (
            ("what-if", "lease", "A8", "--rent", "1", "--from", "2026-11-30", "--to", "2026-11-01"),
            "--to 2026-11-01 is before the first day, 2026-11-30",
        ),
        (("leases", "late-fee", "A8", "--flat", "5", "--percent", "5"), "--flat and --percent exclude each other"),
    ],
)
def test_words_that_do_not_go_together_are_named_as_typed(
    marketplace: Marketplace, words: tuple[str, ...], says: str
) -> None:
    """By the options themselves, and not by what becomes of them."""
    ran = marketplace(*words)
    assert ran.code == Exit.USAGE
    assert says in ran.err


def test_a_deposit_goes_over_to_another_lease(marketplace: Marketplace) -> None:
    """No more than is held; the sum of all deposits stays, and the invoice that still asks for one is named."""

    def held() -> dict[str, Decimal]:
        rows = marketplace("deposits", "list", "--as-of", "2026-12-31", "--json").told["deposits"]
        return {it["lease"]: Decimal(it["held"]["amount"]) for it in rows}

    before = held()
    first, second = list(before)[:2]
    over = ("deposits", "transfer", first, "1000", "--on", "2026-11-20", "--to", second, *WHY)
    assert marketplace(*over, "--dry-run").code == Exit.DONE
    assert held() == before
    assert done(marketplace(*over))["deposit_invoices_open"] == []
    after = held()
    assert (after[first], after[second]) == (before[first] - 1000, before[second] + 1000)
    assert sum(after.values()) == sum(before.values())
    assert marketplace(*over[:3], "999999", *over[4:]).code == Exit.FAILED
    assert marketplace(*over[:7], first, *WHY).code == Exit.FAILED
    assert marketplace("verify").code == Exit.DONE
