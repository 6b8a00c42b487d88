"""No sequence of corrections pays out money that never came in."""

from __future__ import annotations

import pytest
from tests.fixtures.account_book import NONE, NOW, Book, day, kes

from marketplace_core.domain import account_decisions as decisions
from marketplace_core.domain import refund_decisions
from marketplace_core.domain.credit import Pin
from marketplace_core.domain.deposit_decisions import refund_deposit
from marketplace_core.domain.identifiers import (
    CreditId,
)
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.late_fee import late_fees
from marketplace_core.domain.lease import LateFeeRule
from marketplace_core.errors import DepositExceeded, IllegalTransition, OverAllocation


@pytest.mark.parametrize("give_up", [decisions.write_off, decisions.credit_invoice])
def test_a_deposit_that_nobody_paid_is_not_given_up(give_up: object) -> None:
    """Written off or credited it would count as held, and could be paid out: void it instead."""
    book = Book(deposit="30000.00")
    deposit = book.invoice(InvoiceKind.DEPOSIT)
    with pytest.raises(IllegalTransition, match="void it"):
        give_up(book.account, deposit, kes("30000.00"), day("01-20"), "waived", book.command)  # type: ignore[operator]
    book.take(decisions.void(book.account, deposit, day("01-20"), "waived", book.command))
    assert book.standing("01-31") == (kes("15000.00"), NONE, NONE)
    with pytest.raises(DepositExceeded):
        refund_deposit(book.account, kes("0.01"), day("01-31"), "moved out", book.command)


def test_a_refunded_deposit_is_not_voided() -> None:
    """Else its money would stand to the tenant's credit and be paid out a second time."""
    book = Book(deposit="30000.00")
    book.pay("T1", "45000.00", "01-02")
    book.take(refund_deposit(book.account, kes("30000.00"), day("02-01"), "moved out", book.command))
    with pytest.raises(DepositExceeded):
        decisions.void(book.account, book.invoice(InvoiceKind.DEPOSIT), day("02-02"), "mistake", book.command)


def test_a_deposit_that_was_only_paid_may_be_voided() -> None:
    """What was paid is the tenant's credit then."""
    book = Book(deposit="30000.00")
    book.pay("T1", "45000.00", "01-02")
    book.take(decisions.void(book.account, book.invoice(InvoiceKind.DEPOSIT), day("02-02"), "mistake", book.command))
    assert book.standing("02-02") == (NONE, kes("30000.00"), NONE)


def test_what_a_deposit_lacks_is_not_refunded_as_credit() -> None:
    """The payment behind a refunded deposit is undone; the next one fills the deposit, it is not paid out again."""
    book = Book(deposit="30000.00")
    book.pay("T1", "45000.00", "01-02")
    book.take(refund_deposit(book.account, kes("30000.00"), day("02-01"), "moved out", book.command))
    book.take(decisions.end_credit(book.account, CreditId("T1"), day("01-02"), book.command))
    assert book.standing("02-28") == (kes("45000.00"), NONE, kes("-30000.00"))
    second = book.pay("T2", "50000.00", "03-01")
    assert book.standing("03-01") == (NONE, kes("5000.00"), NONE)
    with pytest.raises(OverAllocation):
        refund_decisions.refund(book.account, second, kes("5000.01"), day("03-02"), "overpaid", book.command)
    book.take(refund_decisions.refund(book.account, second, kes("5000.00"), day("03-02"), "overpaid", book.command))
    assert book.standing("03-02") == (NONE, NONE, NONE)


def test_a_deposit_never_holds_less_than_nothing_on_a_day_between() -> None:
    """A refund dated back looks at every day since, not only at that day and at the end."""
    book = Book(deposit="30000.00")
    book.pay("T1", "25000.00", "01-02", (Pin(book.invoice(InvoiceKind.DEPOSIT), kes("10000.00")),))
    held = book.account.deposit(day("01-31")).held
    book.take(refund_deposit(book.account, held, day("02-10"), "x", book.command))
    book.pay("T2", "10000.00", "03-01", (Pin(book.invoice(InvoiceKind.DEPOSIT), kes("10000.00")),))
    with pytest.raises(DepositExceeded):
        refund_deposit(book.account, kes("10000.00"), day("02-01"), "dated back", book.command)
    assert book.account.least_held(day("01-01")) == NONE


def test_the_credit_note_of_a_voided_invoice_counts_no_more() -> None:
    """It took back part of what is not owed any longer, so nothing of it is left to pay out or to pay with."""
    book = Book()
    rent = book.invoice(InvoiceKind.RECURRING)
    book.take(decisions.credit_invoice(book.account, rent, kes("5000.00"), day("01-03"), "discount", book.command))
    assert book.standing("01-03") == (kes("10000.00"), NONE, NONE)
    book.take(decisions.void(book.account, rent, day("01-04"), "wrong", book.command))
    assert book.standing("01-03") == (kes("10000.00"), NONE, NONE)
    assert book.standing("01-04") == (NONE, NONE, NONE)
    book.bill("2026-01")
    assert book.standing("01-31") == (kes("15000.00"), NONE, NONE)


def test_a_credit_note_on_an_invoice_paid_explicitly_is_the_tenants_credit() -> None:
    """Paid by policy or by name, the tenant who paid 15,000 of 10,000 has 5,000 left; never more than the invoice."""
    for names_it in (False, True):
        book = Book()
        rent = book.invoice(InvoiceKind.RECURRING)
        book.pay("T1", "15000.00", "01-03", (Pin(rent, kes("15000.00")),) if names_it else ())
        book.take(decisions.credit_invoice(book.account, rent, kes("5000.00"), day("01-09"), "discount", book.command))
        assert book.standing("01-09") == (NONE, kes("5000.00"), NONE)
        with pytest.raises(OverAllocation):
            decisions.credit_invoice(book.account, rent, kes("10000.01"), day("01-10"), "more", book.command)
        book.take(decisions.void(book.account, rent, day("01-11"), "wrong", book.command))
        assert book.standing("01-11") == (NONE, kes("15000.00"), NONE)


def test_a_waived_late_fee_is_not_charged_again() -> None:
    """Whether it was voided, or stands on the voided invoice of the same rent."""
    for waived in (InvoiceKind.LATE_FEE, InvoiceKind.RECURRING):
        book = Book(late_fee=LateFeeRule(flat=kes("500.00")))
        [fee] = late_fees(book.account, day("01-31"), NOW)
        book.take(decisions.issue(book.account, [fee], book.command))
        assert late_fees(book.account, day("01-31"), NOW) == ()
        book.take(decisions.void(book.account, book.invoice(waived), day("01-20"), "mistake", book.command))
        book.bill("2026-01")
        assert late_fees(book.account, day("01-31"), NOW) == ()
