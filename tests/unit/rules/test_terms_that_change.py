"""Charges, deductions, write-offs and terms that change after billing: nothing is forgotten, nothing counts twice."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve
from tests.fixtures.account_book import NONE, NOW, Book, day, kes

from marketplace_core.domain import account_decisions as decisions
from marketplace_core.domain.billing import bill
from marketplace_core.domain.charge import BY_RULE, ChargeKind, OneOffCharge, Rate, RecurringCharge
from marketplace_core.domain.credit import Pin
from marketplace_core.domain.days import DateSpan, parse_month
from marketplace_core.domain.deposit_decisions import deduct_from_deposit
from marketplace_core.domain.facts import AllocationMade, AllocationSuperseded, CreditAdded
from marketplace_core.domain.identifiers import ChargeId, CollectionAccountId, MatchId, PaymentId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.late_fee import late_fees
from marketplace_core.domain.lease import LateFeeRule, LeaseTerm
from marketplace_core.domain.match_decisions import apply_match
from marketplace_core.domain.matching import Match, Slice
from marketplace_core.domain.payment import Payment
from marketplace_core.domain.standing import Locked, PaymentStanding
from marketplace_core.domain.what_if import billed_otherwise, left_unbilled
from marketplace_core.errors import IllegalTransition, InvalidInput


def repair(on: str, name: str = "broken-window") -> OneOffCharge:
    """A repair on a day of 2026."""
    return OneOffCharge(ChargeId(name), ChargeKind.REPAIR, kes("2500.00"), day(on))


@pytest.mark.parametrize("window", ["2026-02", "2026-03", "2026-07"])
def test_a_charge_after_the_last_period_began_is_billed(window: str) -> None:
    """In the month of its day, or whenever billing comes to it first; once."""
    book = Book()
    ending = book.account.lease.given_notice(day("02-20")).with_charge(repair("02-10"))
    book.account = evolve(book.account, lease=ending)
    book.bill(window)
    found = [it for it in book.account.invoices if it.kind is InvoiceKind.ONE_OFF]
    assert [(it.amount, it.subject) for it in found] == [(kes("2500.00"), "broken-window")]
    assert found[0].issue_date == max(day("02-10"), parse_month(window).start)
    assert found[0].lines[0].span == DateSpan(day("02-10"), day("02-11"))
    book.bill("2026-08")
    assert len([it for it in book.account.invoices if it.kind is InvoiceKind.ONE_OFF]) == 1


def test_damage_found_after_the_end_is_billed_and_an_early_window_leaves_it() -> None:
    """A charge after the tenant left; a window before its day knows nothing of it."""
    book = Book()
    book.account = evolve(book.account, lease=book.account.lease.ended(day("02-20")).with_charge(repair("03-05")))
    assert bill(book.account.lease, parse_month("2026-02"), NOW)[0].kind is InvoiceKind.RECURRING
    assert len(bill(book.account.lease, parse_month("2026-02"), NOW)) == 1
    assert [it.kind for it in bill(book.account.lease, parse_month("2026-03"), NOW)] == [InvoiceKind.ONE_OFF]


def test_a_charge_before_the_last_period_rides_on_it() -> None:
    """No invoice of its own where another period begins."""
    book = Book()
    book.account = evolve(
        book.account, lease=book.account.lease.given_notice(day("02-20")).with_charge(repair("01-20"))
    )
    found = bill(book.account.lease, parse_month("2026-02"), NOW)
    assert [(it.kind, len(it.lines)) for it in found] == [(InvoiceKind.RECURRING, 2)]


def test_a_charge_needs_an_id_of_its_own() -> None:
    """Two charges of one id would be billed as one."""
    lease = Book().account.lease.with_charge(repair("01-20"))
    with pytest.raises(InvalidInput, match="two charges have one id"):
        lease.with_charge(repair("01-21"))


@pytest.mark.parametrize("kind", sorted(BY_RULE))
def test_what_a_rule_charges_is_no_charge_of_a_lease(kind: ChargeKind) -> None:
    """A deposit on a rent invoice would be paid and never held, a late fee there would bear late fees."""
    with pytest.raises(InvalidInput, match="charged by a rule"):
        OneOffCharge(ChargeId("x"), kind, kes("1.00"), day("01-01"))
    with pytest.raises(InvalidInput, match="charged by a rule"):
        RecurringCharge(ChargeId("x"), kind, (Rate(day("01-01"), kes("1.00")),))


def test_a_new_rent_keeps_what_was_agreed_for_later() -> None:
    """A rise agreed for July stands when May's rent is changed; the same day is replaced."""
    lease = Book().account.lease.with_rent(kes("18000.00"), day("07-01")).with_rent(kes("16000.00"), day("05-01"))
    rents = {it.effective_from: it.amount for it in lease.charges[0].rates}
    assert rents == {day("01-01"): kes("15000.00"), day("05-01"): kes("16000.00"), day("07-01"): kes("18000.00")}
    again = lease.with_rent(kes("16500.00"), day("05-01"))
    assert [it.amount for it in again.charges[0].rates][1:] == [kes("16500.00"), kes("18000.00")]


