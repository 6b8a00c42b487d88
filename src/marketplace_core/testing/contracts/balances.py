"""What every store that sums and joins by itself must do."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from attrs import evolve

from marketplace_core.domain.aging import AgingGroup, group_key
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import LeaseId, PaymentId, PortfolioId
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.reconciliation.exact import exact_references
from marketplace_core.domain.reference import issue_reference
from marketplace_core.domain.statement import statement
from marketplace_core.errors import NotFound
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.contracts.state import a_busy_year
from marketplace_core.testing.life import BEGINNING, PortfolioLife

_NOWHERE = PortfolioId("nowhere")
_DAYS = (date(2026, 1, 5), date(2026, 2, 10), date(2026, 12, 31))
_INSTANTS = (None, BEGINNING + timedelta(minutes=8), BEGINNING + timedelta(minutes=15))


class BalancesContract(StoreContract):
    """Balances are the folds of postings, and the statements' closing balances."""

    @pytest.mark.parametrize("known_on", _INSTANTS)
    def test_debits_equal_credits_on_every_day(self, life: PortfolioLife, known_on: datetime | None) -> None:
        """The trial balance is balanced on any day and knowledge, and has the cash that came in."""
        a_busy_year(life)
        for as_of in (None, *_DAYS):
            trial = life.store.trial_balance(life.portfolio_id, as_of=as_of, known_on=known_on)
            assert trial.is_balanced
        (total,) = life.store.trial_balance(life.portfolio_id).totals()
        assert total.debits.amount_minor > 0
        cash = next(it for it in life.store.trial_balance(life.portfolio_id).lines if it.account == "cash:paybill")
        assert (cash.debits, cash.credits) == (life.money(114_000), life.money(24_000))

    def test_what_a_lease_owes_is_its_statements_closing_balance(self, life: PortfolioLife) -> None:
        """For each lease, day and knowledge; who owes nothing is left out."""
        a_busy_year(life)
        for known_on in _INSTANTS:
            for as_of in _DAYS:
                owed = life.store.owed(life.portfolio_id, as_of=as_of, known_on=known_on)
                found = {it.key: it.balance for it in owed}
                for account in life.store.accounts(life.portfolio_id):
                    lease_id = account.lease.lease_id
                    span = DateSpan(date(2025, 1, 1), as_of + timedelta(days=1))
                    closing = statement(account, span, known_on).closing
                    assert found.get(lease_id, life.money(0)) == closing

    @pytest.mark.parametrize("by", [AgingGroup.TENANT, AgingGroup.PROPERTY, AgingGroup.PORTFOLIO])
    def test_groups_sum_their_leases(self, life: PortfolioLife, by: AgingGroup) -> None:
        """A tenant, a property and the portfolio owe the sum of their leases."""
        a_busy_year(life)
        store, own = life.store, life.portfolio_id
        property_of = {unit.unit_id: unit.property_id for unit in store.units(own)}
        sums: dict[str, int] = {}
        for it in store.owed(own):
            key = group_key(store.lease(own, LeaseId(it.key)), by, property_of)
            sums[key] = sums.get(key, 0) + it.balance.amount_minor
        assert {it.key: it.balance.amount_minor for it in store.owed(own, by=by)} == sums
        assert sums

    def test_an_unknown_portfolio_has_no_balances(self, life: PortfolioLife) -> None:
        """Neither trial balance nor what is owed."""
        with pytest.raises(NotFound, match="nowhere"):
            life.store.trial_balance(_NOWHERE)
        with pytest.raises(NotFound, match="nowhere"):
            life.store.owed(_NOWHERE)


class ExactReferencesContract(StoreContract):
    """A payment whose text says one lease's reference is found without the engine."""

    def test_a_reference_is_found_however_it_is_written(self, life: PortfolioLife) -> None:
        """Small letters, spaces, look-alikes and words around it; not two references, not one with a wrong check."""
        first, second = (issue_reference(life.portfolio_id, LeaseId(name)) for name in ("l1", "l2"))
        life.let(1, reference=first)
        life.let(2, reference=second)
        wrong = ("A" if first[0] != "A" else "C") + first[1:]
        texts = [first, f" {first[:3].lower()}-{first[3:]}", f"RENT {second} JAN", f"{first} {second}", wrong, ""]
        ids = [_told(life, f"T{number}", text) for number, text in enumerate(texts)]
        found = life.store.waiting_for(life.portfolio_id)
        assert [found.get(payment_id) for payment_id in ids] == ["l1", "l1", "l2", None, None, None]
        assert life.store.leases_named(life.portfolio_id, [second, first, wrong, ""]) == {first: "l1", second: "l2"}

    def test_what_is_given_waits_no_more(self, life: PortfolioLife) -> None:
        """A payment given whole, or reversed, is not in the answer; one given in part is."""
        reference = issue_reference(life.portfolio_id, LeaseId("l1"))
        life.let(1, reference=reference)
        ids = [_told(life, f"T{number}", reference) for number in range(3)]
        life.give(ids[0], {"l1": 500})
        life.give(ids[1], {"l1": 200})
        life.reverse(ids[2], "2026-01-06")
        assert life.store.waiting_for(life.portfolio_id) == {ids[1]: "l1"}

    def test_only_leases_that_were_ever_active_are_named(self, life: PortfolioLife) -> None:
        """A draft's reference names nobody yet, and two spellings of one reference name nobody at all."""
        drafted, shared = (issue_reference(life.portfolio_id, LeaseId(name)) for name in ("l1", "l2"))
        life.let(1, reference=drafted, status=LeaseStatus.DRAFT)
        life.let(2, reference=shared)
        life.let(3, reference=shared.lower())
        _told(life, "T1", drafted)
        _told(life, "T2", shared)
        assert life.store.waiting_for(life.portfolio_id) == {}
        assert life.store.leases_named(life.portfolio_id, [drafted, shared]) == {}

    def test_the_answer_is_the_pure_functions(self, life: PortfolioLife) -> None:
        """After a busy year it is what ``exact_references`` says of the waiting payments."""
        a_busy_year(life)
        reference = issue_reference(life.portfolio_id, LeaseId("l3"))
        life.let(3, reference=reference)
        _told(life, "T8", f"kodi {reference.lower()}")
        texts = [(it.payment.payment_id, it.payment.reference_text) for it in life.store.waiting(life.portfolio_id)]
        leases = [(it.lease_id, it.reference) for it in life.store.leases(life.portfolio_id)]
        assert life.store.waiting_for(life.portfolio_id) == exact_references(texts, leases)
        assert "l3" in exact_references(texts, leases).values()


def _told(life: PortfolioLife, transaction: str, text: str) -> PaymentId:
    report = evolve(life.report(transaction, 500, "2026-01-05"), reference_text=text)
    life.receive(report)
    return report.payment_id
