"""The billing cycle by an outside engine, the dashboard over it, and the shadow beside it."""

from __future__ import annotations

from datetime import date

import pytest
from tests.unit.services.outside_engine.desk import Desk, away, away_after_five

from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.days import DateSpan, calendar_month
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.jobs import JobState
from marketplace_core.domain.outside_engine.agreement import DifferenceKind
from marketplace_core.domain.outside_engine.shadow import ShadowRule
from marketplace_core.errors import PartnerUnavailable
from marketplace_core.services.corrections import CorrectAccount
from marketplace_core.services.leases import ChangeLease
from marketplace_core.services.outside_engine.cycle import BillOutside
from marketplace_core.services.outside_engine.overview import BillingOverview
from marketplace_core.services.outside_engine.shadow import CompareEngines
from marketplace_core.services.outside_engine.their_payments import ReconcileTheirPayments
from marketplace_core.testing.outside_engine.faults import no_faults


class Reads:
    """Counts the reads of a lease's books there."""

    def __init__(self, desk: Desk) -> None:
        """Nothing was read."""
        self.count = 0
        desk.line.reading = self._one

    def _one(self, _: int) -> None:
        self.count += 1


def test_a_month_is_billed_once_and_unchanged_leases_are_skipped() -> None:
    """A second run of the month reads nothing there; a change of one lease reads that one."""
    desk = Desk(3)
    bill = BillOutside(desk.books, desk.sync)
    own, january = desk.life.portfolio_id, calendar_month(2026, 1)
    run = bill(own, january)
    assert (run.synced, run.skipped, run.invoices, run.drift) == (3, 0, 6, 0)
    assert run.amount == desk.life.money(3 * 5_000 + 30_006)
    reads = Reads(desk)
    again = bill(own, january)
    assert (again.synced, again.skipped, again.invoices, reads.count) == (0, 3, 0, 0)
    desk.life.give(desk.life.pay("T1", 9_000, "2026-01-09"), {"l2": 9_000})
    changed = bill(own, january)
    assert (changed.synced, changed.skipped, changed.drift) == (1, 2, 0)


def test_a_period_that_begins_is_followed_and_one_to_come_is_not() -> None:
    """Looked at from its first day on, until its invoice is here."""
    desk = Desk(2)
    bill = BillOutside(desk.books, desk.sync)
    own = desk.life.portfolio_id
    bill(own, calendar_month(2026, 1))
    assert bill(own, calendar_month(2026, 2)).synced == 0
    desk.move_to("2026-02-01")
    run = bill(own, calendar_month(2026, 2))
    assert (run.synced, run.invoices) == (2, 2)
    assert bill(own, calendar_month(2026, 2)).synced == 0


def test_a_run_that_was_cut_off_goes_on_with_the_rest() -> None:
    """What was done stays, and is not done again."""
    desk = Desk(3)
    bill = BillOutside(desk.books, desk.sync)
    own, january = desk.life.portfolio_id, calendar_month(2026, 1)
    desk.line.reading = away_after_five
    with pytest.raises(PartnerUnavailable):
        bill(own, january)
    desk.line.reading = no_faults
    bill(own, january)
    assert [len(desk.life.invoices(f"l{n}")) for n in (1, 2, 3)] == [2, 2, 2]
    assert not any(it.drift for it in desk.sync_all())


def test_the_overview_says_both_sides_to_the_cent() -> None:
    """It reads only what is kept here, and answers while the engine does not."""
    desk = Desk(3)
    overview = BillingOverview(desk.books, desk.books, desk.records, desk.records, desk.work, desk.judge)
    desk.settle()
    desk.full_pass()
    (whole,) = overview().portfolios
    assert (whole.leases, whole.synced, whole.drift, whole.net_ours) == (3, 3, (), whole.net_theirs)
    assert (whole.invoices, whole.invoiced) == (6, desk.life.money(3 * 5_000 + 30_006))
    desk.engine.by_hand.credit(desk.key(2), desk.life.money(700))
    desk.engine.by_hand.open_account("stranger")
    desk.full_pass()
    desk.line.reading = away
    told = overview()
    (found,) = told.portfolios
    assert not told.verdict.is_ok
    assert found.net_theirs == found.net_ours - desk.life.money(700)
    assert found.drift_total == desk.life.money(700)
    assert {it.kind for it in found.drift} == {DifferenceKind.BALANCE, DifferenceKind.UNKNOWN_THERE}
    assert len(told.unknown_accounts) == 1
    assert found.synced == 2


