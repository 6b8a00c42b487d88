"""A step that the engine refuses holds up nothing but what it is about."""

from __future__ import annotations

from datetime import date, timedelta

from tests.unit.services.outside_engine.desk import Desk

from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.identifiers import ChargeId, LeaseId
from marketplace_core.domain.outside_engine.agreement import DifferenceKind
from marketplace_core.services.leases import ChangeLease
from marketplace_core.testing.outside_engine import Fault, FaultKind
from marketplace_core.testing.outside_engine.faults import no_faults

TOO_LARGE = 1_500_000


def refused(_: int) -> Fault:
    """The engine takes nothing."""
    return Fault(FaultKind.REFUSED)


def charged(desk: Desk, name: str, amount: int) -> None:
    """A one-off charge of ours that is issued at once."""
    once = OneOffCharge(ChargeId(name), ChargeKind.REPAIR, desk.life.money(amount), date(2026, 1, 1), name)
    ChangeLease(desk.books).charge(desk.life.command("lease.charge"), LeaseId("l1"), once, at_once=True)


def drift(desk: Desk) -> dict[DifferenceKind, int]:
    """How many differences of each kind stand."""
    found = [it.kind for it in desk.sync.compare(desk.key()) if it.is_drift]
    return {it: found.count(it) for it in found}


def test_a_repair_goes_on_around_a_refused_step_and_says_that_it_still_is() -> None:
    """What people gave and adjusted there is asked for again, though an amount stands that the engine cannot hold."""
    desk = Desk(1)
    desk.settle()
    charged(desk, "roof", TOO_LARGE)
    desk.engine.by_hand.credit(desk.key(), desk.life.money(700))
    (found,) = desk.repair([desk.key()])
    assert found.synced is not None
    assert [it.outcome for it in found.synced.refused] == ["refused"]
    missing = {DifferenceKind.INVOICE_MISSING_THERE: 1, DifferenceKind.BALANCE: 1}
    assert drift(desk) == missing
    sent = len(desk.line.steps)
    for hours in (1, 2):
        (again,) = desk.repair([desk.key()])
        assert again.synced is not None
        assert len(again.synced.refused) == 1
        assert again.refused == {it.marker for it in again.steps}
        desk.clock.instant += timedelta(hours=hours)
    assert (len(desk.line.steps), drift(desk)) == (sent, missing)


def test_what_was_refused_is_mended_by_itself_alone_once_the_engine_takes_it() -> None:
    """No repair did it another way meanwhile: a charge, a void, a refund and a slice each stand once in the end."""
    desk = Desk(1)
    desk.settle()
    desk.life.give(desk.life.pay("T1", 3_000, "2026-01-01"), {"l1": 3_000})
    given = desk.life.pay("T2", 2_000, "2026-01-01")
    desk.life.give(given, {"l1": 2_000})
    charged(desk, "pane", 800)
    desk.settle()
    desk.line.writing = refused
    charged(desk, "roof", 500)
    pane = next(it for it in desk.life.invoices() if it.amount == desk.life.money(800))
    desk.life.correct.void_invoice(desk.life.command(reason="no"), LeaseId("l1"), pane.invoice_id, date(2026, 1, 1))
    desk.life.reverse(given, "2026-01-01")
    desk.life.give(desk.life.pay("T3", 100, "2026-01-01"), {"l1": 100})
    for _ in range(4):
        desk.repair([desk.key()])
        desk.clock.instant += timedelta(hours=1)
    desk.line.writing = no_faults
    for _ in range(4):
        desk.repair([desk.key()])
        desk.clock.instant += timedelta(hours=1)
    assert drift(desk) == {}
    words = [item.description for it in desk.theirs().invoices for item in it.items]
    assert not [it for it in words if "Repair" in it]


def test_money_for_a_refused_invoice_does_not_wait_for_it() -> None:
    """It is recorded there as credit, and pays by itself what is taken later."""
    desk = Desk(1)
    desk.settle()
    charged(desk, "roof", TOO_LARGE)
    desk.sync(desk.key())
    desk.life.give(desk.life.pay("T1", 20_000, "2026-01-01"), {"l1": 20_000})
    desk.sync(desk.key())
    assert drift(desk) == {DifferenceKind.INVOICE_MISSING_THERE: 1, DifferenceKind.BALANCE: 1}
    assert desk.theirs().account.balance == desk.life.money(10_001 + 5_000 - 20_000)
