"""Each line of the model by one example: what is sent, what is recorded, and that both books agree then."""

from collections.abc import Callable
from datetime import date

import pytest
from tests.unit.outside_engine.pair import Pair

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.identifiers import ChargeId, LeaseId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.lease import LeaseTerm
from marketplace_core.domain.outside_engine.agreement import DifferenceKind
from marketplace_core.domain.outside_engine.ingesting import ingest
from marketplace_core.domain.outside_engine.records import ItemKind, TheirInvoiceStatus
from marketplace_core.domain.outside_engine.setting import Links
from marketplace_core.domain.outside_engine.steps import (
    ChangePrice,
    Charge,
    EndSubscription,
    GiveCredit,
    OpenAccount,
    RecordPayment,
    ReopenSubscription,
    ResumeBilling,
    Subscribe,
    TakeBackPayment,
    VoidInvoice,
)
from marketplace_core.services.leases import ChangeLease


@pytest.fixture
def pair() -> Pair:
    """A lease of 15,000 a month from January 2026 with a deposit of 30,000, synchronised."""
    made = Pair()
    made.life.let(deposit=made.life.money(30_000))
    made.sync()
    made.require_agreement()
    return made


def amounts(pair: Pair, kind: InvoiceKind) -> list[str]:
    """Amounts of standing invoices of a kind by number."""
    account = pair.account()
    return [it.amount.plain() for it in pair.life.invoices() if it.kind is kind and not account.is_void(it.invoice_id)]


def command(pair: Pair) -> Command:
    """A command with a reason."""
    return pair.life.command(reason="agreed")


def test_a_lease_gets_an_account_a_subscription_and_its_deposit(pair: Pair) -> None:
    """The engine bills the rent, we bill the deposit; planned again, nothing is left."""
    assert [type(it) for it in pair.steps] == [OpenAccount, Charge, Subscribe, ResumeBilling]
    assert (amounts(pair, InvoiceKind.RECURRING), amounts(pair, InvoiceKind.DEPOSIT)) == (["15000.00"], ["30000.00"])
    assert pair.sync() == 0


def test_what_was_billed_and_taken_back_before_it_is_read_is_asked_for_once(pair: Pair) -> None:
    """Read for the first time after an end on 11 January: the invoice of the period asks for ten days, not for all."""
    ChangeLease(pair.life.store).end(command(pair), LeaseId("l1"), date(2026, 1, 11))
    pair.sync()
    pair.move_to("2026-01-12")
    never_read = LeaseAccount(pair.account().lease)
    found = ingest(never_read, pair.theirs(), Links(), pair.setting, pair.life.command().recorded_at)
    (rent,) = (it for it in found.invoices if it.kind is InvoiceKind.RECURRING)
    assert (rent.amount.plain(), found.notes) == ("4838.71", ())


def test_a_payment_is_a_slice_an_invoice_and_its_rest_credit(pair: Pair) -> None:
    """50,000 pay 15,000 and 30,000; 5,000 are credit, which the next rent there takes."""
    pair.life.give(pair.life.pay("T1", 50_000, "2026-01-05"), {"l1": 50_000})
    pair.sync()
    slices = [it.amount.plain() for it in pair.steps if isinstance(it, RecordPayment)]
    assert (slices, [it.amount.plain() for it in pair.steps if isinstance(it, GiveCredit)]) == (
        ["15000.00", "30000.00"],
        ["5000.00"],
    )
    pair.move_to("2026-02-01")
    pair.sync()
    pair.require_agreement()
    assert pair.theirs().account.balance == pair.life.money(10_000)


def test_a_match_undone_goes_back_and_a_reversal_is_charged_back(pair: Pair) -> None:
    """Each slice whole; the rest is asked for again."""
    match_id = pair.life.give(pair.life.pay("T1", 50_000, "2026-01-05"), {"l1": 50_000})
    payment_id = pair.life.pay("T2", 1_000, "2026-01-06")
    pair.sync()
    pair.life.undo(match_id)
    pair.sync()
    pair.life.give(payment_id, {"l1": 1_000})
    pair.sync()
    pair.life.reverse(payment_id, "2026-01-09")
    pair.sync()
    taken = [(it.amount.plain(), it.is_chargeback) for it in pair.steps if isinstance(it, TakeBackPayment)]
    assert taken == [("15000.00", False), ("30000.00", False), ("1000.00", True)]
    pair.require_agreement()
    assert pair.theirs().account.balance == pair.life.money(45_000)


