"""What every payment inbox must do."""

from __future__ import annotations

from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.facts import ReversalAwaited, ReversalDismissed
from marketplace_core.domain.identifiers import CollectionAccountId, PaymentId
from marketplace_core.domain.payment import ReportSource
from marketplace_core.domain.reversal import AwaitedReversal
from marketplace_core.errors import Conflict, IllegalTransition, NotFound
from marketplace_core.ports.payment_inbox import InboxOutcome
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.life import BEGINNING, PortfolioLife


class PaymentInboxContract(StoreContract):
    """Each payment once, however often and by whom it is told."""

    def test_a_repeated_report_is_only_counted(self, life: PortfolioLife) -> None:
        """The same statement twice adds nothing."""
        report = life.report("T1", 500, "2026-01-05")
        first = life.receive(report, report)
        before = life.state()
        again = life.receive(report)
        assert (first.received, first.received_minor, first.repeated) == (1, 50_000, 1)
        assert (again.received, again.repeated) == (0, 1)
        assert life.state() == before

    def test_another_source_tells_of_the_same_payment(self, life: PortfolioLife) -> None:
        """Callback, then statement: one payment, two reports, in the order they came."""
        callback = life.report("T1", 500, "2026-01-05", ReportSource.CALLBACK)
        life.receive(callback)
        outcome = life.receive(life.report("T1", 500, "2026-01-05"))
        assert (outcome.received, outcome.told_again) == (0, 1)
        found = life.store.reports(life.portfolio_id, callback.payment_id)
        assert [it.source for it in found] == [ReportSource.CALLBACK, ReportSource.STATEMENT]

    def test_another_amount_is_refused_and_recorded_once(self, life: PortfolioLife) -> None:
        """A known transaction with another amount is a contradiction; told again, it is not recorded again."""
        payment_id = life.pay("T1", 500, "2026-01-05")
        first = life.receive(life.report("T1", 700, "2026-01-05"))
        events = len(list(life.store.events(life.portfolio_id)))
        again = life.receive(life.report("T1", 700, "2026-01-05"))
        assert len(first.contradictions) == len(again.contradictions) == 1
        assert len(list(life.store.events(life.portfolio_id))) == events
        assert life.store.payment(life.portfolio_id, payment_id).payment.amount == life.money(500)

    def test_an_account_that_is_not_open_is_not_found(self, life: PortfolioLife) -> None:
        """Reports for an account in which the portfolio does not collect are refused, and nothing is kept."""
        before = life.state()
        report = life.report("T1", 500, "2026-01-05")
        foreign = type(report)("elsewhere", "T2", report.source, report.amount, report.paid_at, report.value_date)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            life.receive(report, foreign)
        assert life.state() == before

    def test_a_dry_run_counts_and_writes_nothing(self, life: PortfolioLife) -> None:
        """A dry run says what would be received, repeats within it too."""
        before, report = life.state(), life.report("T1", 500, "2026-01-05")
        outcome = life.receive(report, report, dry_run=True)
        assert (outcome.received, outcome.repeated) == (1, 1)
        assert life.state() == before

    def test_payments_wait_until_all_of_them_is_given(self, life: PortfolioLife) -> None:
        """A payment waits with what is left; given whole it waits no more."""
        life.let()
        payment_id = life.pay("T1", 500, "2026-01-05")
        life.give(payment_id, {"l1": 200})
        assert [it.unapplied_minor for it in life.store.waiting(life.portfolio_id)] == [30_000]
        life.give(payment_id, {"l1": 300})
        assert list(life.store.waiting(life.portfolio_id)) == []
        assert [it.payment_id for it in life.store.payments(life.portfolio_id)] == [payment_id]

    def test_an_unknown_payment_is_not_found(self, life: PortfolioLife) -> None:
        """Neither standing nor reports of an unknown payment."""
        with pytest.raises(NotFound):
            life.store.payment(life.portfolio_id, PaymentId("nothing"))

    def test_eight_imports_at_once_receive_once(self, life: PortfolioLife) -> None:
        """Eight imports of one statement at once: each payment once."""
        reports = [life.report(f"T{n}", 100 + n, "2026-01-05") for n in range(20)]
        lives = [PortfolioLife(life.store, first_step=1000 * n) for n in range(1, 9)]
        done = at_once([partial(one.receive, *reports) for one in lives])
        assert sum(it.received for it in done if isinstance(it, InboxOutcome)) == len(reports)
        assert len(list(life.store.payments(life.portfolio_id))) == len(reports)

    def test_a_reversal_waits_once_and_is_dismissed_once(self, life: PortfolioLife) -> None:
        """Kept as it was told; what is unknown, known already or of an account that is not collected in is refused."""
        told = AwaitedReversal.of(life.reversal("R1", "T9", 500, "2026-02-21"), life.portfolio_id, BEGINNING)
        life.store.record(life.command(), [ReversalAwaited(told)])
        assert list(life.store.reversals(life.portfolio_id)) == [told]
        dismissed = evolve(told, dismissed_at=BEGINNING)
        other = evolve(dismissed, reversal_id="rev_other")
        foreign = evolve(told, reversal_id="rev_foreign", collection_account_id=CollectionAccountId("elsewhere"))
        before = life.state()
        for fact in (ReversalAwaited(told), ReversalDismissed(other), ReversalAwaited(foreign)):
            with pytest.raises((Conflict, NotFound)):
                life.store.record(life.command(), [fact])
        assert life.state() == before
        life.store.record(life.command(), [ReversalDismissed(dismissed)])
        assert list(life.store.reversals(life.portfolio_id)) == [dismissed]
        with pytest.raises(IllegalTransition, match="dismissed already"):
            life.store.record(life.command(), [ReversalDismissed(dismissed)])
