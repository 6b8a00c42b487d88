"""Billing: what leases are invoiced for a month, with figures worked by hand."""

from datetime import UTC, date, datetime

from attrs import evolve

from marketplace_core.domain.billing import bill, due_date
from marketplace_core.domain.charge import ChargeKind, Escalation, OneOffCharge, Rate, RecurringCharge
from marketplace_core.domain.days import DateSpan, parse_month
from marketplace_core.domain.identifiers import ChargeId, LeaseId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.what_if import what_if_lease

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rent(amount: str, first: date = date(2000, 1, 1)) -> RecurringCharge:
    """A rent of so much a period."""
    return RecurringCharge(ChargeId("rent"), ChargeKind.RENT, (Rate(first, Money.parse(amount)),))


def lease(start: date, end: date | None = None, amount: str = "15000") -> Lease:
    """An active lease with billing day 1."""
    return Lease(
        LeaseId("L1"),
        PortfolioId("p1"),
        UnitId("u1"),
        (PersonId("t1"),),
        (LeaseTerm(start, end),),
        KES,
        (rent(amount),),
        status=LeaseStatus.ACTIVE,
    )


def billed(of: Lease, month: str) -> list[str]:
    """The totals of a month's invoices."""
    return [invoice.amount.plain() for invoice in bill(of, parse_month(month), NOW)]


def test_a_lease_from_the_twentieth_pays_twelve_of_thirty_one_days() -> None:
    """15,000 from 20 to 31 January is 5,806.45."""
    assert billed(lease(date(2026, 1, 20)), "2026-01") == ["5806.45"]


def test_ten_of_twenty_nine_days_of_a_leap_february() -> None:
    """29,000 for 20 to 29 February 2028 is 10,000.00."""
    assert billed(lease(date(2028, 2, 20), amount="29000"), "2028-02") == ["10000.00"]


def test_each_line_is_rounded_once_and_the_total_is_their_sum() -> None:
    """10,000 and water of 333 from 11 January are 6,774.19 and 225.58."""
    water = RecurringCharge(ChargeId("water"), ChargeKind.WATER, (Rate(date(2026, 1, 1), Money.parse("333")),))
    of = evolve(lease(date(2026, 1, 11), amount="10000"), charges=(rent("10000"), water))
    invoice = bill(of, parse_month("2026-01"), NOW)[0]
    assert [line.amount.plain() for line in invoice.lines] == ["6774.19", "225.58"]
    assert invoice.amount.plain() == "6999.77"


def test_a_lease_that_ends_on_the_tenth_pays_ten_days_and_then_nothing() -> None:
    """15,000 to 10 March is 4,838.71, and nothing in April."""
    of = lease(date(2026, 1, 1), date(2026, 3, 11))
    assert billed(of, "2026-03") == ["4838.71"]
    assert billed(of, "2026-04") == []


def test_a_stub_is_billed_in_the_month_in_which_it_begins() -> None:
    """With billing day 15, a start on 23 May bills 23 of 31 days in May, and June's period in June."""
    of = evolve(lease(date(2023, 5, 23), amount="31"), billing_day=15)
    assert [invoice.period.start for invoice in bill(of, parse_month("2023-05"), NOW)] == [date(2023, 5, 15)]
    assert billed(of, "2023-05") == ["23.00"]
    assert billed(of, "2023-06") == ["31.00"]


def test_two_periods_that_begin_in_one_month_are_two_invoices() -> None:
    """With billing day 15, a start on 1 January bills 14 of 31 days and the period from the 15th."""
    of = evolve(lease(date(2011, 1, 1), date(2011, 2, 27), amount="31"), billing_day=15)
    assert billed(of, "2011-01") == ["14.00", "31.00"]
    assert billed(of, "2011-02") == ["13.29"]


def test_a_rent_change_inside_a_period_makes_two_lines() -> None:
    """31,000 to 10 January and 62,000 from the 11th are 10,000 and 42,000."""
    of = lease(date(2026, 1, 1), amount="31000").with_rent(Money.parse("62000"), date(2026, 1, 11))
    invoice = bill(of, parse_month("2026-01"), NOW)[0]
    assert [line.amount.plain() for line in invoice.lines] == ["10000.00", "42000.00"]