def test_credits_refunds_and_what_came_back(pair: Pair) -> None:
    """A credit note is credit there, a refund consumes it, and a refund that came back gives it again."""
    (rent,) = (it for it in pair.life.invoices() if it.kind is InvoiceKind.RECURRING)
    pair.life.give(pair.life.pay("T1", 45_000, "2026-01-05"), {"l1": 45_000})
    pair.sync()
    pair.life.correct.credit_invoice(
        command(pair), LeaseId("l1"), rent.invoice_id, pair.life.money(2_000), date(2026, 1, 6)
    )
    credit = next(it for it in pair.account().credits if it.source is CreditSource.PAYMENT)
    pair.life.correct.refund(command(pair), LeaseId("l1"), credit.credit_id, pair.life.money(1_500), date(2026, 1, 7))
    pair.sync()
    pair.require_agreement()
    assert pair.theirs().account.balance == pair.life.money(-500)
    (use,) = pair.account().uses
    pair.life.correct.take_back_refund(command(pair), LeaseId("l1"), use.use_id, date(2026, 1, 8))
    pair.sync()
    pair.require_agreement()
    assert pair.theirs().account.balance == pair.life.money(-2_000)


def test_a_one_off_charge_rides_and_a_late_one_is_ours(pair: Pair) -> None:
    """It is a line of February's invoice here and there; after the last period it gets an invoice of its own."""
    change = ChangeLease(pair.life.store)
    repair = OneOffCharge(ChargeId("o1"), ChargeKind.REPAIR, pair.life.money(2_500), date(2026, 1, 20))
    change.charge(command(pair), LeaseId("l1"), repair)
    pair.sync()
    assert amounts(pair, InvoiceKind.ONE_OFF) == []
    pair.move_to("2026-02-01")
    pair.sync()
    pair.require_agreement()
    assert amounts(pair, InvoiceKind.RECURRING) == ["15000.00", "17500.00"]
    change.end(command(pair), LeaseId("l1"), date(2026, 2, 28))
    late = OneOffCharge(ChargeId("o2"), ChargeKind.REPAIR, pair.life.money(900), date(2026, 2, 20))
    change.charge(command(pair), LeaseId("l1"), late)
    pair.move_to("2026-02-21")
    pair.sync()
    pair.require_agreement()
    assert amounts(pair, InvoiceKind.ONE_OFF) == ["900.00"]


def test_a_dropped_charge_does_not_ride(pair: Pair) -> None:
    """Its draft is void there before the next run."""
    change = ChangeLease(pair.life.store)
    repair = OneOffCharge(ChargeId("o1"), ChargeKind.REPAIR, pair.life.money(2_500), date(2026, 1, 20))
    change.charge(command(pair), LeaseId("l1"), repair)
    pair.sync()
    change.stop_charge(command(pair), LeaseId("l1"), ChargeId("o1"))
    pair.sync()
    pair.move_to("2026-02-01")
    pair.sync()
    pair.require_agreement()
    assert amounts(pair, InvoiceKind.RECURRING) == ["15000.00", "15000.00"]


def test_an_end_before_what_is_billed_becomes_a_credit_note(pair: Pair) -> None:
    """The engine repairs 21 of January's 31 days; ours takes them back by a note of the same amount."""
    ChangeLease(pair.life.store).end(command(pair), LeaseId("l1"), date(2026, 1, 11))
    pair.sync()
    pair.require_agreement()
    pair.move_to("2026-01-11")
    pair.sync()
    pair.require_agreement()
    (note,) = pair.account().credit_notes
    assert note.amount.plain() == "10161.29"
    assert [it for it in pair.steps if isinstance(it, EndSubscription)]


def test_a_rent_that_changes_in_a_billed_period_holds_from_the_next(pair: Pair) -> None:
    """What was billed stays: 20,000 from 10 January are first billed in February."""
    ChangeLease(pair.life.store).change_rent(command(pair), LeaseId("l1"), pair.life.money(20_000), date(2026, 1, 10))
    pair.sync()
    pair.move_to("2026-02-01")
    pair.sync()
    pair.require_agreement()
    assert amounts(pair, InvoiceKind.RECURRING) == ["15000.00", "20000.00"]