def test_a_rent_that_would_end_before_the_lease_begins_is_refused() -> None:
    """A year mistyped would else change nothing and say that it was done; before a later first rent it may stand."""
    lease = Book().account.lease
    with pytest.raises(InvalidInput, match="begins on 2026-01-01, and a rent from 2025-05-01 would hold only until"):
        lease.with_rent(kes("16000.00"), day("05-01").replace(year=2025))
    early = evolve(lease, terms=(LeaseTerm(day("01-10")),)).with_rent(kes("16000.00"), day("01-05"))
    assert [it.effective_from for it in early.charges[0].rates] == [day("01-01"), day("01-05")]


def test_a_late_fee_is_charged_from_the_day_on_that_it_was_agreed_for() -> None:
    """Agreed for March on: the fee days of January and February cost nothing, March's do; without a day, all do."""
    book = Book()
    book.bill("2026-02")
    rule = LateFeeRule(flat=kes("500.00"), every_months=1)
    for since, days in [(None, ["01-02", "02-02", "03-02", "02-02", "03-02"]), (day("02-03"), ["03-02", "03-02"])]:
        book.account = evolve(book.account, lease=book.account.lease.with_late_fee(evolve(rule, since=since)))
        assert [it.issue_date for it in late_fees(book.account, day("03-10"), NOW)] == [day(it) for it in days]
    once = evolve(rule, every_months=None, since=day("02-02"))
    book.account = evolve(book.account, lease=book.account.lease.with_late_fee(once))
    assert [it.issue_date for it in late_fees(book.account, day("03-10"), NOW)] == [day("02-02")]


def test_an_end_within_a_billed_month_is_said() -> None:
    """January was billed whole; notice to the 16th leaves 15 of 31 days to owe: credited, nothing is left to say."""
    book = Book()
    before, after = book.account.lease, book.account.lease.given_notice(day("01-16"))
    (found,) = billed_otherwise(book.account, before, after)
    assert (found.billed, found.due) == (kes("15000.00"), kes("7258.06"))
    extra = found.billed - found.due
    book.take(
        decisions.credit_invoice(book.account, found.invoice.invoice_id, extra, day("01-16"), "left", book.command)
    )
    assert billed_otherwise(book.account, before, after) == ()


def test_a_renewal_of_a_part_that_was_billed_is_said() -> None:
    """The last half month was billed as such; renewed, the other half would never be."""
    book = Book()
    ending = book.account.lease.given_notice(day("02-15"))
    book.account = evolve(book.account, lease=ending)
    book.bill("2026-02")
    (found,) = billed_otherwise(book.account, ending, ending.renewed(None))
    assert (found.billed, found.due) == (kes("7500.00"), kes("15000.00"))


def test_months_that_a_late_renewal_leaves_without_an_invoice_are_said() -> None:
    """Ended with January, renewed in April: February and March were billed without it, and what is to come is not."""
    book = Book()
    ended = book.account.lease.given_notice(day("02-01"))
    book.account = evolve(book.account, lease=ended)
    for month in ("2026-02", "2026-03"):
        book.bill(month)
    again = ended.renewed(None)
    found = left_unbilled(book.account, ended, again, day("03-31"), NOW)
    assert [(it.issue_date, it.amount) for it in found] == [
        (day("02-01"), kes("15000.00")),
        (day("03-01"), kes("15000.00")),
    ]
    assert left_unbilled(book.account, ended, again, day("01-31"), NOW) == ()
    book.account = evolve(book.account, lease=again)
    book.bill("2026-02")
    assert [it.issue_date for it in left_unbilled(book.account, ended, again, day("03-31"), NOW)] == [day("03-01")]