def test_payments_made_there_are_asked_for_and_unsettled_ones_named() -> None:
    """Those of ours that stand as we recorded them ask for nothing."""
    desk = Desk(3)
    desk.settle()
    for number in (1, 2):
        desk.life.give(desk.life.pay(f"T{number}", 4_000, "2026-01-01"), {f"l{number}": 4_000})
    desk.settle()
    unpaid = next(it for it in desk.theirs(3).invoices if it.balance.is_positive)
    desk.engine.by_hand.pay(unpaid.invoice_id, unpaid.balance)
    desk.engine.by_hand.unsettle(desk.theirs(2).payments[0].payment_id)
    seen = ReconcileTheirPayments(desk.line, desk.books, desk.work, desk.clock, 1)()
    assert (seen.seen, seen.ours, seen.made_there, len(seen.unsettled), seen.strange) == (3, 2, 1, 1, ())
    asked = [it.request.key for it in desk.work.jobs(JobState.WAITING)]
    assert sorted(asked) == ["engine-sync/p1/l2", "engine-sync/p1/l3"]


def test_both_engines_bill_the_same_months_alike() -> None:
    """Billed and previewed; a lease without an account there is named, and nothing is written."""
    desk = Desk(2)
    desk.sync(desk.key(1))
    state = desk.life.state()
    window = DateSpan(date(2026, 1, 1), date(2026, 4, 1))
    found = CompareEngines(desk.line, desk.books, desk.books, desk.clock)(desk.life.portfolio_id, window)
    assert (found.leases, found.without_account) == (1, ("l2",))
    assert found.native == found.engine == desk.life.money(30_003)
    assert found.unexplained == ()
    assert desk.life.state() == state


def test_a_charge_that_was_billed_at_once_is_nobodys_any_more() -> None:
    """It stands on an invoice of its own in both books; one that is to ride on the next invoice is named."""
    desk = Desk(1)
    desk.settle()
    changes = ChangeLease(desk.books)
    once = OneOffCharge(ChargeId("water"), ChargeKind.WATER, desk.life.money(700), date(2026, 1, 1))
    changes.charge(desk.life.command("lease.charge"), desk.key().lease_id, once, at_once=True)
    rides = OneOffCharge(ChargeId("lock"), ChargeKind.REPAIR, desk.life.money(900), date(2026, 1, 1))
    changes.charge(desk.life.command("lease.charge"), desk.key().lease_id, rides)
    window = DateSpan(date(2026, 2, 1), date(2026, 3, 1))
    found = CompareEngines(desk.line, desk.books, desk.books, desk.clock)(desk.life.portfolio_id, window)
    assert [(it.charge, it.rule) for it in found.differences] == [("lock", ShadowRule.ONE_OFF)]


def test_only_what_stands_here_was_billed_before_the_engine() -> None:
    """January was billed here and stands; once it is void, nobody bills it, and a person must look."""
    desk = Desk(1)
    desk.life.bill("2026-01")
    desk.settle()
    compare = CompareEngines(desk.line, desk.books, desk.books, desk.clock)
    window = DateSpan(date(2026, 1, 1), date(2026, 2, 1))
    found = compare(desk.life.portfolio_id, window)
    assert [it.rule for it in found.differences] == [ShadowRule.BILLED_BEFORE]
    (recurring,) = (it for it in desk.life.invoices() if it.kind is InvoiceKind.RECURRING)
    command = desk.life.command("invoice.void")
    CorrectAccount(desk.books).void_invoice(command, desk.key().lease_id, recurring.invoice_id, date(2026, 1, 2))
    found = compare(desk.life.portfolio_id, window)
    assert [it.rule for it in found.differences] == [ShadowRule.UNEXPLAINED]
