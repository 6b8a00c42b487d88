"""Corrections dated before or after each other: each can be recorded, and the books tell one story on each day."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve
from tests.fixtures.account_book import NONE, NOW, Book, day, kes

from marketplace_core.domain import account_decisions as decisions
from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.credit import Pin
from marketplace_core.domain.facts import AllocationMade, AllocationSuperseded, CreditAdded, Fact
from marketplace_core.domain.identifiers import ChargeId, CollectionAccountId, CreditId, MatchId, PaymentId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.late_fee import late_fees, late_fees_in_turn
from marketplace_core.domain.lease import LateFeeRule
from marketplace_core.domain.match_decisions import apply_match, fitted, reverse_payment
from marketplace_core.domain.matching import Match, Slice
from marketplace_core.domain.payment import Payment
from marketplace_core.domain.refund_decisions import end_refunded_credits, refund, refund_lease, take_back_refund
from marketplace_core.domain.standing import Locked, PaymentStanding
from marketplace_core.errors import ConcurrentChange, IllegalTransition, InvalidInput, OverAllocation

FEE = LateFeeRule(basis_points=1_000)


def payment_of(name: str, amount: str, on: str) -> Payment:
    """A payment that no match has given away."""
    return Payment(PaymentId(name), CollectionAccountId("paybill"), name, kes(amount), day(on), NOW)


def matched(book: Book, payment: Payment, part: Slice) -> None:
    """Give a payment as a rule would."""
    lease = book.account.lease
    command = book.command
    locked = Locked({lease.lease_id: book.account}, {payment.payment_id: PaymentStanding(payment, ())}, command)
    fitting = fitted(book.account, part, payment.value_date)
    match = Match(MatchId(f"m-{payment.payment_id}"), lease.portfolio_id, payment.payment_id, (fitting,), "rule", NOW)
    facts: tuple[Fact, ...] = apply_match(locked, match, command)
    book.take(it for it in facts if isinstance(it, CreditAdded | AllocationMade | AllocationSuperseded))


def test_a_second_payment_of_an_invoice_is_taken_when_the_first_was_taken_back() -> None:
    """Both name it; the first one's pin holds up to its end, so the second pays by the policy, and nothing waits."""
    book = Book()
    rent, lease_id = book.invoice(InvoiceKind.RECURRING), book.account.lease.lease_id
    book.pay("A", "15000.00", "01-05", (Pin(rent, kes("15000.00")),))
    book.take(decisions.end_credit(book.account, CreditId("A"), day("01-07"), book.command))
    second = Slice(lease_id, kes("15000.00"), (Pin(rent, kes("15000.00")),))
    matched(book, payment_of("B", "15000.00", "01-06"), second)
    assert book.standing("01-06") == (NONE, kes("15000.00"), NONE)
    assert book.standing("01-07") == (NONE, NONE, NONE)
    book.tell_one_story("02-15")


def test_a_tolerance_gives_up_what_is_invoiced_later() -> None:
    """February is paid in January but for 20 shillings: they are written off when the invoice is issued."""
    book = Book()
    book.pay("A", "15000.00", "01-05")
    book.bill("2026-02")
    february = book.account.invoices[-1].invoice_id
    part = Slice(
        book.account.lease.lease_id,
        kes("14980.00"),
        (Pin(february, kes("14980.00")),),
        (Pin(february, kes("20.00")),),
    )
    matched(book, payment_of("B", "14980.00", "01-29"), part)
    assert book.standing("02-01") == (NONE, NONE, NONE)
    book.tell_one_story("02-15")


def test_a_voided_invoice_is_not_written_off() -> None:
    """What a certificate saw may be void by now: the slice is cut to what stands."""
    book = Book()
    rent = book.invoice(InvoiceKind.RECURRING)
    book.take(decisions.void(book.account, rent, day("01-03"), "wrong", book.command))
    part = Slice(book.account.lease.lease_id, kes("14999.00"), (Pin(rent, kes("14999.00")),), (Pin(rent, kes("1.00")),))
    matched(book, payment_of("B", "14999.00", "01-06"), part)
    assert book.standing("01-06") == (NONE, kes("14999.00"), NONE)


def test_a_credit_note_is_pinned_to_what_no_pin_claims_on_its_day() -> None:
    """A payment that was taken back later still pays the whole invoice on the day of the note."""
    book = Book()
    rent = book.invoice(InvoiceKind.RECURRING)
    book.pay("A", "15000.00", "01-05", (Pin(rent, kes("15000.00")),))
    book.take(decisions.end_credit(book.account, CreditId("A"), day("01-20"), book.command))
    book.take(decisions.credit_invoice(book.account, rent, kes("1000.00"), day("01-10"), "leak", book.command))
    assert book.standing("01-10") == (NONE, kes("1000.00"), NONE)
    assert book.standing("01-20") == (kes("14000.00"), NONE, NONE)
    book.tell_one_story("02-15")
    with pytest.raises(InvalidInput, match="was issued on 2026-01-01"):
        decisions.credit_invoice(book.account, rent, kes("1.00"), date(2025, 12, 31), "early", book.command)


