"""A step is done once: 500 charges and 500 payments on a bad line, none doubled or lost; a naive sender doubles."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from threading import RLock
from typing import Final

import pytest

from marketplace_core.domain.identifiers import CreditId, LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_engine.intents import Intent, IntentState
from marketplace_core.domain.outside_engine.looking import found_there
from marketplace_core.domain.outside_engine.markers import marker_of, payment_key
from marketplace_core.domain.outside_engine.records import AccountKey, TheirInvoice, TheirInvoiceStatus
from marketplace_core.domain.outside_engine.steps import (
    Charge,
    GiveCredit,
    OpenAccount,
    RecordPayment,
    Step,
    TakeBackPayment,
)
from marketplace_core.errors import ConfigurationError, PartnerUnavailable
from marketplace_core.services.memory_engine_records import MemoryEngineRecords
from marketplace_core.services.outside_engine.send_step import SendStep, StepOutcome, StepSent
from marketplace_core.testing.clocks import FixedClock
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.outside_engine import (
    Fault,
    FaultKind,
    FaultyEngine,
    MemoryOutsideEngine,
    scripted,
    seeded,
)

NOW: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY: Final = date(2026, 1, 5)
KEY: Final = AccountKey(PortfolioId("p1"), LeaseId("l1"))
LEASES: Final = 50
COUNT: Final = 500
QUIET: Final = timedelta(seconds=120)


class Desk:
    """An engine on a bad line, one lease's account there, and a sender with a clock that tests move."""

    def __init__(self) -> None:
        """The account is open."""
        self.engine = MemoryOutsideEngine(DAY, holds_below=None)
        self.line = FaultyEngine(self.engine)
        self.clock = FixedClock(NOW)
        self.records = MemoryEngineRecords(RLock())
        self.send = SendStep(self.line, self.records, self.clock, quiet=QUIET)
        opened = OpenAccount(marker_of(KEY, "open", ""), KEY, "A1", KES, "Africa/Nairobi", 1)
        self.account_id = self.engine.perform(KEY, "", opened)

    def try_all(self, steps: list[Step]) -> list[StepSent]:
        """Look at the engine, then try each step once."""
        looked_at = self.clock.now()
        theirs = self.engine.books_of(KEY)
        return [self.send(KEY, step, theirs, looked_at) for step in steps]

    def until_done(self, steps: list[Step]) -> int:
        """Try until each is done, each time once more at once; what is late arrives within the quiet period."""
        left, rounds = steps, 0
        while left and rounds < 200:
            for _ in range(2):
                told = self.try_all(left)
                settled = (StepOutcome.DONE, StepOutcome.STOOD)
                left = [step for step, it in zip(left, told, strict=True) if it.outcome not in settled]
            self.line.arrive()
            self.clock.instant += max(QUIET, self.send.patience)
            rounds += 1
        assert not left
        return rounds

    def naive(self, steps: list[Step]) -> None:
        """Send until there is an answer, as a sender without intents does."""
        for step in steps:
            for _ in range(50):
                try:
                    self.line.perform(KEY, self.account_id, step)
                except PartnerUnavailable:
                    continue
                break
        self.line.arrive()

    def items(self) -> Counter[str]:
        """How often each marker stands there."""
        books = self.engine.books_of(KEY)
        assert books is not None
        return Counter(it.marker for invoice in books.invoices for it in invoice.items if it.marker)

    def invoices(self) -> tuple[TheirInvoice, ...]:
        """The invoices that count there."""
        books = self.engine.books_of(KEY)
        assert books is not None
        return tuple(it for it in books.invoices if it.status is TheirInvoiceStatus.COMMITTED)


def shillings(amount: int) -> Money:
    """Whole shillings."""
    return Money(amount * 100, KES)


