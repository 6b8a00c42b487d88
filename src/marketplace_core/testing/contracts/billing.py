"""What every store must do when it bills a portfolio."""

from __future__ import annotations

from datetime import date
from functools import partial

from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.facts import LeaseRecorded
from marketplace_core.domain.identifiers import ChargeId, LeaseId
from marketplace_core.domain.lease import LeaseStatus, LeaseTerm
from marketplace_core.ports.billing_runs import BillingRun
from marketplace_core.services.billing import BillPeriod
from marketplace_core.services.native_billing import NativeBilling
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.life import PortfolioLife

_DAY = date(2026, 1, 20)


class BillingRunsContract(StoreContract):
    """One standing invoice a lease, period and kind, however often and from however many workers."""

    def test_a_run_numbers_in_lease_order(self, life: PortfolioLife) -> None:
        """Leases are billed by id; drafts are not."""
        for number in (2, 1):
            life.let(number, rent=1_000 * number)
        life.let(3, status=LeaseStatus.DRAFT)
        run = life.bill("2026-01")
        assert run == BillingRun(2, 0, life.money(3_000), "INV-000001", "INV-000002")
        assert [life.invoices(f"l{n}")[0].number for n in (1, 2)] == ["INV-000001", "INV-000002"]

    def test_a_second_run_writes_nothing(self, life: PortfolioLife) -> None:
        """The same window again, by another command: the invoices stand, rows and log stay."""
        life.let()
        life.bill("2026-01")
        before, events = life.state(), len(list(life.store.events(life.portfolio_id)))
        run = life.bill("2026-01")
        assert (run.invoices, run.standing) == (0, 1)
        assert life.state() == before
        assert len(list(life.store.events(life.portfolio_id))) == events

    def test_a_dry_run_says_what_it_would_do_and_writes_nothing(self, life: PortfolioLife) -> None:
        """A dry run counts as the run does, and leaves everything as it was."""
        life.let()
        before = life.state()
        tried = life.bill("2026-01", dry_run=True)
        assert life.state() == before
        assert tried == life.bill("2026-01")
        assert (tried.invoices, tried.first_number) == (1, "INV-000001")

    def test_unapplied_credit_pays_the_new_invoice(self, life: PortfolioLife) -> None:
        """20,000 on 15,000 leaves 5,000, which the next month's invoice takes."""
        life.let()
        life.bill("2026-01")
        life.give(life.pay("T1", 20_000, "2026-01-05"), {"l1": 20_000})
        assert life.unapplied() == 500_000
        life.bill("2026-02")
        assert (life.unapplied(), life.open_amounts()) == (0, {"INV-000002": 1_000_000})

    def test_a_voided_invoice_is_billed_again_under_another_id(self, life: PortfolioLife) -> None:
        """After a void the next run issues the period again; the voided number stays taken."""
        lease_id = life.let()
        life.bill("2026-01")
        (first,) = life.invoices()
        life.correct.void_invoice(life.command(reason="wrong"), lease_id, first.invoice_id, date(2026, 1, 2))
        assert life.bill("2026-01").invoices == 1
        numbers = [invoice.number for invoice in life.invoices()]
        assert numbers == ["INV-000001", "INV-000002"]
        assert len({invoice.invoice_id for invoice in life.invoices()}) == 2

    def test_a_reissue_is_owed_from_the_void_on(self, life: PortfolioLife) -> None:
        """On each day one of the two is owed, however often it is voided; it is due when it was, or when issued."""
        lease_id = life.let(due_day=5)
        life.bill("2026-01")
        for day, due in ((date(2026, 1, 3), date(2026, 1, 5)), (date(2026, 1, 20), date(2026, 1, 20))):
            last = life.invoices()[-1]
            life.correct.void_invoice(life.command(reason="wrong"), lease_id, last.invoice_id, day)
            assert life.bill("2026-01").invoices == 1
            again = life.invoices()[-1]
            assert (again.issue_date, again.due_date, again.period) == (day, due, last.period)
        account = life.store.account(life.portfolio_id, lease_id)
        assert {account.outstanding(date(2026, 1, day)) for day in range(1, 32)} == {life.money(15_000)}

    def test_a_one_off_charge_is_billed_once(self, life: PortfolioLife) -> None:
        """On the first invoice that begins on or after its day; not on the next, and again only after a void."""
        lease_id = life.let(one_off_charges=(OneOffCharge(ChargeId("o1"), ChargeKind.REPAIR, life.money(2_500), _DAY),))
        for month in ("2026-01", "2026-02", "2026-03"):
            life.bill(month)
        with_it = [it for it in life.invoices() if any(line.charge_id == "o1" for line in it.lines)]
        assert [it.period.start for it in with_it] == [date(2026, 2, 1)]
        life.correct.void_invoice(life.command(reason="wrong"), lease_id, with_it[0].invoice_id, date(2026, 3, 1))
        assert life.bill("2026-02").invoices == 1
        again = life.invoices()[-1]
        assert sum(line.charge_id == "o1" for line in again.lines) == 1

    def test_a_one_off_charge_waits_for_an_invoice_to_issue(self, life: PortfolioLife) -> None:
        """In a window of months whose first is billed, the charge is on the second: what stands takes nothing more."""
        lease_id = life.let()
        life.bill("2026-01")
        charge = OneOffCharge(ChargeId("o1"), ChargeKind.REPAIR, life.money(2_500), date(2026, 1, 1))
        lease = life.store.lease(life.portfolio_id, lease_id)
        life.store.record(life.command("lease.change"), [LeaseRecorded(lease.with_charge(charge))])
        bill, quarter = BillPeriod(life.store, NativeBilling()), DateSpan(date(2026, 1, 1), date(2026, 4, 1))
        run = bill(life.command("bill"), quarter)
        assert (run.invoices, run.standing) == (2, 1)
        assert [it.amount for it in life.invoices()] == [life.money(15_000), life.money(17_500), life.money(15_000)]
        assert bill(life.command("bill"), quarter).standing == 3

    def test_what_stands_is_counted_where_it_begins(self, life: PortfolioLife) -> None:
        """A first period that began before the window counts with its covered days; a late fee counts nowhere."""
        life.let(start="2026-02-10", billing_day=25, deposit=life.money(30_000))
        assert life.bill("2026-02").invoices == 3
        assert (life.bill("2026-01").standing, life.bill("2026-02").standing) == (0, 3)
        assert life.bill("2026-03").standing == 0

    def test_a_run_told_again_says_what_it_said(self, life: PortfolioLife) -> None:
        """The same command once more writes nothing, and its answer is that of the first time."""
        life.let()
        life.bill("2026-01")
        bill, command = BillPeriod(life.store, NativeBilling()), life.command("bill")
        quarter = DateSpan(date(2026, 1, 1), date(2026, 4, 1))
        said = bill(command, quarter)
        assert (said.invoices, said.standing) == (2, 1)
        assert bill(command, quarter) == said

    def test_a_late_charge_is_billed_in_any_windows(self, life: PortfolioLife) -> None:
        """Of a lease whose periods are all billed: month by month, or all of them at once, it gets one invoice."""
        charge = OneOffCharge(ChargeId("o1"), ChargeKind.REPAIR, life.money(2_500), date(2026, 1, 10))
        bill = BillPeriod(life.store, NativeBilling())
        march, april, may = (date(2026, month, 1) for month in (3, 4, 5))
        for number, windows in ((1, [(march, april), (april, may)]), (2, [(march, may)])):
            lease_id = life.let(number, terms=(LeaseTerm(date(2026, 1, 1), date(2026, 3, 20)),))
            bill(life.command("bill"), DateSpan(date(2026, 1, 1), april))
            lease = life.store.lease(life.portfolio_id, lease_id)
            life.store.record(life.command("lease.change"), [LeaseRecorded(lease.with_charge(charge))])
            for start, end in windows:
                bill(life.command("bill"), DateSpan(start, end))
            (billed,) = [it for it in life.invoices(lease_id) if it.lines[0].charge_id == "o1"]
            assert billed.issue_date == april

    def test_a_charge_after_the_last_period_began_is_billed_once(self, life: PortfolioLife) -> None:
        """By an invoice of its own, of the lease that ends; voided, it is billed again under another id."""
        late = OneOffCharge(ChargeId("o1"), ChargeKind.REPAIR, life.money(2_500), _DAY)
        lease_id = life.let(terms=(LeaseTerm(date(2026, 1, 1), date(2026, 1, 31)),), one_off_charges=(late,))
        life.bill("2026-01")
        assert [it.amount for it in life.invoices()][-1] == life.money(2_500)
        assert life.bill("2026-02").invoices == 0
        one = life.invoices()[-1]
        life.correct.void_invoice(life.command(reason="wrong"), lease_id, one.invoice_id, date(2026, 2, 1))
        assert (life.bill("2026-02").invoices, life.bill("2026-01").invoices) == (1, 0)

    def test_eight_runs_at_once_bill_once(self, life: PortfolioLife) -> None:
        """Eight runs of one window at once make one invoice a lease with consecutive numbers."""
        for number in (1, 2, 3):
            life.let(number)
        lives = [PortfolioLife(life.store, first_step=1000 * n) for n in range(1, 9)]
        done = at_once([partial(one.bill, "2026-01") for one in lives])
        assert sum(it.invoices for it in done if isinstance(it, BillingRun)) == 3
        assert [life.invoices(f"l{n}")[0].number for n in (1, 2, 3)] == [f"INV-{n:06d}" for n in (1, 2, 3)]
        assert life.store.lease(life.portfolio_id, LeaseId("l1")).version == 1
