"""What a person took back, and who lived where, bind the engine."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from marketplace_core.domain.identifiers import LeaseId, PaymentId, UnitId
from marketplace_core.domain.payment import Payer
from marketplace_core.domain.reconciliation import DEFAULT_RULES, PureMatcher
from marketplace_core.services.leases import ChangeLease
from marketplace_core.services.reconcile import ReconcilePayments, ReconciliationOutcome
from marketplace_core.services.reconciliation_view import ReconciliationView
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks


@pytest.fixture
def life() -> PortfolioLife:
    """An open portfolio with three units."""
    return PortfolioLife(MemoryBooks()).opened()


def reconciled(life: PortfolioLife, as_of: str) -> ReconciliationOutcome:
    """One run over what waits."""
    store = life.store
    view = ReconciliationView(store, store, store, store)
    run = ReconcilePayments(store, store, PureMatcher(), view)
    return run(life.command(), date.fromisoformat(as_of), DEFAULT_RULES)


def paid(life: PortfolioLife, transaction: str, amount: int, on: str, text: str) -> PaymentId:
    """A payment by somebody unknown that says only the text."""
    life.receive(evolve(life.report(transaction, amount, on), reference_text=text, payer=Payer("SOMEBODY ELSE")))
    return next(it.payment_id for it in life.store.payments(life.portfolio_id) if it.transaction_id == transaction)


def test_an_undone_match_is_not_applied_again(life: PortfolioLife) -> None:
    """The next run proposes it, however often it comes, and a person's decision stands."""
    lease_id = life.let()
    life.bill("2026-01")
    payment_id = paid(life, "T1", 15_000, "2026-01-05", "A1")
    assert [it.payment_id for it in reconciled(life, "2026-01-31").applied] == [payment_id]
    [match] = life.store.matches_of(life.portfolio_id, payment_id)
    assert [part.lease_id for part in match.slices] == [lease_id]
    life.undo(match.match_id)
    for _ in range(2):
        again = reconciled(life, "2026-01-31")
        assert (again.applied, [it.payment_id for it in again.proposed]) == ((), [payment_id])
    [proposal] = life.store.proposals(life.portfolio_id)
    assert (proposal.payment_id, proposal.outcome) == (payment_id, "proposed")
    assert life.open_amounts() == {"INV-000001": 1_500_000}


def test_the_code_of_a_unit_names_also_who_left_it_owing(life: PortfolioLife) -> None:
    """A payment by unit code alone is nobody's for certain while the tenant of before still owes."""
    life.let()
    life.bill("2026-01")
    ChangeLease(life.store).end(life.command(), LeaseId("l1"), date(2026, 2, 1))
    life.let(2, start="2026-02-01", unit_id=UnitId("u1"))
    life.bill("2026-02")
    payment_id = paid(life, "T1", 12_000, "2026-01-30", "A1")
    outcome = reconciled(life, "2026-02-10")
    assert (outcome.applied, [it.payment_id for it in outcome.proposed]) == ((), [payment_id])
