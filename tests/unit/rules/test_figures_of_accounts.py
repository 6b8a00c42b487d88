"""The figures that public systems agree on for allocation, aging and deposits, through a portfolio's life."""

from datetime import date, timedelta

import pytest

from marketplace_core.domain.aging import AgingBuckets
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.money import KES, Money
from marketplace_core.errors import DepositExceeded, MarketplaceError, NotFound, OverAllocation
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks


@pytest.fixture
def life() -> PortfolioLife:
    """An open portfolio with three units."""
    return PortfolioLife(MemoryBooks()).opened()


def shares(life: PortfolioLife, lease_id: str = "l1") -> list[int]:
    """What is open of each invoice, in whole units, in order of numbers."""
    left = life.open_amounts(lease_id)
    return [left.get(invoice.number, 0) // 100 for invoice in life.invoices(lease_id)]


def test_oldest_due_first(life: PortfolioLife) -> None:
    """C7: 20,000 on three rents of 15,000 pays 15,000, 5,000 and nothing."""
    life.let()
    for month in ("2026-01", "2026-02", "2026-03"):
        life.bill(month)
    life.give(life.pay("T1", 20_000, "2026-03-05"), {"l1": 20_000})
    assert shares(life) == [0, 10_000, 15_000]


def test_the_rest_is_credit_that_the_next_invoice_takes(life: PortfolioLife) -> None:
    """C7: 20,000 on one rent of 15,000 leaves 5,000, which the next invoice takes."""
    life.let()
    life.bill("2026-01")
    life.give(life.pay("T1", 20_000, "2026-01-05"), {"l1": 20_000})
    assert life.unapplied() == 500_000
    life.bill("2026-02")
    assert (shares(life), life.unapplied()) == ([0, 10_000], 0)


def test_what_a_payer_named_is_paid_first(life: PortfolioLife) -> None:
    """C7: an explicit allocation comes before the policy."""
    life.let()
    life.bill("2026-01")
    life.bill("2026-02")
    later = life.invoices()[1].invoice_id
    life.give(life.pay("T1", 18_000, "2026-02-05"), {"l1": 18_000}, {"l1": {later: 15_000}})
    assert shares(life) == [12_000, 0]


def test_a_reversal_restores(life: PortfolioLife) -> None:
    """C7: from the day on which a payment is reversed the invoice is open again; before, it was paid."""
    life.let()
    life.bill("2026-01")
    payment_id = life.pay("T1", 15_000, "2026-01-05")
    life.give(payment_id, {"l1": 15_000})
    life.reverse(payment_id, "2026-01-20")
    assert life.open_amounts(as_of="2026-01-19") == {}
    assert shares(life) == [15_000]


def test_a_payment_given_twice_to_one_lease_is_reversed_whole(life: PortfolioLife) -> None:
    """Two matches of one payment to one lease end together, and the account is as it was."""
    life.let()
    life.bill("2026-01")
    payment_id = life.pay("T1", 15_000, "2026-01-05")
    life.give(payment_id, {"l1": 9_000})
    life.give(payment_id, {"l1": 6_000})
    life.reverse(payment_id, "2026-01-05")
    assert shares(life) == [15_000]
    account = life.store.account(life.portfolio_id, LeaseId("l1"))
    assert list(account.standing_allocations()) == []


@pytest.mark.parametrize(
    ("amounts", "pin"),
    [({"l1": 15_001}, None), ({"l1": 10_000, "l2": 6_000}, None), ({"l1": 100}, "l2"), ({"l1": 0}, None)],
    ids=["more than the payment", "more than the payment in parts", "another lease's invoice", "nothing"],
)
def test_wrong_allocations_are_refused_with_nothing_stored(
    life: PortfolioLife, amounts: dict[str, int], pin: str | None
) -> None:
    """C7: too much, another lease's invoice and zero are refused, and the books stay as they were."""
    life.let(1)
    life.let(2)
    life.bill("2026-01")
    payment_id = life.pay("T1", 15_000, "2026-01-05")
    foreign = life.invoices("l2")[0].invoice_id
    before = life.state()
    if pin is None:
        with pytest.raises((OverAllocation, NotFound)):
            life.give(payment_id, amounts)
        assert life.state() == before
    else:
        life.give(payment_id, amounts, {"l1": {foreign: 100}})
        assert (shares(life, "l1"), shares(life, "l2")) == ([14_900], [15_000])


def test_credit_notes_never_exceed_their_invoice(life: PortfolioLife) -> None:
    """C6: several notes sum to at most the invoice; what was paid becomes credit."""
    lease_id = life.let()
    life.bill("2026-01")
    life.give(life.pay("T1", 15_000, "2026-01-05"), {"l1": 15_000})
    invoice_id, on = life.invoices()[0].invoice_id, date(2026, 1, 10)
    life.correct.credit_invoice(life.command(), lease_id, invoice_id, life.money(9_999), on)
    life.correct.credit_invoice(life.command(), lease_id, invoice_id, life.money(5_001), on)
    with pytest.raises(OverAllocation):
        life.correct.credit_invoice(life.command(), lease_id, invoice_id, Money(1, KES), on)
    assert (shares(life), life.unapplied()) == ([0], 1_500_000)


@pytest.mark.parametrize(
    ("days", "bucket"), [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4)]
)
def test_the_boundaries_of_buckets(life: PortfolioLife, days: int, bucket: int) -> None:
    """C8: 0, 1, 30, 31, 60, 61, 90 and 91 days fall where every agent says; one day off is found."""
    life.let(due_day=10)
    life.bill("2026-01")
    as_of = life.invoices()[0].due_date + timedelta(days=days)
    report = life.store.report(life.portfolio_id, as_of)
    assert [it.amount_minor for it in report.total.buckets] == [1_500_000 if n == bucket else 0 for n in range(5)]
    assert AgingBuckets().labels == ("current", "1-30", "31-60", "61-90", "90+")


