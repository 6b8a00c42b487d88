"""What the outside engine in memory does beyond the suite of all engines: what a person does in it, its oddities."""

from datetime import date
from random import Random

import pytest

from marketplace_core.domain.outside_engine.records import ItemKind, TheirItem, TheirPaymentState
from marketplace_core.domain.outside_engine.steps import ChangePrice, Charge, EndSubscription, VoidInvoice
from marketplace_core.errors import ConfigurationError, RuleViolation
from marketplace_core.testing.contracts.outside_engine import EnginePlace, LeaseThere
from marketplace_core.testing.contracts.outside_engine_base import NEW_YEAR, kes, let, open_account
from marketplace_core.testing.outside_engine import MemoryOutsideEngine


def lease_in(engine: MemoryOutsideEngine, lease: str = "l1") -> LeaseThere:
    """A lease with an account in that engine."""
    return let(EnginePlace(engine, engine, engine, engine.move_to), lease)


def days_of(item: TheirItem) -> list[date]:
    """The days that an item bills or takes back."""
    assert item.span is not None
    return [date.fromordinal(it) for it in range(item.span.start.toordinal(), item.span.end.toordinal())]


def test_what_a_person_makes_has_no_marker() -> None:
    """Charges, credits and payments by hand count as ours do, and nothing tells whose they are."""
    engine = MemoryOutsideEngine()
    lease = lease_in(engine)
    engine.by_hand.charge(lease.key, kes("100"))
    engine.by_hand.credit(lease.key, kes("30"))
    (charged, _) = lease.invoices()
    engine.by_hand.pay(charged.invoice_id, kes("50"))
    assert lease.balance == "20.00"
    assert {item.marker for it in lease.invoices() for item in it.items} == {""}
    assert [it.key for it in lease.books().payments] == ["till 1"]


def test_an_adjustment_gives_back() -> None:
    """Of an open invoice it takes what is open; of a paid one it makes credit; it names the item."""
    engine = MemoryOutsideEngine()
    lease = lease_in(engine)
    item = engine.by_hand.charge(lease.key, kes("100"))
    engine.by_hand.adjust(item, kes("10"))
    assert lease.balance == "90.00"
    engine.by_hand.pay(lease.invoices()[0].invoice_id, kes("90"))
    engine.by_hand.adjust(item, kes("5"))
    assert (lease.balance, lease.unused_credit) == ("-5.00", "5.00")
    assert {it.linked_item_id for it in lease.items(ItemKind.ADJUSTMENT)} == {item}


def test_what_is_edited_or_lost_leaves_no_trace() -> None:
    """The sums are otherwise, and no item says so."""
    engine = MemoryOutsideEngine()
    lease = lease_in(engine)
    item = engine.by_hand.charge(lease.key, kes("100"))
    engine.by_hand.edit_silently(item, kes("99.99"))
    assert (lease.balance, len(lease.items(*ItemKind))) == ("99.99", 1)
    engine.by_hand.lose(lease.invoices()[0].invoice_id)
    assert lease.books().invoices == ()


def test_a_payment_that_is_not_settled_pays_nothing() -> None:
    """It is neither paid nor unpaid: its invoice is open, and it stands."""
    engine = MemoryOutsideEngine()
    lease = lease_in(engine)
    engine.by_hand.charge(lease.key, kes("100"))
    payment = engine.by_hand.pay(lease.invoices()[0].invoice_id, kes("100"))
    engine.by_hand.unsettle(payment)
    assert (lease.balance, lease.books().payments[0].state) == ("100.00", TheirPaymentState.UNSETTLED)


def test_an_account_of_a_strangers_key_is_on_the_pages() -> None:
    """Though no lease of ours has it."""
    engine = MemoryOutsideEngine()
    account_id = engine.by_hand.open_account("somebody")
    assert [(it.account_id, it.key) for it in engine.account_page(0, 10).rows] == [(account_id, "somebody")]


