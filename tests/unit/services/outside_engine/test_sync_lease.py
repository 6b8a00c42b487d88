"""A lease's two books are brought together: by whomever, however often, whatever is lost on the way."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from tests.unit.services.outside_engine.desk import QUIET, Desk, away

from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.outside_engine.records import TheirInvoiceStatus
from marketplace_core.errors import PartnerUnavailable
from marketplace_core.services.corrections import CorrectAccount
from marketplace_core.services.leases import ChangeLease
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.outside_engine import FaultKind, seeded
from marketplace_core.testing.outside_engine.faults import no_faults


def require_once(desk: Desk) -> None:
    """No marker and no key stands twice there, and nothing differs."""
    for key in desk.all_keys():
        books = desk.engine.books_of(key)
        assert books is not None
        counted = [it for it in books.invoices if it.status is not TheirInvoiceStatus.VOID]
        markers = Counter(item.marker for it in counted for item in it.items if item.marker)
        keys = Counter(it.key for it in books.payments)
        assert set(markers.values()) <= {1}
        assert set(keys.values()) <= {1}
        assert not [it.words for it in desk.sync.compare(key) if it.is_drift]


def test_a_lease_is_opened_there_billed_and_comes_back() -> None:
    """Its deposit is ours and is asked for there; its rent is theirs and is an invoice here."""
    desk = Desk(1)
    told = desk.sync(desk.key())
    assert told.drift == 0
    assert told.again_at is None
    desk.move_to("2026-02-01")
    desk.sync(desk.key())
    kinds = Counter(it.kind for it in desk.life.invoices())
    assert kinds == {InvoiceKind.DEPOSIT: 1, InvoiceKind.RECURRING: 2}
    require_once(desk)


def test_a_second_time_writes_and_sends_nothing() -> None:
    """Neither here nor there; one read is all it costs."""
    desk = Desk(1)
    desk.move_to("2026-02-01")
    desk.life.give(desk.life.pay("T1", 12_000, "2026-01-20"), {"l1": 12_000})
    desk.sync(desk.key())
    state, theirs, sent = desk.life.state(), desk.theirs(), len(desk.line.steps)
    told = desk.sync(desk.key())
    assert (told.done, told.recorded, told.drift) == (0, (), 0)
    assert (desk.life.state(), desk.theirs(), len(desk.line.steps)) == (state, theirs, sent)
    assert desk.records.lease_digest(desk.key())


def test_money_received_here_is_recorded_there_and_money_paid_there_here() -> None:
    """Each once; what is reversed here is taken back there."""
    desk = Desk(1)
    desk.sync(desk.key())
    payment_id = desk.life.pay("T1", 20_000, "2026-01-03")
    desk.life.give(payment_id, {"l1": 20_000})
    desk.sync(desk.key())
    require_once(desk)
    desk.life.reverse(payment_id, "2026-01-04")
    desk.settle()
    require_once(desk)
    unpaid = next(it for it in desk.theirs().invoices if it.balance.is_positive)
    desk.engine.by_hand.pay(unpaid.invoice_id, unpaid.balance)
    for _ in range(3):
        desk.sync(desk.key())
    made_there = [it for it in desk.books.payments(desk.life.portfolio_id) if it.collection_account_id == "billing"]
    assert [it.amount for it in made_there] == [unpaid.balance]
    require_once(desk)


def test_eight_at_once_on_one_lease_double_nothing() -> None:
    """Each reads, records and sends; the intents and the lease's lock let each thing happen once."""
    desk = Desk(1)
    for round_number, day in enumerate(("2026-01-01", "2026-02-01", "2026-03-01")):
        desk.move_to(day)
        desk.life.give(desk.life.pay(f"T{round_number}", 7_000, day), {"l1": 7_000})
        at_once([lambda: desk.sync(desk.key())] * 8)
        desk.settle()
        require_once(desk)
    kinds = Counter(it.kind for it in desk.life.invoices())
    assert kinds == {InvoiceKind.DEPOSIT: 1, InvoiceKind.RECURRING: 3}


@pytest.mark.parametrize("seed", range(6))
def test_a_bad_line_doubles_and_loses_nothing(seed: int) -> None:
    """Three leases over four months, with a third of all calls failing in every way."""
    desk = Desk(3)
    desk.line.writing = seeded(seed, 33, after=5)
    desk.line.reading = seeded(seed + 100, 5, FaultKind.UNAVAILABLE)
    for month, day in enumerate(("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"), 1):
        desk.move_to(day)
        for number in (1, 2, 3):
            desk.life.give(desk.life.pay(f"T{month}-{number}", 9_000 * number, day), {f"l{number}": 9_000 * number})
        for _ in range(200):
            try:
                desk.settle()
            except PartnerUnavailable:
                continue
            break
    desk.line.reading = no_faults
    require_once(desk)
    recurring = [it for n in (1, 2, 3) for it in desk.life.invoices(f"l{n}") if it.kind is InvoiceKind.RECURRING]
    assert len(recurring) == 12
    assert not desk.records.open_intents()


def test_an_engine_that_does_not_answer_leaves_what_is_known() -> None:
    """The error goes on to the job; the differences that were known stand."""
    desk = Desk(1)
    desk.sync(desk.key())
    desk.engine.by_hand.charge(desk.key(), desk.life.money(100))
    digest = desk.records.lease_digest(desk.key())
    desk.line.reading = away
    with pytest.raises(PartnerUnavailable):
        desk.sync(desk.key())
    assert desk.records.lease_digest(desk.key()) == digest


def test_a_step_that_nobody_wants_any_more_is_settled() -> None:
    """A charge that was lost, and whose invoice was voided meanwhile, does not stay open for ever."""
    desk = Desk(1)
    desk.line.writing = away
    desk.sync(desk.key())
    assert desk.records.open_intents()
    desk.line.writing = no_faults
    desk.settle()
    assert not desk.records.open_intents()


def test_what_is_not_wanted_any_more_is_waited_for_all_the_same() -> None:
    """Sent and lost, and its invoice void here meanwhile: within the quiet period it may still arrive."""
    desk = Desk(1)
    desk.settle()
    desk.line.writing = away
    once = OneOffCharge(ChargeId("water"), ChargeKind.WATER, desk.life.money(700), date(2026, 1, 1))
    ChangeLease(desk.books).charge(desk.life.command("lease.charge"), desk.key().lease_id, once, at_once=True)
    desk.sync(desk.key())
    (sent,) = desk.records.open_intents()
    (invoice,) = (it for it in desk.life.invoices() if it.kind is InvoiceKind.ONE_OFF)
    command = desk.life.command("invoice.void")
    CorrectAccount(desk.books).void_invoice(command, desk.key().lease_id, invoice.invoice_id, date(2026, 1, 2))
    told = desk.sync(desk.key())
    assert told.again_at is not None
    assert sent.marker in {it.marker for it in desk.records.open_intents()}
    desk.line.writing = no_faults
    desk.clock.instant += QUIET
    desk.sync(desk.key())
    assert desk.records.intent(sent.marker).last_words == "it never arrived, and is not wanted any more"
