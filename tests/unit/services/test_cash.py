"""Cash over the counter: the same answers whichever way the payment takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CollectionAccountId, LeaseId
from marketplace_core.domain.money import KES
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, Payer, PaymentReport
from marketplace_core.domain.reference import issue_reference
from marketplace_core.domain.telling import InboxOutcome
from marketplace_core.errors import InvalidInput, NotFound, TransactionConflict
from marketplace_core.services.cash import CashBox, RecordCash
from marketplace_core.services.corrections import ReversePayment
from marketplace_core.services.payments import ImportPayments
from marketplace_core.services.routing import RouteReports
from marketplace_core.testing.life import PAYBILL, PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

BOX = CollectionAccount(CollectionAccountId("desk"), CollectionKind.CASH, "desk", KES)
NOW = datetime(2026, 3, 5, 20, 30, tzinfo=UTC)
DAY = date(2026, 3, 5)


@pytest.fixture
def life() -> PortfolioLife:
    """A portfolio with a cash box."""
    return PortfolioLife(MemoryBooks(), account=BOX).opened()


def record_in(life: PortfolioLife) -> RecordCash:
    """The service over the store of a life."""
    route = RouteReports(life.store, life.store, life.store)
    imports = ImportPayments(life.store, ReversePayment(life.store, life.store), route)
    return RecordCash(life.store, life.store, imports)


def box_of(life: PortfolioLife, day: date = DAY) -> CashBox:
    """The cash box on a day."""
    return record_in(life).box(life.portfolio_id, BOX.collection_account_id, day, NOW)


def paid(life: PortfolioLife, receipt: str, reference: str = "A1", day: date = DAY, amount: int = 500) -> PaymentReport:
    """The report of cash."""
    return box_of(life, day).report(life.money(amount), receipt, reference, Payer("Jane"))


def test_cash_is_recorded_once(life: PortfolioLife) -> None:
    """A second time it is known, and nothing is written."""
    record, report = record_in(life), paid(life, "C1")
    assert not record(life.command(), box_of(life), report).is_known
    before = life.state()
    assert record(life.command(), box_of(life), report).is_known
    assert life.state() == before


def test_a_dry_run_writes_nothing(life: PortfolioLife) -> None:
    """It says what would be done, of a known payment too."""
    record, report, before = record_in(life), paid(life, "C1"), life.state()
    assert record(life.command(), box_of(life), report, dry_run=True).outcome.received == 1
    assert life.state() == before
    record(life.command(), box_of(life), report)
    assert record(life.command(), box_of(life), report, dry_run=True).is_known


CHANGES: dict[str, Callable[[PortfolioLife], PaymentReport]] = {
    "amount": lambda life: paid(life, "C1", amount=700),
    "day": lambda life: paid(life, "C1", day=date(2026, 3, 4)),
    "reference": lambda life: paid(life, "C1", "B2"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_number_of_another_receipt_is_refused(life: PortfolioLife, what: str) -> None:
    """Another amount, day or reference is another payment, which needs a number of its own."""
    record = record_in(life)
    record(life.command(), box_of(life), paid(life, "C1"))
    with pytest.raises(TransactionConflict, match="C1"):
        record(life.command(), box_of(life), CHANGES[what](life))


def test_the_reference_of_another_payment_is_shown_to_who_may_see_it(life: PortfolioLife) -> None:
    """Nobody else learns from the refusal what the other payment was for."""
    record = record_in(life)
    record(life.command(), box_of(life), paid(life, "C1", "for Achieng"))
    for shows in (True, False):
        with pytest.raises(TransactionConflict) as refused:
            record(life.command(), box_of(life), paid(life, "C1", "B2"), shows_reference=shows)
        assert ("Achieng" in str(refused.value)) == shows


def test_a_reversal_that_waits_for_the_payment_ends_it(life: PortfolioLife) -> None:
    """Told before its payment, it takes it back as soon as that is recorded."""
    life.imported(life.reversal("R1", "C1", 500, "2026-03-06"))
    report = paid(life, "C1")
    record_in(life)(life.command(), box_of(life), report)
    assert life.store.payment(life.portfolio_id, report.payment_id).payment.reversed_on == date(2026, 3, 6)


def test_cash_of_a_shared_box_goes_where_its_reference_is_let(life: PortfolioLife) -> None:
    """It is routed as a statement's payment is; what names no book is held."""
    there = PortfolioLife(life.store, "p2", BOX).opened()
    reference = issue_reference(there.portfolio_id, LeaseId("l1"))
    there.let(reference=reference)
    record = record_in(life)
    assert record(life.command(), box_of(life), paid(life, "C1", reference)).outcome.received == 1
    assert record(life.command(), box_of(life), paid(life, "C2", "nothing")).outcome.held == 1
    assert [it.transaction_id for it in there.store.payments(there.portfolio_id)] == ["C1"]
    assert list(life.store.payments(life.portfolio_id)) == []


