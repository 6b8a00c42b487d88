"""Laws of amounts and days over generated values, and the figures of late fees and of the portfolio's day."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.billing import bill
from marketplace_core.domain.days import DateSpan, billing_period_containing, day_in_zone, parse_month
from marketplace_core.domain.late_fee import late_fees
from marketplace_core.domain.lease import LateFeeRule, Proration
from marketplace_core.domain.money import KES, Money, split
from marketplace_core.domain.proration import prorate
from marketplace_core.errors import InvalidInput
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

pytestmark = pytest.mark.laws
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any))
def test_parts_of_a_split_sum_to_the_whole(minor: int, weights: list[int]) -> None:
    """However an amount is split, nothing is lost."""
    assert sum(it.amount_minor for it in split(Money(minor, KES), weights)) == minor


@given(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.integers(1, 31),
    st.integers(0, 10**9),
    st.sets(st.integers(1, 30), max_size=5),
)
def test_cuts_of_a_period_sum_to_the_whole(start: date, anchor: int, minor: int, cuts: set[int]) -> None:
    """Law 10: a whole period cut anywhere costs the whole, under both conventions that promise it."""
    period = billing_period_containing(start, anchor)
    days = [period.start, *(period.start + timedelta(days=n) for n in sorted(cuts) if n < period.days), period.end]
    stretches = [(DateSpan(one, other), Money(minor, KES)) for one, other in pairwise(days)]
    for convention in (Proration.ACTUAL, Proration.FIXED_30):
        assert sum(it.amount.amount_minor for it in prorate(period, stretches, convention)) == minor


@given(st.integers(-(10**12), 10**12))
def test_amounts_are_written_as_they_are_read(minor: int) -> None:
    """An amount's plain text gives the amount again; minus zero is zero."""
    assert Money.parse(Money(minor, KES).plain()) == Money(minor, KES)
    assert Money.parse("-0.00") == Money(0, KES)


@pytest.mark.parametrize(("as_of", "fees"), [("2026-01-04", 0), ("2026-01-05", 1), ("2026-12-31", 1)])
def test_a_late_fee_comes_once_after_grace(as_of: str, fees: int) -> None:
    """C12: due on the 1st with 3 days of grace is free to the 4th; one capped fee from the 5th on, none on a fee."""
    lease = PortfolioLife(MemoryBooks()).lease()
    lease = evolve(lease, grace_days=3, late_fee=LateFeeRule(basis_points=1000, cap=Money(100_000, KES)))
    account = LeaseAccount(lease, bill(lease, parse_month("2026-01"), NOW))
    found = late_fees(account, date.fromisoformat(as_of), NOW)
    assert [it.amount.amount_minor for it in found] == [100_000] * fees
    charged = evolve(account, invoices=(*account.invoices, *found))
    assert not found or late_fees(charged, date(2027, 12, 31), NOW) == ()


def test_a_day_is_a_day_in_the_portfolios_zone() -> None:
    """C15: 21:00 UTC on 31 January is 1 February in Nairobi; a time without a zone is refused."""
    assert day_in_zone(datetime(2026, 1, 31, 21, tzinfo=UTC), "Africa/Nairobi") == date(2026, 2, 1)
    with pytest.raises(InvalidInput):
        day_in_zone(datetime(2026, 1, 31, 21), "Africa/Nairobi")  # noqa: DTZ001 - what is refused