def test_terms_from_an_unbilled_day_on_say_nothing() -> None:
    """Nor does a further charge that is once."""
    book = Book()
    lease = book.account.lease
    assert billed_otherwise(book.account, lease, lease.with_rent(kes("16000.00"), day("02-01"))) == ()
    assert billed_otherwise(book.account, lease, lease.with_charge(repair("01-01"))) == ()
    more = RecurringCharge(ChargeId("water"), ChargeKind.WATER, (Rate(day("01-01"), kes("500.00")),))
    assert [it.due for it in billed_otherwise(book.account, lease, lease.with_charge(more))] == [kes("15500.00")]


def test_a_deduction_does_not_fill_the_deposit_again() -> None:
    """Half the deposit is paid and deducted: it pays what is owed besides, never the deposit's own invoice."""
    book = Book(deposit="30000.00")
    book.pay("T1", "10000.00", "01-02", (Pin(book.invoice(InvoiceKind.DEPOSIT), kes("10000.00")),))
    book.pay("T2", "15000.00", "01-03", (Pin(book.invoice(InvoiceKind.RECURRING), kes("15000.00")),))
    book.take(deduct_from_deposit(book.account, kes("4000.00"), day("01-20"), "window", book.command))
    assert book.standing("01-20") == (kes("20000.00"), kes("4000.00"), kes("6000.00"))
    book.bill("2026-02")
    assert book.standing("02-01") == (kes("31000.00"), NONE, kes("6000.00"))
    book.tell_one_story("02-15")


def test_a_match_with_a_tolerance_names_each_allocation_once() -> None:
    """Its payment and its write-off both push a later payment aside: what follows is decided once, over both."""
    book = Book(deposit="30000.00")
    rent, lease = book.invoice(InvoiceKind.RECURRING), book.account.lease
    book.bill("2026-02")
    book.pay("T9", "45000.00", "02-05")
    account = CollectionAccountId("paybill")
    payment = Payment(PaymentId("T1"), account, "T1", kes("14999.00"), day("01-05"), NOW)
    part = Slice(lease.lease_id, payment.amount, (Pin(rent, payment.amount),), (Pin(rent, kes("1.00")),))
    match = Match(MatchId("m1"), lease.portfolio_id, payment.payment_id, (part,), "rule:near@1", NOW)
    command = book.command
    locked = Locked({lease.lease_id: book.account}, {payment.payment_id: PaymentStanding(payment, ())}, command)
    facts = apply_match(locked, match, command)
    made = [it.allocation.allocation_id for it in facts if isinstance(it, AllocationMade)]
    assert len(made) == len(set(made)) == 3
    gone = [it.allocation.allocation_id for it in facts if isinstance(it, AllocationSuperseded)]
    assert not set(made) & set(gone)
    book.take(it for it in facts if isinstance(it, CreditAdded | AllocationMade | AllocationSuperseded))
    assert book.standing("02-05") == (NONE, NONE, kes("30000.00"))
    book.tell_one_story("02-15")


def test_an_invoice_is_not_voided_while_part_of_it_is_written_off() -> None:
    """Until the write-off ends: else it would lie on no invoice for a while, and the statement disagree."""
    book = Book()
    rent = book.invoice(InvoiceKind.RECURRING)
    book.pay("T1", "14999.00", "01-05", (Pin(rent, kes("14999.00")),))
    book.take(decisions.write_off(book.account, rent, kes("1.00"), day("01-05"), "rounded", book.command))
    with pytest.raises(IllegalTransition, match="written off"):
        decisions.void(book.account, rent, day("01-20"), "wrong", book.command)
    for credit in book.account.credits:
        book.take(decisions.end_credit(book.account, credit.credit_id, day("01-25"), book.command))
    with pytest.raises(IllegalTransition, match="until 2026-01-25"):
        decisions.void(book.account, rent, day("01-20"), "wrong", book.command)
    book.take(decisions.void(book.account, rent, day("01-25"), "wrong", book.command))
    book.tell_one_story("02-15")


def test_an_ended_lease_takes_no_rent_from_its_end_on() -> None:
    """A rent that would never be billed is refused; one from an earlier day corrects what was agreed."""
    lease = Book().account.lease.ended(date(2026, 6, 1))
    with pytest.raises(IllegalTransition, match="ended on 2026-06-01"):
        lease.with_rent(kes("1.00"), date(2026, 6, 1))
    assert lease.with_rent(kes("1.00"), date(2026, 5, 1)).version == lease.version + 1
