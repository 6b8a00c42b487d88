"""The laws as a pytest class for any store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.contracts.state import a_busy_year
from marketplace_core.testing.laws.laws import LAWS, Law
from marketplace_core.testing.laws.machine import LawMachine, facts_missing
from marketplace_core.testing.life import BookStore, PortfolioLife


class LawSuite(StoreContract):
    """Needs the fixture ``store``, and ``new_store`` for what needs many; the machine's size is Hypothesis' profile."""

    def new_store(self) -> BookStore:
        """Override me: a fresh, empty store."""
        raise NotImplementedError("give `new_store`, which returns a fresh, empty store")

    @pytest.mark.parametrize("law", LAWS, ids=lambda law: f"law-{law.number}")
    def test_the_law_holds_after_a_busy_year(self, life: PortfolioLife, law: Law) -> None:
        """The law holds of a book in which everything happened once."""
        a_busy_year(life)
        law.check(life.store, life.portfolio_id)
        assert life.state()

    def test_arrival_order_does_not_matter(self) -> None:
        """Law 7: three payments given in any order leave the same amounts open, paid by the same transactions."""
        found: set[tuple[object, ...]] = set()
        for order in permutations(
            [("T1", 7_000, "2026-02-03"), ("T2", 12_000, "2026-01-07"), ("T3", 8_000, "2026-01-07")]
        ):
            life = PortfolioLife(self.new_store()).opened()
            life.let()
            life.bill("2026-01")
            life.bill("2026-02")
            for transaction, amount, on in order:
                life.give(life.pay(transaction, amount, on), {"l1": amount})
            (account,) = life.store.accounts(life.portfolio_id)
            names = {credit.credit_id: credit.order_key for credit in account.credits}
            spans = sorted(
                (names[it.credit_id], it.invoice_id, it.amount.amount_minor, it.value_date, it.ended_on)
                for it in account.standing_allocations()
            )
            found.add((tuple(life.open_amounts().items()), tuple(spans)))
        assert len(found) == 1

    def machine_settings(self) -> settings:
        """Override me where a store is slow: how many lives, and how many steps each; else the loaded profile's."""
        return settings()

    def test_a_whole_life_keeps_the_laws(self, record_property: Callable[[str, object], None]) -> None:
        """Laws 1 to 20 after every step of random lives; 6 (twice is once) and 16 (undo) are steps of it.

        Where there are five hundred lives or more, they reach every kind of fact that a use case can make; fewer may
        never sign a second lease, for Hypothesis leaves some steps out of whole series of lives.
        """
        suite, chosen = self, self.machine_settings()

        class Machine(LawMachine):
            def new_store(self) -> BookStore:
                return suite.new_store()

        Machine.accepted, Machine.reached, Machine.counted = Counter(), Counter(), Counter()
        run_state_machine_as_test(Machine, settings=chosen)
        for what, count in Machine.counted.items():
            record_property(f"law {what}", count)
        if chosen.max_examples >= _LIVES_OF_EVERYTHING:
            unreached = facts_missing(Machine.reached)
            assert not unreached, f"no life reached {sorted(unreached)}"


_LIVES_OF_EVERYTHING = 500