@pytest.mark.parametrize("on", ["01-03", "01-10"])
def test_a_reversal_before_a_refund_came_back_is_recorded(on: str) -> None:
    """The money was out until it came back: the credit ends then, and nothing of the payment is left."""
    book = Book()
    book.pay("T1", "20000.00", "01-01")
    book.take(refund(book.account, CreditId("T1"), kes("5000.00"), day("01-05"), "overpaid", book.command))
    use = book.account.uses[0]
    book.take(take_back_refund(book.account, use.use_id, day("01-20"), "bounced", book.command))
    with pytest.raises(IllegalTransition, match="cannot end before that came back"):
        decisions.end_credit(book.account, CreditId("T1"), day("01-01"), book.command)
    book.take(end_refunded_credits(book.account, book.account.credits, day(on), book.command))
    assert book.standing("01-20") == (kes("15000.00"), NONE, NONE)
    book.tell_one_story("02-15")


def test_a_charge_of_a_billed_last_period_is_billed_by_itself() -> None:
    """Typed after the last period was billed, of a day before it began: no further invoice would take it."""
    book = Book()
    book.account = evolve(book.account, lease=book.account.lease.given_notice(day("03-31")))
    for month in ("2026-02", "2026-03"):
        book.bill(month)
    water = OneOffCharge(ChargeId("water"), ChargeKind.WATER, kes("700.00"), day("02-27"))
    book.account = evolve(book.account, lease=book.account.lease.with_charge(water))
    book.bill("2026-04")
    assert [(it.kind, it.amount) for it in book.account.invoices][-1] == (InvoiceKind.ONE_OFF, kes("700.00"))
    book.bill("2026-05")
    assert sum(it.kind is InvoiceKind.ONE_OFF for it in book.account.invoices) == 1


def charge_fees(book: Book, as_of: str) -> None:
    """Charge the fees that are due."""
    command = book.command
    book.take(decisions.issue(book.account, late_fees_in_turn(book.account, day(as_of), command), command))


def fees_of(book: Book) -> list[str]:
    """The amounts charged so far."""
    return [it.amount.plain() for it in book.account.invoices if it.kind is InvoiceKind.LATE_FEE]


@pytest.mark.parametrize("runs", [("01-15", "02-15"), ("02-15",), ("02-15", "02-15")])
def test_late_fees_do_not_depend_on_how_often_they_are_charged(runs: tuple[str, ...]) -> None:
    """A fee that falls due earlier takes money from a later rent, however late it is charged."""
    book = Book(late_fee=FEE)
    book.bill("2026-02")
    book.pay("T1", "22500.00", "02-01")
    for as_of in runs:
        charge_fees(book, as_of)
    assert fees_of(book) == ["1500.00", "900.00"]
    charge_fees(book, "02-20")
    assert len(fees_of(book)) == 2


def test_a_rent_paid_in_time_and_billed_again_bears_no_fee_for_then() -> None:
    """Up to the void the first invoice stood, and it was paid."""
    book = Book(late_fee=FEE)
    book.pay("T1", "15000.00", "01-01")
    book.take(
        decisions.void(book.account, book.invoice(InvoiceKind.RECURRING), day("02-20"), "wrong rent", book.command)
    )
    book.bill("2026-01")
    assert late_fees(book.account, day("02-20"), NOW) == ()
    assert book.standing("02-20") == (NONE, NONE, NONE)


def test_a_refund_that_is_asked_for_again_bears_no_fee() -> None:
    """It is no rent that was late."""
    book = Book(late_fee=FEE)
    book.pay("T1", "15000.00", "01-01", (Pin(book.invoice(InvoiceKind.RECURRING), kes("15000.00")),))
    book.pay("T2", "5000.00", "01-02")
    book.take(refund(book.account, CreditId("T2"), kes("5000.00"), day("01-05"), "overpaid", book.command))
    second = [it for it in book.account.credits if it.credit_id == "T2"]
    book.take(end_refunded_credits(book.account, second, day("01-10"), book.command))
    assert book.standing("01-31") == (kes("5000.00"), NONE, NONE)
    assert late_fees(book.account, day("03-31"), NOW) == ()


def test_a_refund_takes_what_is_free_on_every_later_day() -> None:
    """One credit will pay February; the refund of January is of the other one, and of no more than is free."""
    book = Book()
    book.pay("T1", "30000.00", "01-02")
    book.bill("2026-02")
    book.take(decisions.void(book.account, book.account.invoices[-1].invoice_id, day("03-01"), "left", book.command))
    book.pay("T2", "1000.00", "01-03")
    with pytest.raises(OverAllocation, match=r"KES 1,000\.00 is unapplied"):
        refund_lease(book.account, kes("1000.01"), day("01-15"), "overpaid", book.command)
    book.take(refund_lease(book.account, kes("1000.00"), day("01-15"), "overpaid", book.command))
    assert [use.credit_id for use in book.account.uses] == ["T2"]
    assert book.standing("02-01") == (NONE, NONE, NONE)


def test_a_reversal_that_another_change_overtook_is_refused() -> None:
    """A match made between the look and the lock gives to a lease that is not locked."""
    book = Book()
    payment = payment_of("T1", "15000.00", "01-05")
    part = Slice(book.account.lease.lease_id, payment.amount)
    match = Match(MatchId("m1"), book.account.lease.portfolio_id, payment.payment_id, (part,), "rule", NOW)
    command = book.command
    locked = Locked({}, {payment.payment_id: PaymentStanding(payment, (match,))}, command)
    with pytest.raises(ConcurrentChange, match="do it again"):
        reverse_payment(locked, payment, day("01-07"), command)
