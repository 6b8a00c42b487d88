"""What every store that sums accounts for an outside engine must do."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.outside_engine.nets import net_of
from marketplace_core.errors import NotFound
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.contracts.state import a_busy_year
from marketplace_core.testing.life import PortfolioLife


class EngineSumsContract(StoreContract):
    """A store's figures are the pure function's over its own accounts, cent for cent."""

    def test_the_figures_are_the_pure_functions(self, life: PortfolioLife) -> None:
        """After a busy year, in which something of each kind stands and something ended."""
        a_busy_year(life)
        accounts = list(life.store.accounts(life.portfolio_id))
        found = list(life.store.nets(life.portfolio_id))
        assert found == [net_of(account) for account in accounts]
        for figure in ("invoices", "invoiced_minor", "payments", "paid_minor", "credited_minor", "used_minor"):
            assert any(getattr(it, figure) for it in found), figure
        assert any(account.voids for account in accounts)
        assert any(it.ended_on for account in accounts for it in account.credits)
        assert any(it.ended_on for account in accounts for it in account.uses)

    def test_what_stands_later_counts_now(self, life: PortfolioLife) -> None:
        """An invoice issued later, a payment of a later day: the net is of no day."""
        lease = life.let()
        life.bill("2030-01")
        life.give(life.pay("T1", 40_000, "2031-05-05"), {"l1": 40_000})
        (found,) = life.store.nets(life.portfolio_id)
        assert (found.lease_id, found.net) == (lease, life.money(15_000 - 40_000))

    def test_the_net_is_what_is_owed_less_what_is_free(self, life: PortfolioLife) -> None:
        """On the last day of all: outstanding less unapplied credit, as the account itself says."""
        a_busy_year(life)
        for account in life.store.accounts(life.portfolio_id):
            (found,) = (it for it in life.store.nets(life.portfolio_id) if it.lease_id == account.lease.lease_id)
            owed, free = account.outstanding(date.max), account.unapplied(date.max)
            assert found.net_minor == owed.amount_minor - free.amount_minor

    def test_leases_that_were_never_active_are_left_out(self, life: PortfolioLife) -> None:
        """Drafts and cancelled ones have no account anywhere; one without money has zeros."""
        life.let(1, status=LeaseStatus.DRAFT)
        life.let(2, status=LeaseStatus.CANCELLED)
        life.let(3)
        (found,) = life.store.nets(life.portfolio_id)
        assert (found.lease_id, found.version, found.invoices, found.net) == (LeaseId("l3"), 1, 0, life.money(0))

    def test_it_goes_on_behind_a_lease(self, life: PortfolioLife) -> None:
        """Those behind it, whether it is there or not; other portfolios are not in it."""
        for number in (1, 2, 3):
            life.let(number)
        PortfolioLife(life.store, "p2").opened().let(2)
        nets = life.store.nets
        assert [it.lease_id for it in nets(life.portfolio_id)] == ["l1", "l2", "l3"]
        assert [it.lease_id for it in nets(life.portfolio_id, LeaseId("l1"))] == ["l2", "l3"]
        assert [it.lease_id for it in nets(life.portfolio_id, LeaseId("l2x"))] == ["l3"]
        assert list(nets(life.portfolio_id, LeaseId("l3"))) == []

    def test_an_unknown_portfolio_has_no_figures(self, life: PortfolioLife) -> None:
        """It is an error at once, not when the first is taken."""
        with pytest.raises(NotFound):
            life.store.nets(PortfolioId("nowhere"))
