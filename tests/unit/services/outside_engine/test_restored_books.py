"""Books that were restored from a backup, there or here, and papers billed again: nobody is asked twice."""

from __future__ import annotations

from datetime import date

import pytest
from tests.unit.services.outside_engine.desk import Desk

from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.outside_engine.agreement import DifferenceKind
from marketplace_core.domain.outside_engine.nets import net_of
from marketplace_core.services.leases import ChangeLease
from marketplace_core.testing.outside_engine import MemoryOutsideEngine


def lose_their_books(desk: Desk) -> None:
    """The engine is restored from a backup in which the account was not made yet; its new ids are others."""
    fresh = MemoryOutsideEngine(desk.engine.today)
    for number in range(50):
        fresh.by_hand.open_account(f"other/{number}")
    desk.engine = desk.line.engine = fresh


def require_net(desk: Desk, minor: int) -> None:
    """Both books come to this, and nothing differs."""
    account = desk.books.account(desk.life.portfolio_id, desk.key().lease_id)
    assert (net_of(account).net_minor, desk.theirs().account.balance.amount_minor) == (minor, minor)
    assert not [it.words for it in desk.sync.compare(desk.key()) if it.is_drift]


def test_what_a_restored_engine_bills_again_is_the_invoice_that_stands_here() -> None:
    """Under another id: it takes the place of the one that is gone, and asks the tenant for nothing more."""
    desk = Desk(1)
    desk.settle()
    desk.move_to("2026-02-01")
    desk.settle()
    lose_their_books(desk)
    desk.settle()
    desk.repair(desk.all_keys())
    desk.settle()
    require_net(desk, 2_500_200)
    kinds = [it.kind for it in desk.life.invoices()]
    assert sorted(kinds) == [InvoiceKind.DEPOSIT, InvoiceKind.RECURRING, InvoiceKind.RECURRING]


def test_what_a_restored_engine_takes_back_again_is_credited_once() -> None:
    """It bills what is left without a repair: the credit note of the repair stays, and no other is made."""
    desk = Desk(1)
    desk.settle()
    ChangeLease(desk.books).end(desk.life.command("lease.end"), desk.key().lease_id, date(2026, 1, 16))
    desk.move_to("2026-01-20")
    desk.settle()
    before = net_of(desk.books.account(desk.life.portfolio_id, desk.key().lease_id)).net_minor
    notes = len(desk.books.account(desk.life.portfolio_id, desk.key().lease_id).credit_notes)
    assert notes == 1
    lose_their_books(desk)
    desk.settle()
    desk.repair(desk.all_keys())
    desk.settle()
    require_net(desk, before)
    assert len(desk.books.account(desk.life.portfolio_id, desk.key().lease_id).credit_notes) == notes


def test_what_a_restored_engine_bills_by_other_terms_changes_nothing_here() -> None:
    """A rent agreed late held from the next period on, and billed again from its day: told, and repaired there."""
    desk = Desk(1)
    desk.settle()
    desk.move_to("2026-01-10")
    change = ChangeLease(desk.books)
    change.change_rent(desk.life.command("lease.rent"), desk.key().lease_id, desk.life.money(20_000), date(2026, 1, 5))
    desk.settle()
    require_net(desk, 1_500_100)
    lose_their_books(desk)
    desk.settle()
    assert [it for it in desk.sync.compare(desk.key()) if it.is_drift]
    desk.repair(desk.all_keys())
    desk.settle()
    require_net(desk, 1_500_100)
    assert [it.kind for it in desk.life.invoices()] == [InvoiceKind.DEPOSIT, InvoiceKind.RECURRING]


def test_a_charge_that_rode_and_was_lost_there_is_still_owed() -> None:
    """What is billed again does not bring it: a repair asks for it there, and nobody is given it here."""
    desk = Desk(1)
    desk.settle()
    one_off = OneOffCharge(ChargeId("water"), ChargeKind.WATER, desk.life.money(700), date(2026, 1, 20))
    ChangeLease(desk.books).charge(desk.life.command("lease.charge"), desk.key().lease_id, one_off)
    desk.settle()
    desk.move_to("2026-02-01")
    desk.settle()
    require_net(desk, 2_570_200)
    lose_their_books(desk)
    desk.settle()
    desk.repair(desk.all_keys())
    desk.settle()
    require_net(desk, 2_570_200)


