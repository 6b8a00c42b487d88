"""Late fees of a whole portfolio, before they are charged and when they are."""

from __future__ import annotations

from datetime import date

from marketplace_core.domain.lease import LateFeeRule
from marketplace_core.services.billing import ChargeLateFees
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks


def test_a_dry_run_says_the_fees_that_the_run_charges() -> None:
    """Number by number, over two leases with two fees each; charged, there are none to say."""
    life = PortfolioLife(MemoryBooks()).opened()
    for number in (1, 2):
        life.let(number, late_fee=LateFeeRule(flat=life.money(500)), grace_days=3)
    life.bill("2026-01")
    life.bill("2026-02")
    charge, command = ChargeLateFees(life.store, life.store), life.command("fees")
    before = life.state()
    told = charge(command, date(2026, 2, 28), dry_run=True)
    assert life.state() == before
    assert [it.number for it in told] == [f"INV-{number:06d}" for number in (5, 6, 7, 8)]
    assert charge(command, date(2026, 2, 28)) == told
    assert charge(life.command("fees"), date(2026, 2, 28), dry_run=True) == ()
