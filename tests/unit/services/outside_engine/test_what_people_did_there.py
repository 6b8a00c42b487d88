"""What people do in the engine: a repair ends, whatever it is about, and asks for nothing twice."""

from __future__ import annotations

from datetime import date, timedelta

from attrs import evolve
from tests.unit.services.outside_engine.desk import QUIET, Desk

from marketplace_core.domain.identifiers import CollectionAccountId, LeaseId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.money import Currency
from marketplace_core.domain.outside_engine.nets import net_of
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.testing.life import PAYBILL, PortfolioLife


def require_agreement(desk: Desk) -> None:
    """Nothing differs, the nets are equal, and a further repair sends nothing."""
    account = desk.books.account(desk.life.portfolio_id, desk.key().lease_id)
    assert not [it.words for it in desk.sync.compare(desk.key()) if it.is_drift]
    assert net_of(account).net == desk.theirs().account.balance
    sent = len(desk.line.steps)
    desk.repair([desk.key()])
    assert len(desk.line.steps) == sent


def repair(desk: Desk) -> None:
    """Three times: once is enough for all but what follows from a repair."""
    for _ in range(3):
        desk.repair([desk.key()])
        desk.clock.instant += QUIET + timedelta(seconds=1)


def test_a_repair_of_a_repair_is_known_again() -> None:
    """Its words quote the one that it takes back, but not its marker: by that it would be sent for ever."""
    desk = Desk(1)
    desk.settle()
    deposit = next(it for it in desk.theirs().invoices if it.amount == desk.life.money(5_000))
    desk.engine.by_hand.adjust(deposit.items[0].item_id, desk.life.money(700))
    repair(desk)
    desk.engine.by_hand.void(deposit.invoice_id)
    repair(desk)
    require_agreement(desk)


def test_what_was_adjusted_there_and_whose_credit_is_used_is_voided_here_all_the_same() -> None:
    """The engine refuses to void it for ever: it is given back as credit, and the adjustment is taken back."""
    desk = Desk(1)
    desk.settle()
    desk.life.give(desk.life.pay("T1", 3_000, "2026-01-01"), {"l1": 3_000})
    desk.settle()
    rent = next(it for it in desk.theirs().invoices if it.amount == desk.life.money(10_001))
    assert rent.balance == desk.life.money(7_001)
    desk.engine.by_hand.adjust(rent.items[0].item_id, desk.life.money(9_000))
    ours = next(it for it in desk.life.invoices() if it.kind is InvoiceKind.RECURRING)
    command = desk.life.command(reason="wrong")
    desk.life.correct.void_invoice(command, desk.key().lease_id, ours.invoice_id, date(2026, 1, 1))
    desk.settle()
    repair(desk)
    require_agreement(desk)


def test_payments_made_there_in_two_currencies_are_both_recorded_here() -> None:
    """Each portfolio's in an account of its currency: one account has but one."""
    desk = Desk(1)
    yen = Currency.of("JPY")
    box = evolve(PAYBILL, collection_account_id=CollectionAccountId("box2"), number="99", currency=yen)
    other = PortfolioLife(desk.books, "p2", box, first_step=50_000).opened(1)
    other.let(1, 7_000)
    keys = [desk.key(), AccountKey(other.portfolio_id, LeaseId("l1"))]
    for number, key in enumerate(keys):
        desk.sync(key)
        theirs = desk.engine.books_of(key)
        assert theirs is not None
        invoice = theirs.invoices[-1]
        desk.engine.by_hand.pay(invoice.invoice_id, invoice.balance, f"till {number}")
        told = desk.sync(key)
        assert (told.problem, told.drift) == ("", 0)
        account = desk.books.account(key.portfolio_id, key.lease_id)
        assert [it.amount for it in account.credits] == [invoice.balance]
        assert desk.sync(key).recorded == ()
