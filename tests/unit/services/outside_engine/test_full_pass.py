"""A full pass finds every silent edit, goes on where it was cut off, and with repair turns red to green."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from tests.unit.services.outside_engine.desk import Desk, away

from marketplace_core.domain.jobs import JobRequest, JobState
from marketplace_core.domain.outside_engine.agreement import DifferenceKind, FullPass, PassStage
from marketplace_core.domain.outside_engine.records import ItemKind, TheirInvoice, TheirInvoiceStatus
from marketplace_core.errors import ConcurrentChange
from marketplace_core.services.outside_engine.check_money import CheckMoney
from marketplace_core.services.outside_engine.full_pass import PassBudget
from marketplace_core.testing.outside_engine.faults import no_faults


def billed(leases: int = 5) -> Desk:
    """Leases that were billed for two months, one payment each, and agree by a clean pass."""
    desk = Desk(leases)
    desk.settle()
    desk.move_to("2026-02-01")
    for number in range(1, leases + 1):
        desk.life.give(desk.life.pay(f"T{number}", 12_000, "2026-01-20"), {f"l{number}": 12_000})
    desk.settle()
    desk.full_pass()
    assert desk.watch().is_ok
    return desk


def of_kind(desk: Desk, kind: ItemKind, number: int = 2) -> tuple[TheirInvoice, str]:
    """The last invoice with an item of a kind, and that item."""
    found = [
        (invoice, item.item_id)
        for invoice in desk.theirs(number).invoices
        for item in invoice.items
        if item.kind is kind and invoice.status is TheirInvoiceStatus.COMMITTED
    ]
    return found[-1]


EDITS: dict[str, Callable[[Desk], object]] = {
    "a charge by hand": lambda it: it.engine.by_hand.charge(it.key(2), it.life.money(700)),
    "credit by hand": lambda it: it.engine.by_hand.credit(it.key(2), it.life.money(700)),
    "an adjustment": lambda it: it.engine.by_hand.adjust(of_kind(it, ItemKind.RECURRING)[1], it.life.money(50)),
    "a refund": lambda it: it.engine.by_hand.take_back(it.theirs(2).payments[0].payment_id),
    "an unsettled payment": lambda it: it.engine.by_hand.unsettle(it.theirs(2).payments[0].payment_id),
    "charge and credit": lambda it: (
        it.engine.by_hand.charge(it.key(2), it.life.money(700)),
        it.engine.by_hand.credit(it.key(2), it.life.money(700)),
    ),
    "an amount overwritten": lambda it: it.engine.by_hand.edit_silently(
        of_kind(it, ItemKind.RECURRING)[1], it.life.money(9_999)
    ),
    "an invoice deleted": lambda it: it.engine.by_hand.lose(of_kind(it, ItemKind.RECURRING)[0].invoice_id),
    "an unknown account": lambda it: it.engine.by_hand.open_account("stranger"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_silent_edit_is_red_within_one_pass(edit: str) -> None:
    """Whatever was done there by hand, even where the balance is the same: the pass that only reports sees it."""
    desk = billed()
    desk.clock.instant += timedelta(minutes=1)
    EDITS[edit](desk)
    assert desk.judge().is_ok
    desk.run_pass = evolve(desk.run_pass, report_only=True)
    before = desk.life.state(), len(desk.line.steps)
    desk.full_pass()
    assert not desk.judge().is_ok
    assert desk.records.passes(1)[0].differences > 0
    assert (desk.life.state(), len(desk.line.steps)) == before


@pytest.mark.parametrize(
    "edit", ["a charge by hand", "credit by hand", "an adjustment", "a refund", "charge and credit"]
)
def test_what_was_edited_is_green_after_repair(edit: str) -> None:
    """Recorded here where it is theirs to decide, countered there where it is not; a clean pass says so."""
    desk = billed()
    desk.clock.instant += timedelta(hours=1)
    EDITS[edit](desk)
    desk.full_pass()
    desk.clock.instant += timedelta(hours=1)
    sent = len(desk.line.steps)
    desk.repair(dry_run=True)
    assert len(desk.line.steps) == sent
    for _ in range(4):
        desk.repair()
        desk.clock.instant += timedelta(hours=1)
    desk.full_pass()
    assert desk.watch().reason == ""


def test_an_invoice_of_ours_that_was_lost_there_is_charged_again_by_a_repair_only() -> None:
    """A synchronisation says what differs; the repair is one step, and a second repair finds nothing to do."""
    desk = Desk(1)
    desk.settle()
    desk.engine.by_hand.lose(of_kind(desk, ItemKind.CHARGE, 1)[0].invoice_id)
    desk.clock.instant += timedelta(hours=1)
    sent = len(desk.line.steps)
    assert desk.sync(desk.key()).drift
    assert len(desk.line.steps) == sent
    for _ in range(3):
        desk.repair()
        desk.clock.instant += timedelta(hours=1)
    assert len(desk.line.steps) == sent + 1
    assert not desk.sync(desk.key()).drift


def test_a_pass_that_is_cut_off_at_each_page_comes_to_the_same_end() -> None:
    """One page a call, and each page once more since the worker died before it could say so."""
    whole, cut = billed(), billed()
    for desk in (whole, cut):
        desk.clock.instant += timedelta(minutes=1)
        EDITS["a charge by hand"](desk)
        EDITS["an unknown account"](desk)
        desk.run_pass = evolve(desk.run_pass, report_only=True)
    whole.full_pass()
    stages: list[PassStage] = []
    ended: FullPass | None = None
    while ended is None or ended.ended_at is None:
        running = evolve(cut.run_pass, log=_Dying(cut))
        with pytest.raises(KeyboardInterrupt):
            running("p2", PassBudget(pages=1))
        ended = cut.run_pass("another id", PassBudget(pages=1))
        stages.append(ended.stage)
    assert (ended.checked, ended.differences) == (5, whole.records.passes(1)[0].differences)
    assert stages.count(PassStage.LEASES) >= 2
    assert cut.records.differences() == whole.records.differences()


class _Dying:
    """A log whose worker dies before a page is counted."""

    def __init__(self, desk: Desk) -> None:
        """Over the desk's log."""
        self._log = desk.records

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the log has
        if name == "advance_pass":
            raise KeyboardInterrupt
        return getattr(self._log, name)