def test_unapplied_credit_is_never_netted_between_tenants(life: PortfolioLife) -> None:
    """C8: one tenant's credit stands apart and does not lessen what another owes."""
    life.let(1)
    life.let(2)
    life.bill("2026-01")
    life.give(life.pay("T1", 20_000, "2026-01-05"), {"l1": 20_000})
    report = life.store.report(life.portfolio_id, date(2026, 1, 31))
    assert {it.key: (it.outstanding.amount_minor, it.unapplied.amount_minor) for it in report.rows} == {
        "l1": (0, 500_000),
        "l2": (1_500_000, 0),
    }


def test_a_deposit_is_held_until_it_is_paid_out(life: PortfolioLife) -> None:
    """C11: held, deducted with a reason, refunded; never more than is held, and never income."""
    lease_id = life.let(deposit=life.money(10_000))
    life.bill("2026-01")
    life.give(life.pay("T1", 25_000, "2026-01-05"), {"l1": 25_000})
    life.correct.deduct_from_deposit(life.command(reason="door"), lease_id, life.money(2_000), date(2026, 1, 20))
    life.correct.refund_deposit(life.command(reason="left"), lease_id, life.money(8_000), date(2026, 1, 21))
    with pytest.raises(DepositExceeded):
        life.correct.refund_deposit(life.command(reason="again"), lease_id, Money(1, KES), date(2026, 1, 22))
    account = life.store.account(life.portfolio_id, lease_id)
    assert account.deposit(date(2026, 1, 20)).held == life.money(8_000)
    assert account.deposit(date(2026, 1, 21)).held == Money(0, KES)
    assert not any('"income:deposit"' in row.body for row in life.state())


def test_a_voided_number_is_kept(life: PortfolioLife) -> None:
    """C14: a void frees no number; the reissue has the next one."""
    lease_id = life.let()
    life.bill("2026-01")
    life.correct.void_invoice(life.command(), lease_id, life.invoices()[0].invoice_id, date(2026, 1, 9))
    life.bill("2026-01")
    assert [it.number for it in life.invoices()] == ["INV-000001", "INV-000002"]
    with pytest.raises(MarketplaceError):
        life.correct.void_invoice(life.command(), lease_id, life.invoices()[0].invoice_id, date(2026, 1, 9))
