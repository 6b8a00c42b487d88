"""The same lease by both engines: nothing where they agree, the rule to the cent where they do not."""

from datetime import UTC, date, datetime
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.outside_engine.pair import Pair

from marketplace_core.domain.billing import bill
from marketplace_core.domain.charge import Rate
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.lease import Proration
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.records import ItemKind, TheirItem
from marketplace_core.domain.outside_engine.shadow import ShadowRule, shadow
from marketplace_core.services.leases import ChangeLease

NOW = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = DateSpan(date(2026, 1, 1), date(2027, 1, 1))


def items_of(pair: Pair) -> tuple[TheirItem, ...]:
    """Every item there."""
    return tuple(item for invoice in pair.their_invoices() for item in invoice.items)


def lived(start: str, until: str, **terms: Any) -> Pair:  # noqa: ANN401 - any field of a lease
    """A lease that the fake billed from a day on."""
    pair = Pair()
    pair.life.let(start=start, **terms)
    pair.sync()
    pair.move_to(until)
    pair.sync()
    return pair


@given(day=st.integers(1, 28), billing_day=st.sampled_from([1, 15, 31]), rent=st.integers(1, 900_000))
def test_a_lease_that_only_begins_somewhere_costs_the_same(day: int, billing_day: int, rent: int) -> None:
    """One part a period: the factor of 9 places gives the same cent, or the difference is its rounding."""
    pair = lived(f"2026-01-{day:02d}", "2026-04-01", rent=rent, billing_day=billing_day)
    window = DateSpan(date(2026, 1, 1), date(2026, 3, 1))
    found = shadow(pair.account().lease, window, bill(pair.account().lease, window, NOW), items_of(pair))
    assert {it.rule for it in found} <= {ShadowRule.ROUNDING}


def test_conventions_repairs_and_what_nobody_explains() -> None:
    """Days over 30 are the lease's convention; what stays billed natively is a repair; a cent too much is neither."""
    pair = lived("2026-01-20", "2026-01-20", proration=Proration.FIXED_30)
    lease, window = pair.account().lease, DateSpan(date(2026, 1, 1), date(2026, 2, 1))
    (found,) = shadow(lease, window, bill(lease, window, NOW), items_of(pair))
    assert (found.native.plain(), found.engine.plain(), found.rule) == ("6000.00", "5806.45", ShadowRule.CONVENTION)

    pair = lived("2026-01-01", "2026-01-02")
    billed = bill(pair.account().lease, window, NOW)
    ChangeLease(pair.life.store).end(pair.life.command(reason="x"), LeaseId("l1"), date(2026, 1, 11))
    pair.sync()
    pair.move_to("2026-01-11")
    lease = pair.account().lease
    (found,) = shadow(lease, window, billed, items_of(pair))
    assert (found.native.plain(), found.engine.plain(), found.rule) == ("15000.00", "4838.71", ShadowRule.REPAIR)
    assert shadow(lease, window, bill(lease, window, NOW), items_of(pair)) == ()

    wrong = tuple(
        evolve(it, amount=it.amount + pair.life.money(1)) if it.kind is ItemKind.RECURRING else it
        for it in items_of(pair)
    )
    (found,) = shadow(lease, window, bill(lease, window, NOW), wrong)
    assert found.rule is ShadowRule.UNEXPLAINED


def test_a_rate_that_was_agreed_late_is_named() -> None:
    """16,000 from 1 January, agreed once January was billed at 15,000: both books let it stand."""
    pair = lived("2026-01-01", "2026-01-10")
    ChangeLease(pair.life.store).change_rent(
        pair.life.command(reason="x"), LeaseId("l1"), pair.life.money(16_000), date(2026, 1, 2)
    )
    pair.sync()
    lease, window = pair.account().lease, DateSpan(date(2026, 1, 1), date(2026, 2, 1))
    (found,) = shadow(lease, window, bill(lease, window, NOW), items_of(pair))
    assert (found.engine.plain(), found.rule) == ("15000.00", ShadowRule.AGREED_LATE)


def test_a_part_beside_a_short_month_is_named() -> None:
    """As measured: 18 days from 12 to 29 September on billing day 31 cost 18/31 in Kill Bill, 18/30 by the anchor."""
    life = Pair().life
    lease = life.lease(1, 11_918, "2027-09-12", billing_day=31)
    window = DateSpan(date(2027, 8, 1), date(2027, 9, 30))
    span = DateSpan(date(2027, 9, 12), date(2027, 9, 30))
    item = TheirItem("i", ItemKind.RECURRING, Money.parse("6920.13"), span, "p1/l1/rent")
    (found,) = shadow(lease, window, bill(lease, window, NOW), [item])
    assert (found.native.plain(), found.engine.plain()) == ("7150.80", "6920.13")
    assert found.rule is ShadowRule.SHORT_MONTH
    (other,) = shadow(lease, window, bill(lease, window, NOW), [evolve(item, amount=Money.parse("6920.14"))])
    assert other.rule is ShadowRule.UNEXPLAINED


def test_parts_of_a_period_differ_by_the_factor() -> None:
    """Two rents in one period: cumulative amounts by ours, one factor a part by the engine's."""
    pair = Pair()
    lease = pair.life.lease(rent=100)
    charge = lease.charges[0].with_rate(Rate(date(2026, 1, 11), pair.life.money(101)))
    lease = evolve(lease, charges=(charge,))
    window = DateSpan(date(2026, 1, 1), date(2026, 2, 1))
    native = bill(lease, window, NOW)
    factor = bill(evolve(lease, proration=Proration.KILLBILL_FACTOR), window, NOW)
    items = [
        TheirItem(line.line_id, ItemKind.RECURRING, line.amount, line.span, "p1/l1/rent")
        for invoice in factor
        for line in invoice.lines
    ]
    found = shadow(lease, window, native, items)
    assert {it.rule for it in found} <= {ShadowRule.ROUNDING}
    assert shadow(lease, window, factor, items) == ()


def test_what_was_billed_before_the_engine_is_named() -> None:
    """January was billed here; the engine began with February."""
    pair = Pair(today=date(2026, 1, 20))
    pair.life.let()
    pair.life.bill("2026-01")
    pair.sync()
    pair.move_to("2026-02-01")
    lease, window = pair.account().lease, DateSpan(date(2026, 1, 1), date(2026, 3, 1))
    standing = [it.period for it in pair.account().standing_invoices()]
    (found,) = shadow(lease, window, bill(lease, window, NOW), items_of(pair), standing)
    assert (found.period_start, found.rule) == (date(2026, 1, 1), ShadowRule.BILLED_BEFORE)
    (lost,) = shadow(lease, window, bill(lease, window, NOW), items_of(pair))
    assert lost.rule is ShadowRule.UNEXPLAINED


def test_what_nobody_bills_is_not_said_to_be_billed_before() -> None:
    """The engine refused the lease's terms and bills nothing, and nothing of it stands here: that needs a person."""
    pair = lived("2026-01-01", "2026-01-02")
    lease, window = pair.account().lease, DateSpan(date(2026, 1, 1), date(2026, 2, 1))
    (found,) = shadow(lease, window, bill(lease, window, NOW), [])
    assert (found.engine.plain(), found.rule) == ("0.00", ShadowRule.UNEXPLAINED)