def test_a_deposit_that_was_voided_is_asked_for_again_once() -> None:
    """Its command is not taken for a repeat of the first; then nothing is left to record."""
    desk = Desk(1)
    desk.settle()
    deposit = next(it for it in desk.life.invoices() if it.kind is InvoiceKind.DEPOSIT)
    desk.life.correct.void_invoice(
        desk.life.command(reason="wrong"), desk.key().lease_id, deposit.invoice_id, date(2026, 1, 2)
    )
    desk.settle()
    require_net(desk, 1_500_100)
    told = desk.sync(desk.key())
    assert (told.recorded, told.done) == ((), 0)


def test_a_payment_that_a_restored_engine_keeps_again_is_repaired() -> None:
    """It was charged back once and is not charged back twice: the repair asks for its money, and ends."""
    desk = Desk(1)
    payment_id = desk.life.pay("T1", 3_000, "2026-01-01")
    desk.life.give(payment_id, {"l1": 3_000})
    desk.settle()
    desk.life.reverse(payment_id, "2026-01-02")
    desk.settle()
    (payment,) = desk.theirs().payments
    assert not payment.kept
    desk.engine.by_hand.keep_again(payment.payment_id)
    desk.settle()
    desk.repair(desk.all_keys())
    desk.settle()
    require_net(desk, 1_500_100)


def test_a_period_that_was_restored_by_other_terms_stays_held_and_a_person_credits_its_end() -> None:
    """What the engine takes back of it is by its terms, not by what stands here: told, asked for again, never followed.

    The operator credits here what the tenant is owed; that is sent, and both books agree.
    """
    desk = Desk(1)
    desk.settle()
    desk.move_to("2026-01-10")
    change, lease_id = ChangeLease(desk.books), desk.key().lease_id
    change.change_rent(desk.life.command("lease.rent"), lease_id, desk.life.money(20_000), date(2026, 1, 5))
    desk.settle()
    lose_their_books(desk)
    desk.settle()
    desk.repair(desk.all_keys())
    desk.settle()
    change.end(desk.life.command("lease.end"), lease_id, date(2026, 1, 21))
    desk.move_to("2026-01-25")
    desk.settle()
    assert [it.subject for it in desk.sync.compare(desk.key()) if it.is_drift] == ["period:2026-01-01", "l1"]
    desk.repair(desk.all_keys())
    desk.settle()
    require_net(desk, 1_500_100)
    rent = next(it for it in desk.life.invoices() if it.kind is InvoiceKind.RECURRING)
    left, today = desk.life.money(3_549), date(2026, 1, 25)
    desk.life.correct.credit_invoice(desk.life.command(reason="end"), lease_id, rent.invoice_id, left, today)
    desk.settle()
    require_net(desk, 1_500_100 - 354_900)


@pytest.mark.parametrize("looked", [False, True], ids=["after the run", "before it"])
def test_a_rent_whose_invoice_is_a_draft_again_is_not_voided_here(*, looked: bool) -> None:
    """Restored to before the run that a charge rode on: told until the engine runs again, then both agree."""
    desk = Desk(1)
    desk.settle()
    one_off = OneOffCharge(ChargeId("water"), ChargeKind.WATER, desk.life.money(700), date(2026, 1, 20))
    ChangeLease(desk.books).charge(desk.life.command("lease.charge"), desk.key().lease_id, one_off)
    desk.settle()
    desk.move_to("2026-02-01")
    desk.settle()
    before, sent = desk.life.invoices(), len(desk.line.steps)
    desk.engine.by_hand.draft_again(
        next(it.invoice_id for it in desk.theirs().invoices if it.amount == desk.life.money(10_701))
    )
    if looked:
        desk.settle()
        kinds = [it.kind for it in desk.sync.compare(desk.key()) if it.is_drift]
        assert kinds == [DifferenceKind.INVOICE_VOID, DifferenceKind.BALANCE]
    desk.engine.by_hand.run(desk.key())
    desk.settle()
    require_net(desk, 2_570_200)
    assert (desk.life.invoices(), len(desk.line.steps)) == (before, sent)
    assert not desk.books.account(desk.life.portfolio_id, desk.key().lease_id).voids
