"""What people made in the engine and no hook told of is red once, wherever it was found, and until a clean pass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from attrs import evolve
from tests.unit.services.outside_engine.desk import Desk
from tests.unit.services.outside_engine.test_hints import hint

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.outside_engine.records import TheirInvoice
from marketplace_core.errors import StoreUnavailable
from marketplace_core.ports.books import Recorded
from marketplace_core.services.leases import ChangeLease
from marketplace_core.services.outside_engine.notice_by_hand import BY_HAND
from marketplace_core.testing.memory import MemoryBooks

MINUTE = timedelta(minutes=1)


def lived() -> Desk:
    """Two leases; somebody paid 300 of the first one's rent there, which is followed and well by now."""
    desk = Desk(2)
    desk.settle()
    desk.engine.by_hand.pay(rent(desk).invoice_id, desk.life.money(300), "till 7")
    for _ in range(2):
        desk.clock.instant += MINUTE
        desk.full_pass()
    assert desk.watch().is_ok
    desk.clock.instant += MINUTE
    return desk


def rent(desk: Desk, number: int = 1) -> TheirInvoice:
    """The invoice that the engine made by itself."""
    return next(it for it in desk.theirs(number).invoices if it.amount == desk.life.money(10_000 + number))


EDITS: dict[str, tuple[Callable[[Desk], object], str]] = {
    "charge": (
        lambda it: it.engine.by_hand.charge(it.key(1), it.life.money(70), "New lock"),
        "a charge of KES 70.00 made by hand in the billing engine on lease p1/l1 (New lock): no hook told of it",
    ),
    "void": (
        lambda it: it.engine.by_hand.void(rent(it, 2).invoice_id),
        "a void of KES 10,002.00 made by hand in the billing engine on lease p1/l2",
    ),
    "payment": (
        lambda it: it.engine.by_hand.pay(rent(it).invoice_id, it.life.money(90), "till 9"),
        "a payment of KES 90.00 made by hand in the billing engine on lease p1/l1 (payment till 9",
    ),
    "refund": (
        lambda it: it.engine.by_hand.take_back(it.theirs().payments[0].payment_id),
        "a refund of KES 300.00 made by hand in the billing engine on lease p1/l1 (payment till 7",
    ),
}


def reason_after_pass(desk: Desk) -> str:
    """Why the books are not known to agree, after a pass that mends."""
    desk.clock.instant += MINUTE
    desk.full_pass()
    return desk.watch().reason


@pytest.mark.parametrize("edit", EDITS)
def test_the_pass_that_follows_it_is_red_and_the_next_one_green(edit: str) -> None:
    """The reason says what, how much, on which lease and in whose words; both books agree from the first pass on."""
    desk = lived()
    make, words = EDITS[edit]
    make(desk)
    assert desk.judge().is_ok
    reason = reason_after_pass(desk)
    assert words in reason
    assert "the last full pass found 1 differences" in reason
    assert desk.records.differences() == ()
    assert reason_after_pass(desk) == ""


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("waits", ["kept", "asked", "done"])
def test_what_a_hook_told_of_is_not_silent(edit: str, waits: str) -> None:
    """Whether the pass comes before the hook is read, before the look it asked for, or after that."""
    desk = lived()
    EDITS[edit][0](desk)
    for number in (1, 2):
        desk.post(hint(desk.theirs(number).account.account_id))
    if waits != "kept":
        for _ in range(2):
            desk.run_next(desk.worker_id, ["engine-hook"])
    if waits == "done":
        desk.work_all()
        assert desk.watch().is_ok
    assert reason_after_pass(desk) == ""


def test_a_hook_about_another_lease_excuses_nothing() -> None:
    """Nor does one that cannot be read."""
    desk = lived()
    EDITS["charge"][0](desk)
    desk.post(hint(desk.theirs(2).account.account_id))
    desk.post(b"{")
    assert "New lock" in reason_after_pass(desk)


@pytest.mark.parametrize("edit", EDITS)
def test_a_look_of_any_other_kind_that_finds_it_first_hides_nothing(edit: str) -> None:
    """Such as the one before a bill is sent: the next pass finds nothing left, and it was red until then."""
    desk = lived()
    make, words = EDITS[edit]
    make(desk)
    desk.sync_all()
    assert words in desk.watch().reason
    assert reason_after_pass(desk) == ""


def test_what_the_engine_bills_and_takes_back_by_itself_is_never_silent() -> None:
    """Rents of two months, an end in the past with its repair, and our own charges, payments and voids."""
    desk = lived()
    desk.life.give(desk.life.pay("T1", 3_000, "2026-01-05"), {"l1": 3_000})
    assert reason_after_pass(desk) == ""
    for day in ("2026-02-01", "2026-03-01"):
        desk.move_to(day)
        assert reason_after_pass(desk) == ""
    ChangeLease(desk.books).end(desk.life.command("lease.end"), LeaseId("l2"), date(2026, 2, 15))
    voided = next(it for it in desk.life.invoices("l1") if it.amount == desk.life.money(5_000))
    command = desk.life.command(reason="wrong")
    desk.life.correct.void_invoice(command, LeaseId("l1"), voided.invoice_id, desk.engine.today)
    desk.settle()
    assert reason_after_pass(desk) == ""


def test_a_crash_before_it_is_recorded_hides_nothing() -> None:
    """It is noted first: the pass that goes on afterwards counts nothing, and is red all the same until the next."""
    desk = lived()
    EDITS["charge"][0](desk)

    class Failing(MemoryBooks):
        def change(self, *_: object, **__: object) -> Recorded:
            raise StoreUnavailable("gone")

    good = desk.run_pass
    ingest = evolve(desk.sync.ingest, books=Failing())
    desk.run_pass = evolve(good, sync=evolve(desk.sync, ingest=ingest))
    with pytest.raises(StoreUnavailable):
        desk.full_pass()
    desk.sync_all()
    desk.run_pass = good
    assert "New lock" in reason_after_pass(desk)
    assert [it.kind for it in desk.records.standing().faults] == [BY_HAND]
    assert reason_after_pass(desk) == ""
