"""What every counter must do: one payment at a time, by the rules of the inbox."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.event_log import verify_chain
from marketplace_core.domain.facts import ReversalAwaited, ReversalDismissed
from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.payment import PaymentReport, ReportSource
from marketplace_core.domain.reversal import AwaitedReversal
from marketplace_core.errors import CurrencyMismatch, NotFound
from marketplace_core.ports.cash_desk import Taken
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.life import BEGINNING, PAYBILL, PortfolioLife


class CashDeskContract(StoreContract):
    """A payment that is taken is a payment that was received, and no other."""

    def test_the_desk_tells_of_the_account(self, life: PortfolioLife) -> None:
        """The portfolio, its account, whether others share it; an account of others is none of it."""
        own = PAYBILL.collection_account_id
        found = life.store.desk(life.portfolio_id, own)
        assert (found.portfolio, found.account) == (life.store.portfolio(life.portfolio_id), PAYBILL)
        assert not found.is_shared
        PortfolioLife(life.store, "p2").opened()
        assert life.store.desk(life.portfolio_id, own).is_shared
        assert life.store.desk(life.portfolio_id, CollectionAccountId("elsewhere")).account is None
        with pytest.raises(NotFound, match="no portfolio p9"):
            life.store.desk(PortfolioId("p9"), own)

    def test_a_payment_is_taken_once(self, life: PortfolioLife) -> None:
        """Taken, it stands with its report and link; again, also by the other case of its id, it is only counted."""
        report = life.report("t1", 500, "2026-01-05")
        first = _take(life, report)
        assert (first.outcome.received, first.outcome.received_minor) == (1, 50_000)
        before = life.state()
        again = _take(life, evolve(report, transaction_id="T1"))
        assert (again.outcome.received, again.outcome.repeated) == (0, 1)
        assert life.state() == before
        assert life.store.reports(life.portfolio_id, report.payment_id) == (report,)
        verify_chain(life.store.events(life.portfolio_id))

    def test_what_an_import_received_is_known_at_the_desk(self, life: PortfolioLife) -> None:
        """The same report is repeated, another source tells again, another amount is recorded once as refused."""
        report = life.report("T1", 500, "2026-01-05")
        life.receive(report)
        assert _take(life, report).outcome.repeated == 1
        assert _take(life, evolve(report, source=ReportSource.CASH)).outcome.told_again == 1
        first = _take(life, evolve(report, amount=life.money(700)))
        links = len(list(life.store.events(life.portfolio_id)))
        again = _take(life, evolve(report, amount=life.money(700)))
        assert len(first.outcome.contradictions) == len(again.outcome.contradictions) == 1
        assert len(list(life.store.events(life.portfolio_id))) == links

    def test_what_is_taken_is_known_to_an_import(self, life: PortfolioLife) -> None:
        """The inbox repeats what the desk took."""
        report = life.report("T1", 500, "2026-01-05")
        _take(life, report)
        assert life.receive(report).repeated == 1

    def test_the_payment_of_another_book_is_only_counted(self, life: PortfolioLife) -> None:
        """In a shared account a transaction is in one book."""
        there = PortfolioLife(life.store, "p2").opened()
        report = life.report("T1", 500, "2026-01-05")
        _take(life, report)
        before = there.state()
        assert _take(there, report).outcome.repeated == 1
        assert there.state() == before

    def test_what_does_not_fit_the_account_is_refused(self, life: PortfolioLife) -> None:
        """An account that is not open, a portfolio that is not there, another currency: nothing is kept."""
        before, report = life.state(), life.report("T1", 500, "2026-01-05")
        foreign = evolve(report, collection_account_id=CollectionAccountId("elsewhere"))
        with pytest.raises(NotFound, match="elsewhere"):
            _take(life, foreign)
        with pytest.raises(CurrencyMismatch):
            _take(life, evolve(report, amount=Money(50_000, Currency.of("UGX"))))
        with pytest.raises(NotFound, match="p9"):
            life.store.take(evolve(life.command(), portfolio_id=PortfolioId("p9")), report)
        assert life.state() == before

    def test_a_reversal_that_waits_is_told(self, life: PortfolioLife) -> None:
        """Where one waits that may be of this payment, the desk says so; where none or a dismissed one, it need not."""
        told = AwaitedReversal.of(life.reversal("R1", "T1", 500, "2026-02-21"), life.portfolio_id, BEGINNING)
        assert not _take(life, life.report("T0", 500, "2026-01-05")).may_end_reversal
        life.store.record(life.command(), [ReversalAwaited(told)])
        assert _take(life, life.report("T1", 500, "2026-01-05")).may_end_reversal
        life.store.record(life.command(), [ReversalDismissed(evolve(told, dismissed_at=BEGINNING))])
        assert not _take(life, life.report("T2", 500, "2026-01-05")).may_end_reversal

    def test_eight_at_once_take_a_payment_once(self, life: PortfolioLife) -> None:
        """Eight desks and one transaction id: one payment, one link, and all are told so."""
        before, report = len(list(life.store.events(life.portfolio_id))), life.report("T1", 500, "2026-01-05")
        done = at_once([partial(_take, one, report) for one in _desks(life)])
        outcomes = [it.outcome for it in done if isinstance(it, Taken)]
        assert (len(outcomes), sum(it.received for it in outcomes), sum(it.repeated for it in outcomes)) == (8, 1, 7)
        assert len(list(life.store.events(life.portfolio_id))) == before + 1

    def test_eight_at_once_take_every_payment(self, life: PortfolioLife) -> None:
        """Eight desks, each with payments of its own, beside a statement that has some of them: all once, one chain."""
        reports = [[life.report(f"T{desk}-{number}", 500, "2026-01-05") for number in range(5)] for desk in range(8)]
        statement = PortfolioLife(life.store, first_step=90_000)
        tasks: list[Callable[[], object]] = [
            partial(_take_all, one, mine) for one, mine in zip(_desks(life), reports, strict=True)
        ]
        tasks.append(partial(statement.receive, *(it[0] for it in reports)))
        done = at_once(tasks)
        assert [it for it in done if isinstance(it, Exception)] == []
        assert len(list(life.store.payments(life.portfolio_id))) == 40
        verify_chain(life.store.events(life.portfolio_id))


def _desks(life: PortfolioLife) -> list[PortfolioLife]:
    return [PortfolioLife(life.store, first_step=1000 * number) for number in range(1, 9)]


def _take(life: PortfolioLife, report: PaymentReport) -> Taken:
    return life.store.take(life.command("payments.record"), report)


def _take_all(life: PortfolioLife, reports: list[PaymentReport]) -> Taken:
    return [_take(life, it) for it in reports][-1]
