"""Hypothesis strategies of the domain: amounts, days, leases, invoices, payments, feed rows, accounts' histories.

Every value is one that the domain's constructors accept. Amounts and days are drawn small and close together, so
that they meet. The whole life of a portfolio is a state machine: ``testing.laws.LawMachine``.

    from hypothesis import given
    from marketplace_core.testing import strategies as of

    @given(of.leases(), of.amounts())
    def test_…
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from hypothesis import strategies as st

from marketplace_core.domain.billing import bill
from marketplace_core.domain.charge import ChargeKind, OneOffCharge, Rate, RecurringCharge
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.feed import Caution, FeedRow, Rejected, ReversalReport, Skipped, SkipReason
from marketplace_core.domain.identifiers import ChargeId, CollectionAccountId, LeaseId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.lease import LateFeeRule, Lease, LeaseStatus, LeaseTerm, Proration
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.payment import Payer, PaymentReport, ReportSource
from marketplace_core.errors import InvalidRow

FIRST_DAY: Final = date(2026, 1, 1)
LAST_DAY: Final = date(2026, 6, 30)
_ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


def minor_units(least: int = 1, most: int = 10**9) -> st.SearchStrategy[int]:
    """Whole minor units, often a round rent."""
    usual = [it for it in (1, 333, 500_00, 5_000_00, 15_000_00, 20_000_00, 47_000_00) if least <= it <= most]
    anything = st.integers(least, most)
    return st.one_of(st.sampled_from(usual), anything) if usual else anything


def amounts(currency: Currency = KES, least: int = 1, most: int = 10**9) -> st.SearchStrategy[Money]:
    """Money above zero unless ``least`` allows other; bounds in minor units."""
    return minor_units(least, most).map(lambda minor: Money(minor, currency))


def identifiers(prefix: str = "") -> st.SearchStrategy[str]:
    """Short ids; few enough to come twice."""
    return st.text(_ALPHABET, min_size=1, max_size=3).map(lambda text: f"{prefix}{text}")


def days(first: date = FIRST_DAY, last: date = LAST_DAY) -> st.SearchStrategy[date]:
    """Days, often at the end or the start of a month."""
    return st.dates(first, last)


def instants(first: date = FIRST_DAY, last: date = LAST_DAY) -> st.SearchStrategy[datetime]:
    """Instants in UTC, to the minute."""
    minutes = (last - first).days * 24 * 60
    beginning = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return st.integers(0, minutes).map(lambda count: beginning + timedelta(minutes=count))


def spans(first: date = FIRST_DAY, last: date = LAST_DAY) -> st.SearchStrategy[DateSpan]:
    """Half-open spans of one day or more."""

    def span(start: date, count: int) -> DateSpan:
        return DateSpan(start, start + timedelta(days=count))

    return st.builds(span, days(first, last), _LENGTHS)


_LENGTHS: Final = st.integers(1, 120)


@st.composite
def recurring_charges(draw: st.DrawFn, start: date = FIRST_DAY, currency: Currency = KES) -> RecurringCharge:
    """A charge with one to three rates from rising days on."""
    steps = draw(st.lists(st.integers(1, 90), max_size=2))
    rates = [Rate(start, draw(amounts(currency, most=10**7)))]
    for step in steps:
        rates.append(Rate(rates[-1].effective_from + timedelta(days=step), draw(amounts(currency, most=10**7))))
    kind = draw(st.sampled_from([ChargeKind.RENT, ChargeKind.SERVICE_CHARGE, ChargeKind.WATER]))
    return RecurringCharge(ChargeId(f"{kind}-{draw(st.integers(1, 999))}"), kind, tuple(rates))


def one_off_charges(currency: Currency = KES) -> st.SearchStrategy[OneOffCharge]:
    """A repair or the like, on any day."""
    ids = st.integers(1, 999).map(lambda number: ChargeId(f"once-{number}"))
    return st.builds(OneOffCharge, ids, st.just(ChargeKind.REPAIR), amounts(currency, most=10**6), days())


def late_fee_rules(currency: Currency = KES) -> st.SearchStrategy[LateFeeRule]:
    """Flat or by basis points, capped or not, once or each month."""
    cap, again = st.none() | amounts(currency, least=10**4, most=10**6), st.none() | st.just(1)
    flat = st.builds(LateFeeRule, flat=amounts(currency, most=10**5), cap=cap, every_months=again)
    return flat | st.builds(LateFeeRule, basis_points=st.integers(1, 2_000), cap=cap, every_months=again)


@st.composite
def leases(draw: st.DrawFn, lease_id: str = "l1", portfolio_id: str = "p1", currency: Currency = KES) -> Lease:
    """An active lease of unit u1 by tenant t1, open or ending, with whatever terms a lease may have."""
    start = draw(days(last=date(2026, 3, 31)))
    end = draw(st.none() | _LENGTHS.map(lambda count: start + timedelta(days=count)))
    charges = draw(st.lists(recurring_charges(start, currency), min_size=1, max_size=3, unique_by=_charge_id))
    return Lease(
        LeaseId(lease_id),
        PortfolioId(portfolio_id),
        UnitId("u1"),
        (PersonId("t1"),),
        (LeaseTerm(start, end),),
        currency,
        tuple(charges),
        LeaseStatus.ACTIVE,
        billing_day=draw(st.sampled_from([1, 5, 15, 28, 31])),
        due_day=draw(st.none() | st.sampled_from([1, 5, 31])),
        grace_days=draw(st.integers(0, 10)),
        one_off_charges=tuple(draw(st.lists(one_off_charges(currency), max_size=2, unique_by=_charge_id))),
        deposit=draw(st.none() | amounts(currency, most=10**6)),
        late_fee=draw(st.none() | late_fee_rules(currency)),
        proration=draw(st.sampled_from(Proration)),
    )


def _charge_id(charge: RecurringCharge | OneOffCharge) -> str:
    return charge.charge_id


@st.composite
def invoices(draw: st.DrawFn, currency: Currency = KES) -> Sequence[Invoice]:
    """What the native engine bills a lease for in up to four months; without numbers, perhaps none."""
    lease = draw(leases(currency=currency))
    window = DateSpan(lease.start, lease.start + timedelta(days=draw(_LENGTHS)))
    return bill(lease, window, draw(instants()))


@st.composite
def payment_reports(
    draw: st.DrawFn, account_id: str = "paybill", currency: Currency = KES, transactions: int = 30
) -> PaymentReport:
    """A payment as one source tells of it; few transactions, so that they come again, also with another amount."""
    day = draw(days())
    return PaymentReport(
        CollectionAccountId(account_id),
        f"T{draw(st.integers(1, transactions))}",
        draw(st.sampled_from(ReportSource)),
        draw(amounts(currency, most=10**7)),
        datetime(day.year, day.month, day.day, draw(st.integers(0, 23)), tzinfo=UTC),
        day,
        draw(st.sampled_from(["", "A1", "a2 rent", "REF1", "hello"])),
        draw(st.sampled_from([Payer(), Payer("Tenant 1", "254700000001"), Payer("Wanjiku", "2547*****678")])),
    )


def feed_rows(account_id: str = "paybill", currency: Currency = KES) -> st.SearchStrategy[FeedRow]:
    """What a reader of a statement gives for a line: a payment, a reversal, or a line that is neither."""
    lines, size = st.integers(2, 9_999), amounts(currency, most=10**7)
    transactions = st.integers(1, 30).map(lambda number: f"T{number}")
    return st.one_of(
        payment_reports(account_id, currency),
        st.builds(
            ReversalReport,
            st.just(CollectionAccountId(account_id)),
            identifiers("R"),
            st.just("") | transactions,
            size,
            instants(),
            days(),
        ),
        st.builds(Skipped, st.sampled_from(SkipReason), st.just("statement.csv"), lines, size, transactions),
        lines.map(_rejected),
        st.builds(Caution, st.just("statement.csv"), lines, st.just("the balance does not follow")),
    )


def _rejected(line: int) -> Rejected:
    return Rejected(InvalidRow(file="statement.csv", line=line, column="amount", reason="is no amount"))


class Step(NamedTuple):
    """One thing that happens to an account: what, on which day, how much in minor units, and a choice among things."""

    what: str
    day: date
    amount_minor: int
    pick: int


STEPS: Final = (
    "bill",
    "pay",
    "pin",
    "tolerance",
    "void",
    "note",
    "write off",
    "reverse",
    "undo",
    "refund",
    "refund back",
    "deduct",
    "late fees",
)


def histories(longest: int = 14) -> st.SearchStrategy[list[Step]]:
    """What happens to one account in any order; ``testing.laws.histories.lived`` does it."""
    sizes = st.sampled_from([1, 300, 500, 700, 1_000, 1_300, 2_000, 3_100])
    step = st.builds(Step, st.sampled_from([*STEPS, "bill", "pay"]), days(last=date(2026, 5, 31)), sizes, _PICKS)
    return st.lists(step, min_size=3, max_size=longest)


_PICKS: Final = st.integers(0, 1_000)
