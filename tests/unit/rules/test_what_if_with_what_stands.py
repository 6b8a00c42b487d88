"""What-if beside invoices that stand: what no terms give is no change, and what is billed is not billed again."""

from __future__ import annotations

from attrs import evolve
from tests.fixtures.account_book import NOW, Book, day, kes

from marketplace_core.domain import account_decisions as decisions
from marketplace_core.domain.billing import invoice_one_off
from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.late_fee import late_fees
from marketplace_core.domain.lease import LateFeeRule, Lease
from marketplace_core.domain.what_if import WhatIf, what_if_lease

FIRST_QUARTER = DateSpan(day("01-01"), day("04-01"))


def repair(on: str) -> OneOffCharge:
    """A repair on a day of 2026."""
    return OneOffCharge(ChargeId("window"), ChargeKind.REPAIR, kes("2500.00"), day(on))


def standing(book: Book) -> list[Invoice]:
    """The invoices that are not void."""
    return [it for it in book.account.invoices if not book.account.is_void(it.invoice_id)]


def asked(book: Book, changed: Lease, window: DateSpan = FIRST_QUARTER) -> WhatIf:
    """What other terms would change beside all that stands."""
    return what_if_lease(book.account.lease, changed, window, NOW, standing(book))


def test_fees_and_charges_by_themselves_follow_from_no_terms() -> None:
    """They stand whatever the rent: nothing of them goes."""
    book = Book()
    lease = evolve(book.account.lease, late_fee=LateFeeRule(flat=kes("500.00")))
    book.account = evolve(book.account, lease=lease.with_charge(repair("01-10")))
    book.take(decisions.issue(book.account, late_fees(book.account, day("01-31"), NOW), book.command))
    book.take(decisions.issue(book.account, [invoice_one_off(book.account.lease, repair("01-10"), NOW)], book.command))
    assert len(standing(book)) == 3
    assert asked(book, book.account.lease).changes == ()
    found = asked(book, book.account.lease.with_rent(kes("16000.00"), day("02-01")))
    assert [it.difference_minor for it in found.changes] == [100_000, 100_000]


def test_a_charge_that_is_billed_is_not_billed_again() -> None:
    """The repair of January rode on February's invoice; March and April know nothing of it, as billing does."""
    book = Book()
    book.account = evolve(book.account, lease=book.account.lease.with_charge(repair("01-10")))
    book.bill("2026-02")
    book.bill("2026-03")
    later = DateSpan(day("03-01"), day("05-01"))
    assert asked(book, book.account.lease, later).changes == ()
    found = asked(book, book.account.lease.with_rent(kes("16000.00"), day("02-01")), later)
    assert [it.after.amount for it in found.changes if it.after] == [kes("16000.00"), kes("16000.00")]
    (february,) = asked(
        book, book.account.lease.with_rent(kes("16000.00"), day("02-01")), DateSpan(day("02-01"), day("03-01"))
    ).changes
    assert february.after is not None
    assert (february.after.amount, february.difference_minor) == (kes("18500.00"), 100_000)


def test_a_charge_that_waits_rides_where_billing_puts_it() -> None:
    """February stands, so a charge of January that came late is on March's invoice, now and by other terms."""
    book = Book()
    book.bill("2026-02")
    book.account = evolve(book.account, lease=book.account.lease.with_charge(repair("01-10")))
    found = asked(book, book.account.lease.with_rent(kes("16000.00"), day("03-01")))
    assert [(it.before and it.before.amount, it.after and it.after.amount) for it in found.changes] == [
        (kes("17500.00"), kes("18500.00"))
    ]
    told = found.changes[0].before
    book.bill("2026-03")
    assert told is not None
    assert told.amount == standing(book)[-1].amount


def test_a_charge_stays_where_its_lease_would_end_before() -> None:
    """By an end in January, February's rent goes and the repair on its invoice does not."""
    book = Book()
    book.account = evolve(book.account, lease=book.account.lease.with_charge(repair("01-10")))
    book.bill("2026-02")
    found = asked(book, book.account.lease.given_notice(day("02-01")), DateSpan(day("02-01"), day("03-01")))
    assert [it.difference_minor for it in found.changes] == [-1_500_000]


def test_a_reissue_is_of_its_period_whenever_it_was_issued() -> None:
    """January's rent was voided in March and issued again: it is January's, and no change of March."""
    book = Book()
    first = book.account.invoices[0].invoice_id
    book.take(decisions.void(book.account, first, day("03-05"), "wrong tenant", book.command))
    book.bill("2026-01")
    assert standing(book)[-1].issue_date == day("03-05")
    assert asked(book, book.account.lease).changes == ()
    march = DateSpan(day("03-01"), day("04-01"))
    assert asked(book, book.account.lease, march).changes == ()
    found = asked(
        book, book.account.lease.with_rent(kes("16000.00"), day("01-01")), DateSpan(day("01-01"), day("02-01"))
    )
    assert [(it.difference_minor, it.after and it.after.issue_date) for it in found.changes] == [
        (100_000, day("03-05"))
    ]