def charges(count: int = COUNT // LEASES) -> list[Step]:
    """Charges that differ by amount."""
    return [Charge(marker_of(KEY, "charge", f"i{n}"), shillings(100 + n), DAY, f"Water {n}") for n in range(count)]


LINES: Final = (FaultKind.LOST_REPLY, FaultKind.LATE, FaultKind.UNAVAILABLE, FaultKind.SLOW)


def test_500_charges_on_a_bad_line_are_each_there_once() -> None:
    """Of fifty leases; replies lost, requests that arrive late, and 5xx at a third of the calls."""
    calls = 0
    for seed in range(LEASES):
        desk = Desk()
        desk.line.writing = seeded(seed, 33, *LINES, after=7)
        desk.until_done(charges())
        calls += len(desk.line.steps)
        assert desk.items() == Counter({it.marker: 1 for it in charges()})
        assert not desk.records.open_intents()
    assert calls > COUNT


def test_a_naive_sender_doubles_charges_on_the_same_line() -> None:
    """It sends again at once whatever had no answer: the control that the line is bad."""
    doubled = 0
    for seed in range(LEASES):
        desk = Desk()
        desk.line.writing = seeded(seed, 33, *LINES, after=7)
        desk.naive(charges())
        doubled += sum(count > 1 for count in desk.items().values())
        assert set(desk.items()) == {it.marker for it in charges()}
    assert doubled > 0


def test_500_payments_on_a_bad_line_are_each_recorded_once() -> None:
    """Each of one invoice, by its key."""
    for seed in range(LEASES):
        desk = Desk()
        desk.until_done(charges())
        desk.line.writing = seeded(seed, 33, *LINES, after=7)
        keys = {payment_key(CreditId(f"c{n}"), it.invoice_id): it for n, it in enumerate(desk.invoices())}
        paid: list[Step] = [
            RecordPayment(marker_of(KEY, "pay", key), key, it.invoice_id, it.amount, DAY) for key, it in keys.items()
        ]
        desk.until_done(paid)
        books = desk.engine.books_of(KEY)
        assert books is not None
        assert Counter(it.key for it in books.payments) == Counter(dict.fromkeys(keys, 1))
        assert not books.account.balance


def test_what_the_line_refuses_is_tried_again_and_never_doubled() -> None:
    """A refusal says that nothing was done; what it was refused for may pass."""
    desk = Desk()
    desk.line.writing = seeded(7, 40, FaultKind.REFUSED, FaultKind.LOST_REPLY)
    desk.until_done(charges(30))
    assert desk.items() == Counter({it.marker: 1 for it in charges(30)})
    assert len(desk.line.steps) > 30


def test_a_lost_charge_waits_for_the_quiet_period() -> None:
    """Within it nothing is sent; a look that began before its end does not count as one after it."""
    desk = Desk()
    (step,) = charges(1)
    desk.line.writing = scripted({1: Fault(FaultKind.UNAVAILABLE)})
    early = desk.engine.books_of(KEY)
    (told,) = desk.try_all([step])
    assert (told.outcome, told.again_at) == (StepOutcome.WAITING, NOW + QUIET)
    desk.clock.instant = NOW + QUIET - timedelta(seconds=1)
    looked_at = desk.clock.now()
    assert desk.try_all([step])[0].outcome is StepOutcome.WAITING
    desk.clock.instant = NOW + QUIET + timedelta(seconds=5)
    assert desk.send(KEY, step, early, looked_at).outcome is StepOutcome.WAITING
    assert len(desk.line.steps) == 1
    assert desk.try_all([step])[0].outcome is StepOutcome.DONE
    assert desk.items() == Counter({step.marker: 1})


def test_a_charge_that_arrived_late_is_seen_and_not_sent_again() -> None:
    """Its marker is looked for first."""
    desk = Desk()
    (step,) = charges(1)
    desk.line.writing = scripted({1: Fault(FaultKind.LATE)})
    desk.try_all([step])
    desk.line.arrive()
    desk.clock.instant += QUIET
    assert desk.try_all([step])[0].outcome is StepOutcome.STOOD
    assert desk.records.intent(step.marker).state is IntentState.DONE
    assert len(desk.line.steps) == 1


def test_what_was_written_down_too_long_ago_is_not_sent() -> None:
    """A sender that slept: its call could end after the quiet period in which others wait, and they would send too."""
    desk = Desk()
    (step,) = charges(1)
    theirs = desk.engine.books_of(KEY)
    told = desk.send.prepare(KEY, step, theirs, NOW)
    assert isinstance(told, Intent)
    desk.clock.instant = NOW + QUIET - desk.send.timeout
    assert desk.send.perform(KEY, step, theirs, told).outcome is StepOutcome.WAITING
    assert desk.line.steps == []
    desk.clock.instant -= timedelta(seconds=1)
    assert desk.send.perform(KEY, step, theirs, told).outcome is StepOutcome.DONE


def test_a_charge_that_was_done_and_is_gone_is_not_sent_again() -> None:
    """Whoever lost or removed it there may bring it back: only a repair, a step of its own, asks for it again."""
    desk = Desk()
    (step,) = charges(1)
    desk.until_done([step])
    (invoice,) = desk.invoices()
    desk.engine.by_hand.lose(invoice.invoice_id)
    desk.clock.instant += 10 * QUIET
    assert desk.try_all([step])[0].outcome is StepOutcome.STOOD
    assert len(desk.line.steps) == 1
    assert desk.items() == Counter()


@pytest.mark.parametrize("is_charge", [True, False])
def test_of_eight_that_send_one_step_one_does(is_charge: bool) -> None:  # noqa: FBT001 - both kinds without a key
    """Each had looked before any of them sent."""
    desk = Desk()
    marker = marker_of(KEY, "any", "1")
    amount = shillings(100)
    step: Step = Charge(marker, amount, DAY, "Water") if is_charge else GiveCredit(marker, amount, DAY, "Credit")
    looked_at, theirs = desk.clock.now(), desk.engine.books_of(KEY)
    told = at_once([lambda: desk.send(KEY, step, theirs, looked_at)] * 8)
    assert Counter(it.outcome for it in told if isinstance(it, StepSent))[StepOutcome.DONE] == 1
    assert desk.items() == Counter({marker: 1})


def test_money_is_taken_back_once_for_a_lost_reply() -> None:
    """The engine would refund again: it waits as a charge does, and is seen by what is kept of the payment."""
    desk = Desk()
    desk.until_done(charges(1))
    (invoice,) = desk.invoices()
    paid = RecordPayment(
        "mk_p", payment_key(CreditId("c"), invoice.invoice_id), invoice.invoice_id, invoice.amount, DAY
    )
    desk.until_done([paid])
    books = desk.engine.books_of(KEY)
    assert books is not None
    (payment,) = books.payments
    back = TakeBackPayment("mk_b", payment.payment_id, payment.kept, is_chargeback=False)
    desk.line.writing = scripted({len(desk.line.steps) + 1: Fault(FaultKind.LOST_REPLY)})
    stale, looked_at = books, desk.clock.now()
    assert desk.send(KEY, back, stale, looked_at).outcome is StepOutcome.WAITING
    assert desk.send(KEY, back, stale, desk.clock.now()).outcome is StepOutcome.WAITING
    assert found_there(back, desk.engine.books_of(KEY)) == payment.payment_id
    assert desk.try_all([back])[0].outcome is StepOutcome.STOOD


def test_an_amount_that_does_not_fit_is_never_sent() -> None:
    """It is refused before, with the engine's words."""
    desk = Desk()
    desk.engine = MemoryOutsideEngine(DAY)
    desk.line.engine = desk.engine
    desk.account_id = desk.engine.perform(KEY, "", OpenAccount("mk_o", KEY, "A1", KES, "UTC", 1))
    step = Charge("mk_1", shillings(1_000_000), DAY, "Water")
    (told,) = desk.try_all([step])
    assert told.outcome is StepOutcome.REFUSED
    assert "does not fit" in told.words
    assert desk.line.steps == []
    assert desk.records.intent("mk_1").state is IntentState.REFUSED


def test_an_engine_that_does_not_know_us_stops_the_work() -> None:
    """The error goes on; nothing is left open, since nothing was done."""
    desk = Desk()
    desk.line.engine = MemoryOutsideEngine(DAY, is_set_up=False)
    with pytest.raises(ConfigurationError):
        desk.try_all(charges(1))
    assert not desk.records.open_intents()


def test_the_quiet_period_is_longer_than_the_time_out() -> None:
    """Else a request could still be on its way when it is sent again."""
    desk = Desk()
    with pytest.raises(ConfigurationError, match="longer"):
        SendStep(desk.line, desk.records, desk.clock, timeout=QUIET, quiet=QUIET)
