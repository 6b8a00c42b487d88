"""Twenty-four leases live fifteen months in our books and in a fake engine's, and both agree after each month."""

from __future__ import annotations

from datetime import date, timedelta

from tests.fixtures.lives_of_leases import FIRST, ClockedLife, play
from tests.fixtures.twenty_leases import LAST, twenty_leases
from tests.unit.services.outside_engine.desk import Desk

from marketplace_core.domain.days import ONE_DAY, DateSpan
from marketplace_core.domain.outside_engine.nets import net_of
from marketplace_core.services.outside_engine.cycle import BillOutside
from marketplace_core.services.outside_engine.shadow import CompareEngines
from marketplace_core.testing.laws import check_laws


class FakeLives:
    """A desk on which the script is played."""

    def __init__(self) -> None:
        """Begin on the script's first day."""
        self.desk = Desk(0)
        self.desk.life = self.life = ClockedLife(self.desk.books, self.desk.clock, first_step=100)
        self.move_to(FIRST)

    @property
    def today(self) -> date:
        """The engine's day."""
        return self.desk.engine.today

    def move_to(self, day: date) -> None:
        """Let days pass, here and there."""
        self.desk.move_to(day.isoformat())

    def bill(self) -> object:
        """The cycle of the portfolio."""
        window = DateSpan(self.today - timedelta(days=62), self.today + ONE_DAY)
        return BillOutside(self.desk.books, self.desk.sync)(self.life.portfolio_id, window)

    def pay_there(self, lease_id: str, amount: int) -> None:
        """A person records a payment of the oldest invoice that is open for as much."""
        books = self.desk.theirs(int(lease_id[1:]))
        oldest = next(it for it in books.invoices if it.balance.amount_minor >= amount * 100)
        self.desk.engine.by_hand.pay(oldest.invoice_id, self.life.money(amount), f"till {self.today} {lease_id}")

    def charge_there(self, lease_id: str, amount: int) -> None:
        """A person charges the lease."""
        self.desk.engine.by_hand.charge(self.desk.key(int(lease_id[1:])), self.life.money(amount))

    def drift(self) -> list[str]:
        """What is more than told."""
        return [f"{it.key} {it.kind}: {it.words}" for it in self.desk.records.differences() if it.is_drift]


def test_lives() -> None:
    """No drift after any month; equal nets; the laws hold; the native engine's shadow is explained."""
    lives = FakeLives()

    def after() -> None:
        lives.desk.full_pass()
        assert lives.drift() == [], lives.today

    play([twenty_leases()], lives, LAST, after)
    assert lives.drift() == []
    for account in lives.desk.books.accounts(lives.life.portfolio_id):
        theirs = lives.desk.theirs(int(account.lease.lease_id[1:]))
        assert net_of(account).net == theirs.account.balance
    check_laws(lives.desk.books, lives.life.portfolio_id)
    compared = CompareEngines(lives.desk.engine, lives.desk.books, lives.desk.books, lives.desk.clock)(
        lives.life.portfolio_id, DateSpan(date(2027, 8, 1), date(2028, 11, 1))
    )
    assert compared.unexplained == ()
