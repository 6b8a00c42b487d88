"""What every billing engine must do."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from attrs import evolve

from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.days import DateSpan, parse_month
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_FIRST_QUARTER = DateSpan(date(2026, 1, 1), date(2026, 4, 1))


class BillingEngineContract:
    """Needs a fixture ``engine``: the engine, knowing what it must of the leases l1 that the tests ask about."""

    @pytest.fixture
    def engine(self) -> BillingEngine:
        """Override me."""
        raise NotImplementedError("give a fixture `engine` that returns the billing engine")

    @pytest.fixture
    def life(self) -> PortfolioLife:
        """Makes the leases."""
        return PortfolioLife(MemoryBooks())

    def test_asked_twice_it_says_the_same(self, engine: BillingEngine, life: PortfolioLife) -> None:
        """Ids included, and no number: that is given at writing."""
        lease = life.lease(deposit=life.money(30_000))
        said = engine.invoices(lease, parse_month("2026-01"), _NOW)
        assert said == engine.invoices(lease, parse_month("2026-01"), _NOW)
        assert {(it.kind, it.amount, it.number) for it in said} == {
            (InvoiceKind.DEPOSIT, life.money(30_000), ""),
            (InvoiceKind.RECURRING, life.money(15_000), ""),
        }

    def test_a_quarter_is_its_months(self, engine: BillingEngine, life: PortfolioLife) -> None:
        """One window of three months gives what three windows of one month give."""
        lease = life.lease(start="2026-01-20")
        months = [engine.invoices(lease, parse_month(f"2026-0{month}"), _NOW) for month in (1, 2, 3)]
        assert engine.invoices(lease, _FIRST_QUARTER, _NOW) == tuple(it for month in months for it in month)

    def test_what_stands_gets_no_other(self, engine: BillingEngine, life: PortfolioLife) -> None:
        """Each period and the deposit alone, and all together: nothing is left."""
        lease = life.lease(deposit=life.money(30_000))
        said = engine.invoices(lease, _FIRST_QUARTER, _NOW)
        for stands in said:
            left = engine.invoices(lease, _FIRST_QUARTER, _NOW, standing={stands.key_of_lease})
            assert left == tuple(it for it in said if it is not stands)
        assert engine.invoices(lease, _FIRST_QUARTER, _NOW, standing={it.key_of_lease for it in said}) == ()

    def test_a_one_off_charge_rides_on_an_invoice_to_issue(self, engine: BillingEngine, life: PortfolioLife) -> None:
        """On the first that begins on or after its day and does not stand; billed already, on none."""
        repair = OneOffCharge(ChargeId("o1"), ChargeKind.REPAIR, life.money(2_500), date(2026, 1, 1))
        plain = life.lease()
        lease = evolve(plain, one_off_charges=(repair,))
        assert _bearing(engine.invoices(lease, _FIRST_QUARTER, _NOW)) == [date(2026, 1, 1)]
        january = engine.invoices(plain, parse_month("2026-01"), _NOW)
        standing = {it.key_of_lease for it in january}
        assert _bearing(engine.invoices(lease, _FIRST_QUARTER, _NOW, standing=standing)) == [date(2026, 2, 1)]
        assert _bearing(engine.invoices(lease, _FIRST_QUARTER, _NOW, {repair.charge_id})) == []

    def test_a_draft_is_not_billed(self, engine: BillingEngine, life: PortfolioLife) -> None:
        """Nor is what was cancelled."""
        for status in (LeaseStatus.DRAFT, LeaseStatus.CANCELLED):
            assert engine.invoices(life.lease(status=status), _FIRST_QUARTER, _NOW) == ()


def _bearing(invoices: tuple[Invoice, ...]) -> list[date]:
    """The first days of the periods whose invoices have the charge o1."""
    return [it.period.start for it in invoices if any(line.charge_id == "o1" for line in it.lines)]