def test_a_rent_that_is_agreed_under_notice(pair: Pair) -> None:
    """The engine takes no price of what is to end: the end is forgotten, the price said, the end said again."""
    change = ChangeLease(pair.life.store)
    change.give_notice(command(pair), LeaseId("l1"), date(2026, 4, 1))
    pair.sync()
    change.change_rent(command(pair), LeaseId("l1"), pair.life.money(20_000), date(2026, 2, 1))
    pair.sync()
    assert [type(it) for it in pair.steps[-3:]] == [ReopenSubscription, ChangePrice, EndSubscription]
    pair.move_to("2026-04-10")
    pair.sync()
    pair.require_agreement()
    assert (amounts(pair, InvoiceKind.RECURRING), pair.refused) == (["15000.00", "20000.00", "20000.00"], [])


def test_terms_in_the_past_are_billed_right_at_once() -> None:
    """A lease that ended before it is told of, with another rent meanwhile: its days and no repair."""
    pair = Pair(today=date(2026, 4, 10))
    pair.life.let(start="2026-01-01", terms=(LeaseTerm(date(2026, 1, 1), date(2026, 3, 16)),))
    ChangeLease(pair.life.store).change_rent(command(pair), LeaseId("l1"), pair.life.money(16_000), date(2026, 2, 1))
    pair.sync()
    pair.require_agreement()
    assert amounts(pair, InvoiceKind.RECURRING) == ["15000.00", "16000.00", "7741.94"]
    assert not any(item.kind is ItemKind.REPAIR for it in pair.their_invoices() for item in it.items)


def test_notice_taken_back_and_a_lease_that_goes_on_after_its_end(pair: Pair) -> None:
    """An end to come is forgotten; one that passed begins again under a key of its own."""
    change = ChangeLease(pair.life.store)
    change.give_notice(command(pair), LeaseId("l1"), date(2026, 3, 1))
    pair.sync()
    change.renew(command(pair), LeaseId("l1"), date(2026, 4, 1))
    pair.sync()
    assert [type(it) for it in pair.steps[-2:]] == [ReopenSubscription, EndSubscription]
    pair.move_to("2026-04-10")
    pair.sync()
    change.renew(command(pair), LeaseId("l1"), None)
    pair.sync()
    pair.require_agreement()
    assert [it.key for it in pair.theirs().subscriptions] == ["p1/l1/rent", "p1/l1/rent~1"]
    assert amounts(pair, InvoiceKind.RECURRING) == ["15000.00"] * 4


def test_an_end_moved_to_before_one_that_has_passed_is_told() -> None:
    """The money agrees, and no end moves there any more: what the days between cost is a person's, and no drift."""
    pair = Pair()
    pair.life.let(1, 15_000, "2025-12-15", billing_day=15)
    pair.life.bill("2025-12")
    pair.sync()
    change = ChangeLease(pair.life.store)
    change.give_notice(command(pair), LeaseId("l1"), date(2026, 1, 16))
    pair.sync()
    change.give_notice(command(pair), LeaseId("l1"), date(2026, 1, 2))
    pair.engine.move_to(date(2026, 1, 17))
    pair.sync()
    pair.require_agreement()
    assert [it.kind for it in pair.compare()] == [DifferenceKind.ENDED_LATER]


def test_what_was_billed_before_is_charged_and_the_engine_begins_after_it() -> None:
    """Two months by the native engine, then the engine goes on with March."""
    pair = Pair(today=date(2026, 2, 20))
    pair.life.let()
    pair.life.bill("2026-01")
    pair.life.bill("2026-02")
    pair.sync()
    pair.require_agreement()
    assert [it.starts_on for it in pair.steps if isinstance(it, Subscribe)] == [date(2026, 3, 1)]
    assert len([it for it in pair.steps if isinstance(it, Charge)]) == 2


def test_a_native_run_beside_the_engine_bills_nothing_twice(pair: Pair) -> None:
    """February billed here by mistake: it waits for theirs, is linked to it, and is asked for once."""
    pair.life.bill("2026-02")
    pair.sync()
    assert {kind for kind, _ in pair.drift()} == {DifferenceKind.INVOICE_MISSING_THERE, DifferenceKind.BALANCE}
    pair.move_to("2026-02-01")
    pair.sync()
    pair.require_agreement()
    assert amounts(pair, InvoiceKind.RECURRING) == ["15000.00", "15000.00"]


def test_a_void_takes_what_paid_back_first_and_pays_again(pair: Pair) -> None:
    """The rent is void here: its slice goes back, the invoice is void there, the money pays the deposit."""
    (rent,) = (it for it in pair.life.invoices() if it.kind is InvoiceKind.RECURRING)
    pair.life.give(pair.life.pay("T1", 15_000, "2026-01-05"), {"l1": 15_000})
    pair.sync()
    pair.life.correct.void_invoice(command(pair), LeaseId("l1"), rent.invoice_id, date(2026, 1, 6))
    pair.sync()
    pair.require_agreement()
    kinds = [type(it) for it in pair.steps]
    assert kinds.index(TakeBackPayment) < kinds.index(VoidInvoice)