def test_a_void_is_refused_where_what_it_gave_is_used() -> None:
    """Nor is an invoice voided that a later one repaired."""
    engine = MemoryOutsideEngine()
    lease = lease_in(engine)
    credit = lease.credit("100")
    lease.charge("30")
    with pytest.raises(RuleViolation, match="is used"):
        engine.by_hand.void(lease.invoice_of(credit).invoice_id)
    rent = lease_in(engine, "l2")
    found = rent.subscribe()
    engine.move_to(date(2026, 1, 20))
    rent.do(EndSubscription(rent.marker("end", "c"), found, date(2026, 1, 20)))
    with pytest.raises(RuleViolation, match="repaired"):
        rent.do(VoidInvoice(rent.marker("void", "i"), rent.invoices()[0].invoice_id))


def test_an_engine_that_is_not_set_up_does_nothing() -> None:
    """Until it is; then another callback is refused."""
    engine = MemoryOutsideEngine(is_set_up=False)
    with pytest.raises(ConfigurationError):
        lease_in(engine)
    assert not engine.check()[0].is_well
    engine.set_up("https://ours.example/hook", dry_run=True)
    assert not engine.check()[0].is_well
    engine.set_up("https://ours.example/hook")
    assert lease_in(engine).books().invoices == ()
    with pytest.raises(ConfigurationError, match=r"ours\.example"):
        engine.set_up("https://other.example/hook")


def test_widened_columns_hold_more() -> None:
    """An engine whose operator widened them."""
    engine = MemoryOutsideEngine(holds_below=None)
    lease = lease_in(engine)
    lease.do(Charge(lease.marker("charge", "big"), kes("1000000"), NEW_YEAR, "x"))
    assert lease.balance == "1000000.00"


def test_a_step_for_another_leases_account_is_refused() -> None:
    """The key and the account must be one lease's."""
    engine = MemoryOutsideEngine()
    one, other = lease_in(engine), lease_in(engine, "l2")
    with pytest.raises(RuleViolation, match="p1/l2"):
        engine.perform(one.key, other.account_id, Charge("mk_x", kes("1"), NEW_YEAR, "x"))
    with pytest.raises(RuleViolation, match="knows no account"):
        engine.perform(one.key, "account-999999", Charge("mk_x", kes("1"), NEW_YEAR, "x"))
    assert engine.perform(one.key, one.account_id, open_account(one.key)) == one.account_id


def test_the_day_does_not_go_back() -> None:
    """A test that asks for it made a mistake."""
    with pytest.raises(RuleViolation, match="does not go back"):
        MemoryOutsideEngine().move_to(date(2025, 12, 31))


def test_the_factor_has_nine_places() -> None:
    """2,999,999.99 for 17 of 31 days, as Kill Bill rounds it: by a factor of 0.548387097, not by the fraction."""
    engine = MemoryOutsideEngine(holds_below=None)
    lease = lease_in(engine)
    lease.subscribe("2999999.99", date(2026, 1, 15))
    engine.move_to(date(2026, 1, 15))
    exact, by_factor = "1645161.28", "1645161.29"
    assert [it[1] for it in lease.billed()] == [by_factor] != [exact]


@pytest.mark.parametrize("seed", range(40))
def test_what_stands_billed_is_one_price_for_each_day(seed: int) -> None:
    """However prices and ends come, days billed and not taken back overlap nowhere, and end where the lease does."""
    dice = Random(seed)
    engine = MemoryOutsideEngine()
    lease = lease_in(engine)
    found = lease.subscribe("15000", NEW_YEAR, dice.choice((1, 15, 31)))
    for month in (1, 2, 3, 4):
        engine.move_to(date(2026, month, dice.randint(2, 28)))
        since = date(2026, dice.choice((month, month + 1)), dice.randint(1, 28))
        lease.do(ChangePrice(f"mk_{month}", found, since, kes(str(dice.randint(10_000, 20_000)))))
    ends_on = date(2026, 6, dice.randint(1, 30))
    lease.do(EndSubscription("mk_end", found, ends_on))
    engine.move_to(date(2026, 7, 31))
    billed = [day for it in lease.items(ItemKind.RECURRING) for day in days_of(it)]
    for day in (day for it in lease.items(ItemKind.REPAIR) for day in days_of(it)):
        billed.remove(day)
    assert sorted(billed) == [date.fromordinal(it) for it in range(NEW_YEAR.toordinal(), ends_on.toordinal())]
    assert lease.books().subscriptions[0].billed_until == ends_on
