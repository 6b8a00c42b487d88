"""What every store that ages a portfolio must do."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from marketplace_core.domain.aging import AgingBasis, AgingBuckets, AgingGroup, AgingReport, age_accounts
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.errors import NotFound
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.contracts.state import a_busy_year
from marketplace_core.testing.life import PortfolioLife

_TURNS = ("2026-01-05", "2026-01-20", "2026-01-25", "2026-02-03", "2026-02-09", "2026-02-14", "2026-03-06")
_INSTANT = timedelta(microseconds=1)


def _days() -> list[date]:
    return [date.fromisoformat(day) - timedelta(days=back) for day in _TURNS for back in (1, 0)]


class AgingContract(StoreContract):
    """A store's report is the pure function's over its own accounts, cent for cent."""

    @pytest.mark.parametrize("by", AgingGroup)
    @pytest.mark.parametrize("basis", AgingBasis)
    def test_the_report_is_the_pure_functions(self, life: PortfolioLife, by: AgingGroup, basis: AgingBasis) -> None:
        """After a busy year: on the days that turn something and those before, by every group, from both days."""
        a_busy_year(life)
        _require_pure(life, None, by, basis, AgingBuckets())

    def test_what_is_known_turns_at_the_instant_of_each_fact(self, life: PortfolioLife) -> None:
        """What was recorded or superseded at an instant is known at it, and not a microsecond before."""
        a_busy_year(life)
        accounts = list(life.store.accounts(life.portfolio_id))
        recorded = {it.recorded_at for account in accounts for it in account.invoices}
        recorded |= {it.recorded_at for account in accounts for it in account.allocations}
        recorded |= {it.recorded_at for account in accounts for it in account.uses}
        superseded = {it.superseded_at for account in accounts for it in account.allocations}
        ended = {it.ended_recorded_at for account in accounts for it in account.credits}
        instants = sorted(it for it in recorded | superseded | ended if it is not None)
        reports: set[AgingReport] = set()
        for instant in instants:
            for known_on in (instant - _INSTANT, instant):
                _require_pure(life, known_on, AgingGroup.LEASE, AgingBasis.DUE_DATE, AgingBuckets())
                reports.add(life.store.report(life.portfolio_id, date(2026, 2, 9), known_on=known_on))
        assert len(superseded) > 1
        assert len(reports) > 1

    def test_a_refund_that_came_back_was_out_until_then(self, life: PortfolioLife) -> None:
        """Where nothing else has moved since the day: out on the days between, credit before and after."""
        lease = life.let()
        life.bill("2026-01")
        life.give(life.pay("T1", 50_000, "2026-01-05"), {"l1": 50_000})
        free = life.store.report(life.portfolio_id, date(2026, 1, 20)).total.unapplied
        life.correct.refund_lease(life.command(reason="too much"), lease, free, date(2026, 1, 20))
        use = life.store.account(life.portfolio_id, lease).uses[0]
        life.correct.take_back_refund(life.command(reason="bounced"), lease, use.use_id, date(2026, 2, 3))
        for day, unapplied in ((19, free), (20, life.money(0)), (33, life.money(0)), (34, free)):
            as_of = date(2026, 1, 1) + timedelta(days=day - 1)
            assert life.store.report(life.portfolio_id, as_of).total.unapplied == unapplied, as_of
        assert free.is_positive

    @pytest.mark.parametrize("bounds", [(0,), (10,), (0, 7), (1, 2, 3, 4, 5, 6, 7)])
    def test_buckets_are_as_many_as_asked_for(self, life: PortfolioLife, bounds: tuple[int, ...]) -> None:
        """One bound or seven: a bucket for each and an open one, labelled alike."""
        a_busy_year(life)
        buckets = AgingBuckets(bounds)
        _require_pure(life, None, AgingGroup.LEASE, AgingBasis.DUE_DATE, buckets)
        report = life.store.report(life.portfolio_id, date(2026, 2, 9), buckets=buckets)
        assert len(report.total.buckets) == len(report.labels) == len(bounds) + 1
        assert report.total.outstanding.is_positive

    def test_a_day_on_a_bound_is_in_its_bucket(self, life: PortfolioLife) -> None:
        """30 days past due is in 1-30, 31 is not; the day it is due is current."""
        life.let()
        life.bill("2026-01")
        due = life.invoices()[0].due_date
        for days, bucket in ((0, 0), (1, 1), (30, 1), (31, 2), (90, 3), (91, 4)):
            total = life.store.report(life.portfolio_id, due + timedelta(days=days)).total
            assert [it.is_positive for it in total.buckets] == [place == bucket for place in range(5)]

    def test_a_portfolio_that_owes_nothing_has_an_empty_report(self, life: PortfolioLife) -> None:
        """No rows and a total of zeros, in the portfolio's currency."""
        life.let()
        report = life.store.report(life.portfolio_id, date(2026, 2, 9), by=AgingGroup.PORTFOLIO)
        assert (report.rows, report.total.outstanding, report.total.unapplied) == ((), life.money(0), life.money(0))

    def test_other_portfolios_are_not_in_the_report(self, life: PortfolioLife) -> None:
        """What another portfolio of the same store owes changes nothing."""
        life.let()
        life.bill("2026-01")
        before = life.store.report(life.portfolio_id, date(2026, 3, 1))
        other = PortfolioLife(life.store, "p2").opened()
        other.let(rent=99_000)
        other.bill("2026-01")
        assert life.store.report(life.portfolio_id, date(2026, 3, 1)) == before
        assert other.store.report(other.portfolio_id, date(2026, 3, 1)) != before

    def test_an_unknown_portfolio_has_no_report(self, life: PortfolioLife) -> None:
        """Nobody ages a portfolio that is not there."""
        with pytest.raises(NotFound, match="nowhere"):
            life.store.report(PortfolioId("nowhere"), date(2026, 1, 1))


def _require_pure(
    life: PortfolioLife, known_on: datetime | None, by: AgingGroup, basis: AgingBasis, buckets: AgingBuckets
) -> None:
    store, own = life.store, life.portfolio_id
    accounts = list(store.accounts(own))
    property_of = {unit.unit_id: unit.property_id for unit in store.units(own)}
    for as_of in _days():
        expected = age_accounts(
            accounts,
            as_of,
            life.currency,
            known_on=known_on,
            by=by,
            property_of=property_of,
            basis=basis,
            buckets=buckets,
        )
        assert store.report(own, as_of, known_on=known_on, by=by, basis=basis, buckets=buckets) == expected
