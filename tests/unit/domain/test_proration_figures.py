"""Proration: the figures that public billing systems agree on."""

from datetime import date
from fractions import Fraction

import pytest

from marketplace_core.domain.days import DateSpan, add_months, anchored, billing_period_containing
from marketplace_core.domain.lease import Proration
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.proration import prorate


@pytest.mark.parametrize(
    ("start", "billing_day", "share"),
    [
        (date(2023, 5, 23), 15, Fraction(23, 31)),
        (date(2023, 6, 23), 15, Fraction(22, 30)),
        (date(2023, 2, 23), 15, Fraction(20, 28)),
        (date(2024, 2, 23), 15, Fraction(21, 29)),
        (date(2011, 2, 1), 13, Fraction(12, 31)),
        (date(2011, 1, 1), 15, Fraction(14, 31)),
    ],
)
def test_a_leading_stub_is_its_days_over_the_days_of_the_billing_period(
    start: date, billing_day: int, share: Fraction
) -> None:
    """Actual days over the actual days of the period that the stub falls in."""
    period = billing_period_containing(start, billing_day)
    assert Fraction((period.end - start).days, period.days) == share
    whole = Money(31 * 30 * 29 * 28, KES)
    part = prorate(period, [(DateSpan(start, period.end), whole)], Proration.ACTUAL)[0]
    assert part.amount.amount_minor == whole.amount_minor * share


def test_a_trailing_stub_after_a_whole_period() -> None:
    """A lease to 27 February with billing day 15 has 12 of 28 days in its last period."""
    period = billing_period_containing(date(2011, 2, 20), 15)
    assert period == DateSpan(date(2011, 2, 15), date(2011, 3, 15))
    part = prorate(period, [(DateSpan(date(2011, 2, 15), date(2011, 2, 27)), Money(28_000, KES))], Proration.ACTUAL)
    assert part[0].amount == Money(12_000, KES)


def test_fixed_thirty_days() -> None:
    """19.95 a month by 22 and 8 days of 30 is 14.63 and 5.32."""
    usd = Currency.of("USD")
    period = DateSpan(date(2026, 4, 1), date(2026, 5, 1))
    for first, amounts in ((date(2026, 4, 9), ["5.32", "14.63"]), (date(2026, 4, 23), ["14.63", "5.32"])):
        halves = [(DateSpan(period.start, first), Money(1995, usd)), (DateSpan(first, period.end), Money(1995, usd))]
        parts = prorate(period, halves, Proration.FIXED_30)
        assert [part.amount.plain() for part in parts] == amounts


def test_the_factor_of_nine_places_is_a_named_alternative() -> None:
    """22 of 30 days are a factor of 0.733333333, so a thousand million loses what the tenth place would hold."""
    period = DateSpan(date(2026, 4, 1), date(2026, 5, 1))
    days = DateSpan(date(2026, 4, 9), period.end)
    amount = Money(3_000_000_000_00, KES)
    by_factor = prorate(period, [(days, amount)], Proration.KILLBILL_FACTOR)[0].amount
    exact = prorate(period, [(days, amount)], Proration.ACTUAL)[0].amount
    assert (by_factor.amount_minor, exact.amount_minor) == (219_999_999_900, 220_000_000_000)


def test_the_anchor_returns_to_the_31st() -> None:
    """From 31 December the periods begin on 31, 28, 31, 30, 31 … and on 29 February in a leap year."""
    starts = [anchored(2022, 12 + month, 31) for month in range(6)]
    assert [day.isoformat() for day in starts] == [
        "2022-12-31",
        "2023-01-31",
        "2023-02-28",
        "2023-03-31",
        "2023-04-30",
        "2023-05-31",
    ]
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 2, 29), 1, anchor_day=31) == date(2024, 3, 31)


def test_periods_of_a_31st_anchor_leave_no_day_out() -> None:
    """Each day of four years is in exactly the period whose end begins the next one."""
    day = date(2022, 12, 31)
    while day < date(2027, 1, 1):
        period = billing_period_containing(day, 31)
        assert day in period
        assert billing_period_containing(period.end, 31).start == period.end
        day = period.end