def test_a_pass_that_another_worker_moved_on_is_left_to_it() -> None:
    """It stops, and nothing is counted twice."""
    desk = billed()

    class Beaten(_Dying):
        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the log has
            if name == "advance_pass":
                return self._beaten
            return getattr(self._log, name)

        def _beaten(self, before: FullPass, after: FullPass) -> None:
            raise ConcurrentChange(f"{before.pass_id} {after.pass_id}")

    found = evolve(desk.run_pass, log=Beaten(desk))("p3")
    assert (found.stage, found.checked) == (PassStage.ACCOUNTS, 0)


def test_a_fault_turns_the_verdict_red_and_back() -> None:
    """An engine that forgot us, and a job that failed for good; each is cleared once it is well."""
    desk = billed()
    desk.engine._is_set_up = False  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - a fault of the fake
    assert "tenant" in desk.watch().reason
    desk.engine._is_set_up = True  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - a fault of the fake
    assert desk.watch().is_ok


def test_a_job_of_the_engine_that_failed_for_good_is_red_until_it_is_gone() -> None:
    """A look at a lease that is none: nobody tries it again, so a person must know; discarded, it is well again."""
    desk = billed()
    desk.work.enqueue(JobRequest("engine-sync", "x", desk.clock.now(), desk.life.portfolio_id, {"lease": "none"}))
    desk.work_all()
    (dead,) = desk.work.jobs(JobState.DEAD)
    assert "failed for good" in desk.watch().reason
    desk.work.discard(dead.job_id)
    assert desk.watch().is_ok


def test_a_verdict_gets_old() -> None:
    """A clean pass is good for so long, whatever else is well."""
    desk = billed()
    desk.clock.instant += desk.judge.oldest + timedelta(seconds=1)
    assert "longer ago" in desk.judge().reason


def test_a_clean_pass_counts_from_when_it_began() -> None:
    """What was changed there while a long pass was under way may lie behind it: its end proves nothing later."""
    desk = billed()
    begun = desk.clock.now()
    running = desk.records.begin_pass(FullPass("long", begun))
    ended = begun + timedelta(hours=5)
    desk.records.advance_pass(running, evolve(running, stage=PassStage.DONE, ended_at=ended))
    desk.clock.instant = ended
    assert desk.watch().verified_at == begun
    desk.clock.instant = begun + desk.judge.oldest + timedelta(seconds=1)
    assert "longer ago" in desk.watch().reason


def test_a_lost_step_is_red_while_nobody_knows() -> None:
    """Longer than patience: something is still not known to be done."""
    desk = billed()
    desk.life.correct.credit_invoice(
        desk.life.command(),
        desk.key(1).lease_id,
        desk.life.invoices("l1")[-1].invoice_id,
        desk.life.money(1),
        desk.engine.today,
    )
    desk.line.writing = away
    desk.sync(desk.key(1))
    desk.clock.instant += desk.judge.patience + timedelta(seconds=1)
    assert "still not known" in desk.judge().reason
    desk.line.writing = no_faults
    desk.settle()
    assert desk.watch().is_ok
    desk.clock.instant += desk.judge.silence + timedelta(seconds=1)
    assert "nobody has looked" in desk.judge().reason


def test_money_alone_is_checked_in_one_reading() -> None:
    """Each balance to the cent; what leaves it as it was is seen by a full pass only."""
    desk = billed()
    check = CheckMoney(desk.line, desk.books, desk.books, 2)
    assert (check().accounts, check().leases, check().differences) == (5, 5, ())
    EDITS["a charge by hand"](desk)
    EDITS["an unknown account"](desk)
    assert [it.kind for it in check().differences] == [DifferenceKind.BALANCE, DifferenceKind.UNKNOWN_ACCOUNT]