def test_an_escalation_takes_effect_on_its_day_and_rounds_each_step() -> None:
    """10,000.01 raised by 5 percent a year is 10,500.01, then 11,025.01."""
    of = evolve(lease(date(2026, 1, 1), amount="10000.01"), escalation=Escalation(500, 12, date(2027, 1, 1)))
    assert [billed(of, f"{year}-06") for year in (2026, 2027, 2028)] == [["10000.01"], ["10500.01"], ["11025.01"]]


def test_the_first_period_brings_the_deposit_on_an_invoice_of_its_own() -> None:
    """A deposit is invoiced once, apart from the rent."""
    of = evolve(lease(date(2026, 1, 20)), deposit=Money.parse("30000"))
    kinds = [(invoice.kind, invoice.amount.plain()) for invoice in bill(of, parse_month("2026-01"), NOW)]
    assert kinds == [(InvoiceKind.DEPOSIT, "30000.00"), (InvoiceKind.RECURRING, "5806.45")]
    assert [invoice.kind for invoice in bill(of, parse_month("2026-02"), NOW)] == [InvoiceKind.RECURRING]


def test_a_one_off_charge_rides_once_on_the_next_invoice() -> None:
    """A repair of 12 January is on February's invoice; billed already, it is on none."""
    repair = OneOffCharge(ChargeId("fix"), ChargeKind.REPAIR, Money.parse("700"), date(2026, 1, 12))
    of = evolve(lease(date(2026, 1, 1)), one_off_charges=(repair,))
    assert billed(of, "2026-01") == ["15000.00"]
    assert billed(of, "2026-02") == ["15700.00"]
    again = bill(of, parse_month("2026-02"), NOW, frozenset([ChargeId("fix")]))
    assert [invoice.amount.plain() for invoice in again] == ["15000.00"]


def test_the_due_day_is_the_first_on_or_after_the_covered_start() -> None:
    """Due on the 5th: of this month when the period begins by then, of the next month when later."""
    assert due_date(date(2026, 1, 1), 5) == date(2026, 1, 5)
    assert due_date(date(2026, 1, 20), 5) == date(2026, 2, 5)
    assert due_date(date(2026, 2, 1), 31) == date(2026, 2, 28)
    assert due_date(date(2026, 2, 10), None) == date(2026, 2, 10)


def test_drafts_and_cancelled_leases_are_not_billed() -> None:
    """Only what was ever active is billed; what ended is billed up to its end."""
    of = lease(date(2026, 1, 1), date(2026, 2, 1))
    counts = {status: len(bill(evolve(of, status=status), parse_month("2026-01"), NOW)) for status in LeaseStatus}
    assert counts == {"draft": 0, "active": 1, "notice": 1, "ended": 1, "cancelled": 0}


def test_billing_is_a_pure_function_of_lease_window_and_time() -> None:
    """The same call gives equal invoices, ids included, and a year at once gives the months one by one."""
    of = evolve(lease(date(2025, 12, 31), date(2027, 3, 3)), billing_day=31)
    year = bill(of, DateSpan(date(2026, 1, 1), date(2027, 1, 1)), NOW)
    months: list[Invoice] = []
    for month in range(1, 13):
        months.extend(bill(of, parse_month(f"2026-{month:02d}"), NOW))
    assert tuple(months) == year
    assert len({invoice.invoice_id for invoice in year}) == 12


def test_what_if_names_each_invoice_and_cent_that_would_change() -> None:
    """A rent of 16,000 from 11 February instead of 15,000 adds 642.86 in February and 1,000 in March."""
    now = lease(date(2026, 1, 1))
    changed = now.with_rent(Money.parse("16000"), date(2026, 2, 11))
    found = what_if_lease(now, changed, DateSpan(date(2026, 1, 1), date(2026, 4, 1)), NOW)
    assert [change.difference_minor for change in found.changes] == [64_286, 100_000]
    assert found.difference == Money.parse("1642.86")
    assert what_if_lease(now, now, DateSpan(date(2026, 1, 1), date(2026, 4, 1)), NOW).changes == ()
