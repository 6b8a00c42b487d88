"""What every reader of lease accounts must do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.errors import MarketplaceError, NotFound
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.laws.laws import LAWS, check_laws
from marketplace_core.testing.life import BEGINNING, PortfolioLife


class LeaseAccountsContract(StoreContract):
    """Leases with all their money, by id, on both time axes."""

    def test_leases_and_accounts_stream_by_id(self, life: PortfolioLife) -> None:
        """However they were recorded, leases and accounts come by id."""
        for number in (3, 1, 2):
            life.let(number)
        assert [it.lease_id for it in life.store.leases(life.portfolio_id)] == ["l1", "l2", "l3"]
        assert [it.lease.lease_id for it in life.store.accounts(life.portfolio_id)] == ["l1", "l2", "l3"]

    def test_an_unknown_lease_is_not_found(self, life: PortfolioLife) -> None:
        """Neither lease nor account of an unknown id."""
        with pytest.raises(NotFound):
            life.store.lease(life.portfolio_id, LeaseId("nobody"))
        with pytest.raises(NotFound):
            life.store.account(life.portfolio_id, LeaseId("nobody"))

    def test_a_day_in_the_past_ignores_what_came_later(self, life: PortfolioLife) -> None:
        """As of the day before the payment all is open; from its day on it is paid."""
        life.let()
        life.bill("2026-01")
        life.give(life.pay("T1", 15_000, "2026-01-20"), {"l1": 15_000})
        assert life.open_amounts(as_of="2026-01-19") == {"INV-000001": 1_500_000}
        assert life.open_amounts(as_of="2026-01-20") == {}

    def test_an_earlier_knowledge_is_read_again(self, life: PortfolioLife) -> None:
        """A late report changes what stood on its day, but not what was known of that day before."""
        life.let()
        life.bill("2026-01")
        before = BEGINNING + timedelta(minutes=life.command().recorded_at.minute)
        life.give(life.pay("T1", 15_000, "2026-01-20"), {"l1": 15_000})
        account = life.store.account(life.portfolio_id, LeaseId("l1"))
        assert account.known(before).outstanding(date(2026, 1, 31)).amount_minor == 1_500_000
        assert account.outstanding(date(2026, 1, 31)).amount_minor == 0

    def test_a_deposit_goes_over_to_another_lease(self, life: PortfolioLife) -> None:
        """From its day on it is held there and not here, no more than is held, and the sum of both stays."""
        first, second = life.let(1, deposit=life.money(10_000)), life.let(2)
        life.bill("2026-01")
        deposit = next(it for it in life.invoices() if it.kind is InvoiceKind.DEPOSIT)
        pins = {"l1": {deposit.invoice_id: 10_000}}
        life.give(life.pay("T1", 10_000, "2026-01-05"), {"l1": 10_000}, pins)
        over = life.correct.transfer_deposit
        on = date(2026, 1, 20)
        over(life.command(reason="moved house"), first, second, life.money(6_000), on)
        for refused in ((first, second, 4_001), (first, first, 1)):
            with pytest.raises(MarketplaceError):
                over(life.command(reason="too much"), refused[0], refused[1], life.money(refused[2]), on)
        accounts = [life.store.account(life.portfolio_id, it) for it in (first, second)]
        assert [it.deposit(on).held for it in accounts] == [life.money(4_000), life.money(6_000)]
        assert [it.deposit(date(2026, 1, 19)).held for it in accounts] == [life.money(10_000), life.money(0)]
        life.correct.refund_deposit(life.command(reason="moved out"), second, life.money(6_000), date(2026, 2, 1))
        check_laws(life.store, life.portfolio_id, LAWS)

    def test_a_refund_that_came_back_pays_at_once(self, life: PortfolioLife) -> None:
        """All of a credit was given, a part as a refund; taken back, that part pays what is open meanwhile."""
        lease_id = life.let()
        life.bill("2026-01")
        life.give(life.pay("T1", 20_000, "2026-01-05"), {"l1": 20_000})
        life.correct.refund_lease(life.command(reason="too much"), lease_id, life.money(5_000), date(2026, 1, 10))
        life.bill("2026-02")
        assert life.open_amounts() == {"INV-000002": 1_500_000}
        (use,) = life.store.account(life.portfolio_id, lease_id).uses
        life.correct.take_back_refund(life.command(reason="bounced"), lease_id, use.use_id, date(2026, 2, 10))
        assert life.open_amounts(as_of="2026-02-09") == {"INV-000002": 1_500_000}
        assert life.open_amounts() == {"INV-000002": 1_000_000}
