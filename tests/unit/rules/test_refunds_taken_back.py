"""Refunds that came back, and refunds of payments that the provider took back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve
from tests.fixtures.account_book import NONE, NOW, Book, day, kes

from marketplace_core.domain.account_decisions import end_credit
from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.credit import Pin
from marketplace_core.domain.deposit_decisions import deduct_from_deposit, refund_deposit
from marketplace_core.domain.identifiers import CreditId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.ledger import REFUNDS, balances, receivable, unapplied
from marketplace_core.domain.refund_decisions import end_refunded_credits, refund, refund_lease, take_back_refund
from marketplace_core.errors import IllegalTransition, InvalidInput, OverAllocation


def refunded(on: str = "01-10") -> Book:
    """A rent of 15,000 paid with 20,000, of which 5,000 went back."""
    book = Book()
    book.pay("T1", "20000.00", "01-02")
    book.take(refund(book.account, CreditId("T1"), kes("5000.00"), day(on), "overpaid", book.command))
    return book


def test_a_reversed_payment_leaves_its_refund_to_be_paid_back() -> None:
    """The provider took 20,000 back and 5,000 had gone out: the lease owes its rent and the 5,000."""
    book = refunded()
    book.take(end_refunded_credits(book.account, book.account.credits, day("01-20"), book.command))
    assert book.standing("01-19") == (NONE, NONE, NONE)
    assert book.standing("01-20") == (kes("20000.00"), NONE, NONE)
    claim = book.account.invoices[-1]
    assert ([line.kind for line in claim.lines], claim.amount) == ([ChargeKind.REFUND], kes("5000.00"))
    assert (claim.issue_date, claim.due_date) == (day("01-20"), day("01-20"))
    sums = balances(book.postings)
    assert sums[REFUNDS, "KES"] == -500_000, "the refund stays paid out"
    assert sums[receivable("l1"), "KES"] == 2_000_000
    assert sums[unapplied("l1"), "KES"] == 0
    book.tell_one_story("02-15")


def test_a_reversal_dated_before_the_refund_asks_for_it_from_its_day_on() -> None:
    """Reported late: the rent is owed again from the reversal on, the refund from when it was paid out."""
    book = refunded(on="01-25")
    book.take(end_refunded_credits(book.account, book.account.credits, day("01-20"), book.command))
    assert book.standing("01-22") == (kes("15000.00"), NONE, NONE)
    assert book.standing("01-25") == (kes("20000.00"), NONE, NONE)
    book.tell_one_story("02-15")


def test_what_was_refunded_is_not_taken_from_a_credit_unseen() -> None:
    """An undone match, in which the refund never happened, names what has to be taken back first."""
    book = refunded()
    with pytest.raises(IllegalTransition, match=r"5,?000\.00 of credit T1 went out on 2026-01-10"):
        end_credit(book.account, CreditId("T1"), day("01-02"), book.command)


def test_a_refund_that_came_back_is_credit_again() -> None:
    """From its day on, and once; it can go out again after that."""
    book = refunded()
    use = book.account.uses[0]
    book.take(take_back_refund(book.account, use.use_id, day("01-15"), "account closed", book.command))
    assert book.standing("01-14") == (NONE, NONE, NONE)
    assert book.standing("01-15") == (NONE, kes("5000.00"), NONE)
    with pytest.raises(IllegalTransition, match="already"):
        take_back_refund(book.account, use.use_id, day("01-16"), "again", book.command)
    book.take(refund_lease(book.account, kes("5000.00"), day("01-20"), "by cheque", book.command))
    assert book.standing("01-20") == (NONE, NONE, NONE)
    book.tell_one_story("02-15")


def test_what_was_known_before_a_refund_came_back_stays_known() -> None:
    """As known before, the money was out; as known now, it is credit from its day on."""
    book = refunded()
    known = NOW + timedelta(hours=1)
    late = evolve(book.command, recorded_at=known)
    book.take(take_back_refund(book.account, book.account.uses[0].use_id, day("01-15"), "bounced", late))
    assert book.account.known(NOW).unapplied(day("01-31")) == NONE
    assert book.account.known(known).unapplied(day("01-31")) == kes("5000.00")


def test_a_deduction_of_a_deposit_that_was_taken_back_is_not_refunded() -> None:
    """30,000 were held, 4,000 deducted and 26,000 refunded; the provider took the payment back: nothing is free."""
    book = Book(deposit="30000.00")
    book.pay("T0", "15000.00", "01-02", (Pin(book.invoice(InvoiceKind.RECURRING), kes("15000.00")),))
    book.pay("T1", "30000.00", "01-02", (Pin(book.invoice(InvoiceKind.DEPOSIT), kes("30000.00")),))
    book.take(deduct_from_deposit(book.account, kes("4000.00"), day("01-10"), "window", book.command))
    book.take(refund_deposit(book.account, kes("26000.00"), day("01-10"), "left", book.command))
    book.take(end_credit(book.account, CreditId("T1"), day("01-20"), book.command))
    assert book.standing("01-20") == (kes("30000.00"), kes("4000.00"), kes("-30000.00"))
    for step in (refund_lease, lambda *what: refund(what[0], book.account.credits[-1].credit_id, *what[1:])):
        with pytest.raises(OverAllocation, match=r"KES 0\.00 is unapplied"):
            step(book.account, kes("4000.00"), day("01-25"), "left", book.command)


def test_a_refund_that_never_left_leaves_nothing_behind() -> None:
    """Taken back on its own day it never was: the credit pays the next rent."""
    book = refunded()
    use = book.account.uses[0]
    with pytest.raises(InvalidInput, match="say why"):
        take_back_refund(book.account, use.use_id, day("01-10"), " ", book.command)
    book.take(take_back_refund(book.account, use.use_id, day("01-10"), "typed twice", book.command))
    assert book.standing("01-12") == (NONE, kes("5000.00"), NONE)
    book.bill("2026-02")
    assert book.standing("02-01") == (kes("10000.00"), NONE, NONE)
    assert sum(it.amount.amount_minor for it in book.account.standing_allocations()) == 2_000_000
    book.tell_one_story("02-15")


def test_a_refund_of_the_lease_takes_the_oldest_credit_first() -> None:
    """Over several credits, and not a cent more than all of them have."""
    book = Book()
    book.pay("T1", "16000.00", "01-02")
    book.pay("T2", "3000.00", "01-05")
    with pytest.raises(OverAllocation, match="unapplied"):
        refund_lease(book.account, kes("4000.01"), day("01-10"), "overpaid", book.command)
    with pytest.raises(InvalidInput, match="above zero"):
        refund_lease(book.account, NONE, day("01-10"), "overpaid", book.command)
    book.take(refund_lease(book.account, kes("2500.00"), day("01-10"), "overpaid", book.command))
    given = {use.credit_id: use.amount for use in book.account.uses}
    assert given == {"T1": kes("1000.00"), "T2": kes("1500.00")}
    assert book.standing("01-10") == (NONE, kes("1500.00"), NONE)


def test_a_refund_is_not_dated_before_its_credit() -> None:
    """What came on 5 January cannot go out on the 3rd."""
    book = Book()
    book.pay("T1", "16000.00", "01-05")
    with pytest.raises(OverAllocation, match="unapplied"):
        refund_lease(book.account, kes("1000.00"), day("01-03"), "overpaid", book.command)