def test_cash_that_another_book_has_is_known_to_who_took_it(life: PortfolioLife) -> None:
    """Told again it is known, as in a book of one's own; told otherwise it is refused, without what the other was."""
    there = PortfolioLife(life.store, "p2", BOX).opened()
    reference = issue_reference(there.portfolio_id, LeaseId("l1"))
    there.let(reference=reference)
    record = record_in(life)
    record(life.command(), box_of(life), paid(life, "C1", reference))
    before = there.state()
    for dry_run in (True, False):
        assert record(life.command(), box_of(life), paid(life, "C1", reference), dry_run=dry_run).is_known
    for other in (paid(life, "C1", reference, date(2026, 3, 4)), paid(life, "C1", "B2")):
        with pytest.raises(TransactionConflict, match="receipt C1 is that of another payment in another book"):
            record(life.command(), box_of(life), other, shows_reference=True)
    assert there.state() == before


@pytest.mark.parametrize("what", CHANGES)
def test_the_number_of_a_receipt_that_is_held_is_refused_too(life: PortfolioLife, what: str) -> None:
    """A second payment told as recorded would be lost: of a number only one is held."""
    PortfolioLife(life.store, "p2", BOX).opened()
    record, own = record_in(life), BOX.collection_account_id
    record(life.command(), box_of(life), paid(life, "C1"))
    held = list(life.store.held(own))
    for dry_run in (True, False):
        with pytest.raises(TransactionConflict, match="receipt C1 is that of"):
            record(life.command(), box_of(life), CHANGES[what](life), dry_run=dry_run)
    assert list(life.store.held(own)) == held


def test_cash_that_is_held_is_known_and_stays_held(life: PortfolioLife) -> None:
    """The same told again, by either case of its number, adds nothing, until its lease is signed and it has a book."""
    there = PortfolioLife(life.store, "p2", BOX).opened()
    reference = issue_reference(there.portfolio_id, LeaseId("l1"))
    record, own = record_in(life), BOX.collection_account_id
    assert not record(life.command(), box_of(life), paid(life, "C1", reference)).is_known
    for dry_run, receipt in ((True, "C1"), (False, "C1"), (False, "c1")):
        again = record(life.command(), box_of(life), paid(life, receipt, reference), dry_run=dry_run)
        assert (again.is_known, again.outcome.held) == (True, 1)
    assert len(list(life.store.held(own))) == 1
    there.let(reference=reference)
    routed = record(life.command(), box_of(life), paid(life, "C1", reference))
    assert (routed.is_known, routed.outcome.received, list(life.store.held(own))) == (False, 1, [])


def test_of_two_at_once_with_one_number_the_later_is_refused(
    life: PortfolioLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the first was not yet held when the second looked."""
    PortfolioLife(life.store, "p2", BOX).opened()
    record, receive = record_in(life), RouteReports.receive
    first, second = paid(life, "C1"), paid(life, "C1", "B2")

    def overtaken(self: RouteReports, command: Command, *rest: Any, **named: Any) -> InboxOutcome:  # noqa: ANN401 - as it is called
        receive(self, command, [first])
        return receive(self, command, *rest, **named)

    monkeypatch.setattr(RouteReports, "receive", overtaken)
    with pytest.raises(TransactionConflict, match="receipt C1 is that of"):
        record(life.command(), box_of(life), second)


def test_only_a_cash_box_takes_cash_and_only_of_days_that_have_come(life: PortfolioLife) -> None:
    """The day is the portfolio's: in Nairobi the sixth has not come at half past eight, UTC, of the fifth."""
    record, own = record_in(life), life.portfolio_id
    with pytest.raises(InvalidInput, match="to come: today is 2026-03-05"):
        box_of(life, date(2026, 3, 6))
    with pytest.raises(InvalidInput, match="0001-01-01 is out of the years"):
        paid(life, "C1", day=date.min)  # begins before the first instant that a calendar has
    with pytest.raises(NotFound, match="cash boxes are desk"):
        record.box(own, CollectionAccountId("elsewhere"), DAY, NOW)
    other = PortfolioLife(life.store, "p3", PAYBILL).opened()
    with pytest.raises(InvalidInput, match="is no cash box"):
        record.box(other.portfolio_id, PAYBILL.collection_account_id, DAY, NOW)
