"""What every reader of matches must do."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace_core.domain.facts import CreditEnded, MatchProposed
from marketplace_core.domain.identifiers import MatchId
from marketplace_core.domain.matching import Proposal
from marketplace_core.errors import NotFound
from marketplace_core.services.corrections import ReversePayment
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.life import PortfolioLife


class MatchesContract(StoreContract):
    """Which payments went where, which wait, and what was learned."""

    def test_an_undone_match_stays_as_a_trail(self, life: PortfolioLife) -> None:
        """A match that was taken back is still read, marked as undone, before the one that followed."""
        life.let()
        payment_id = life.pay("T1", 500, "2026-01-05")
        first = life.give(payment_id, {"l1": 500})
        life.undo(first)
        second = life.give(payment_id, {"l1": 500})
        found = life.store.matches_of(life.portfolio_id, payment_id)
        assert [it.match_id for it in found] == [first, second]
        assert [it.undone_at is None for it in found] == [False, True]
        assert life.store.match(life.portfolio_id, second) == found[1]
        assert {it.match_id for it in life.store.matches(life.portfolio_id)} == {first, second}

    def test_credits_end_in_an_order_that_no_store_chooses(self, life: PortfolioLife) -> None:
        """By id, however the store reads them: the same command writes the same link everywhere."""
        life.let()
        payment_id = life.pay("T1", 1_000, "2026-01-05")
        for _ in range(4):
            life.give(payment_id, {"l1": 250})
        reverse = ReversePayment(life.store, life.store)
        facts = reverse(life.command("payment.reverse"), payment_id, date(2026, 1, 9)).facts
        ends = [fact.credit.credit_id for fact in facts if isinstance(fact, CreditEnded)]
        assert ends == sorted(ends)
        assert len(ends) == 4

    def test_an_unknown_match_is_not_found(self, life: PortfolioLife) -> None:
        """No match of an unknown id."""
        with pytest.raises(NotFound):
            life.store.match(life.portfolio_id, MatchId("nothing"))

    def test_the_last_proposal_of_a_waiting_payment_is_shown(self, life: PortfolioLife) -> None:
        """Largest amount first; a later proposal takes the place of the earlier; what was given waits no more."""
        life.let()
        ids = [life.pay(f"T{n}", amount, "2026-01-05") for n, amount in enumerate((100, 300, 200))]
        for outcome in ("unmatched", "proposed"):
            command = life.command()
            facts = [
                MatchProposed(Proposal(life.portfolio_id, it, life.money(amount), outcome, command.recorded_at))
                for it, amount in zip(ids, (100, 300, 200), strict=True)
            ]
            life.store.record(command, facts)
        life.give(ids[2], {"l1": 200})
        found = life.store.proposals(life.portfolio_id)
        assert [(it.payment_id, it.outcome) for it in found] == [(ids[1], "proposed"), (ids[0], "proposed")]

    def test_what_a_decision_taught_is_forgotten_when_it_is_undone(self, life: PortfolioLife) -> None:
        """A person's match teaches who pays for the lease; undone, it counts no more."""
        life.let()
        match_id = life.give(life.pay("T1", 500, "2026-01-05"), {"l1": 500})
        assert {it.lease_id for it in life.store.aliases(life.portfolio_id)} == {"l1"}
        life.undo(match_id)
        assert life.store.aliases(life.portfolio_id) == ()