def test_two_periods_of_one_invoice_are_voided_one_after_the_other() -> None:
    """The first is given back as credit, since the other stands; so is the other, or the first were given twice."""
    pair = Pair()
    pair.life.let()
    pair.engine.move_to(date(2026, 2, 1))
    pair.sync()
    periods = [it for it in pair.account().invoices if it.kind is InvoiceKind.RECURRING]
    for invoice, left in zip(reversed(periods), ("15000.00", "0.00"), strict=True):
        pair.life.correct.void_invoice(command(pair), LeaseId("l1"), invoice.invoice_id, date(2026, 2, 1))
        pair.sync()
        pair.require_agreement()
        theirs = pair.engine.books_of(pair.key("l1"))
        assert theirs is not None
        assert theirs.account.balance.plain() == left
        assert not pair.repair()


def test_what_is_void_there_is_void_here_and_a_payment_made_there_is_here(pair: Pair) -> None:
    """The engine owns its invoices, and money that reached it was received; given back there, it is reversed here."""
    rent = next(it for it in pair.their_invoices() if it.amount == pair.life.money(15_000))
    paid = pair.engine.by_hand.pay(rent.invoice_id, pair.life.money(4_000))
    pair.sync()
    pair.require_agreement()
    assert [it.amount.plain() for it in pair.account().credits] == ["4000.00"]
    pair.engine.by_hand.take_back(paid)
    pair.sync()
    pair.engine.by_hand.void(rent.invoice_id)
    pair.sync()
    pair.require_agreement()
    assert pair.account().is_void(pair.links.invoices[rent.invoice_id])


def test_what_people_did_there_is_told_and_repaired(pair: Pair) -> None:
    """Credit given, an adjustment, a silent edit, a void, a loss, money taken back: drift, one repair, agreement."""
    pair.life.give(pair.life.pay("T1", 20_000, "2026-01-05"), {"l1": 20_000})
    pair.sync()
    hand, key = pair.engine.by_hand, pair.key()
    (paid, *_) = pair.theirs().payments
    deposit = next(it for it in pair.their_invoices() if it.amount == pair.life.money(30_000))
    rent = next(it for it in pair.their_invoices() if it.amount == pair.life.money(15_000))
    deeds: dict[DifferenceKind, Callable[[], object]] = {
        DifferenceKind.UNKNOWN_THERE: lambda: hand.credit(key, pair.life.money(500)),
        DifferenceKind.INVOICE_AMOUNT: lambda: hand.edit_silently(deposit.items[0].item_id, pair.life.money(29_999)),
        DifferenceKind.PAYMENT_AMOUNT: lambda: hand.take_back(paid.payment_id),
        DifferenceKind.INVOICE_VOID: lambda: hand.lose(rent.invoice_id),
    }
    for kind, deed in deeds.items():
        deed()
        pair.sync()
        assert kind in {found for found, _ in pair.drift()}, kind
        pair.repair()
        pair.require_agreement()


def test_a_charge_that_stands_twice_is_a_duplicate_and_repaired_by_a_void(pair: Pair) -> None:
    """The same marker on two invoices."""
    (charge,) = (it for it in pair.steps if isinstance(it, Charge))
    pair.engine.perform(pair.key(), pair.theirs().account.account_id, charge)
    assert DifferenceKind.DUPLICATE_THERE in {kind for kind, _ in pair.drift()}
    pair.repair()
    pair.require_agreement()
    assert [it.status for it in pair.their_invoices()].count(TheirInvoiceStatus.VOID) == 1


def test_credit_of_money_that_never_came_in_is_told(pair: Pair) -> None:
    """Three ways: the payment was reversed, and its credit stands."""
    payment_id = pair.life.pay("T1", 1_000, "2026-01-05")
    pair.life.give(payment_id, {"l1": 1_000})
    pair.sync()
    assert not [it for it in pair.compare(cash=pair.cash()) if it.is_drift]
    (told,) = pair.compare(cash={payment_id: pair.life.money(0)})
    assert (told.kind, told.ours, told.theirs) == (DifferenceKind.CASH, pair.life.money(1_000), pair.life.money(0))
