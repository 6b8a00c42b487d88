"""What was undone on one side while the other had built on it: nothing moves by itself that a person must decide."""

from datetime import UTC, date, datetime

import pytest
from attrs import evolve
from tests.unit.outside_engine.pair import Pair

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.outside_engine.agreement import DifferenceKind
from marketplace_core.domain.outside_engine.ingesting import ingest
from marketplace_core.domain.outside_engine.records import ItemKind, TheirPaymentState
from marketplace_core.domain.outside_engine.steps import Charge, GiveCredit

LEASE = LeaseId("l1")


@pytest.fixture
def pair() -> Pair:
    """A lease of 15,000 a month from January 2026, synchronised."""
    made = Pair()
    made.life.let()
    made.sync()
    made.require_agreement()
    return made


def rent_of(pair: Pair) -> Invoice:
    """The only rent so far."""
    (rent,) = (it for it in pair.life.invoices() if it.kind is InvoiceKind.RECURRING)
    return rent


def command(pair: Pair) -> Command:
    """A command with a reason."""
    return pair.life.command(reason="agreed")


def test_a_credit_note_ends_with_its_invoice_on_both_sides(pair: Pair) -> None:
    """Credited by 2,000 and void: what was credited there is asked for again, without a repair."""
    rent = rent_of(pair)
    pair.life.correct.credit_invoice(command(pair), LEASE, rent.invoice_id, pair.life.money(2_000), date(2026, 1, 6))
    pair.sync()
    pair.life.correct.void_invoice(command(pair), LEASE, rent.invoice_id, date(2026, 1, 7))
    pair.sync()
    pair.require_agreement()
    assert [it.amount.plain() for it in pair.steps if isinstance(it, Charge)] == ["2000.00"]


def test_an_invoice_that_was_written_off_here_is_not_void_here(pair: Pair) -> None:
    """Void there: the write-off stands, the books differ, and a repair asks for it again there."""
    rent = rent_of(pair)
    pair.life.correct.write_off(command(pair), LEASE, rent.invoice_id, rent.amount, date(2026, 1, 6))
    (theirs,) = (it for it in pair.their_invoices() if it.amount == rent.amount)
    pair.engine.by_hand.void(theirs.invoice_id)
    pair.sync()
    assert not pair.account().is_void(rent.invoice_id)
    assert DifferenceKind.INVOICE_VOID in {kind for kind, _ in pair.drift()}
    pair.repair()
    pair.require_agreement()
    assert not pair.account().is_void(rent.invoice_id)


def test_a_payment_made_there_waits_until_it_is_settled(pair: Pair) -> None:
    """Neither paid nor unpaid: nobody is credited here, and it is told; settled, it is credited once."""
    (theirs,) = pair.their_invoices()
    paid = pair.engine.by_hand.pay(theirs.invoice_id, pair.life.money(4_000))
    pair.engine.by_hand.unsettle(paid)
    pair.sync()
    assert pair.account().credits == ()
    assert DifferenceKind.PAYMENT_UNSETTLED in {kind for kind, _ in pair.drift()}
    pair.engine.by_hand.unsettle(paid, TheirPaymentState.SETTLED)
    pair.sync()
    pair.require_agreement()
    assert [it.amount.plain() for it in pair.account().credits] == ["4000.00"]


def test_credit_that_was_lost_there_is_told_and_not_given_again(pair: Pair) -> None:
    """20,000 for a rent of 15,000: the 5,000 that were credit are gone there. Only a repair gives them again."""
    pair.life.give(pair.life.pay("T1", 20_000, "2026-01-05"), {"l1": 20_000})
    pair.sync()
    given = next(it for it in pair.their_invoices() if any(item.kind is ItemKind.CREDIT_GIVEN for item in it.items))
    pair.engine.by_hand.lose(given.invoice_id)
    pair.sync()
    assert len([it for it in pair.steps if isinstance(it, GiveCredit)]) == 1
    assert DifferenceKind.PAYMENT_AMOUNT in {kind for kind, _ in pair.drift()}
    pair.repair()
    pair.require_agreement()


def test_a_payment_made_there_is_of_the_day_in_the_books_zone(pair: Pair) -> None:
    """Half past ten in the evening in UTC is the next morning in Nairobi."""
    (theirs,) = pair.their_invoices()
    pair.engine.by_hand.pay(theirs.invoice_id, pair.life.money(4_000))
    books = pair.theirs()
    late = evolve(books.payments[0], paid_at=datetime(2026, 1, 31, 22, 30, tzinfo=UTC))
    there = evolve(books, payments=(late,))
    found = ingest(pair.account(), there, pair.links, pair.setting, pair.life.command().recorded_at)
    assert [it.value_date for it in found.reports] == [date(2026, 2, 1)]
