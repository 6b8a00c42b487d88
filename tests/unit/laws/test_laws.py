"""The laws of the books over the books in memory."""

from collections import Counter

import pytest
from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from marketplace_core.testing.laws import LawMachine, LawSuite
from marketplace_core.testing.laws.machine import NEVER_MADE, facts_missing
from marketplace_core.testing.life import BookStore
from marketplace_core.testing.memory import MemoryBooks

pytestmark = pytest.mark.laws


class TestLawsOfMemoryBooks(LawSuite):
    """The shipped laws over the books in memory."""

    @pytest.fixture
    def store(self) -> BookStore:
        """Give empty books."""
        return self.new_store()

    def new_store(self) -> BookStore:
        """Give empty books."""
        return MemoryBooks()


def test_the_random_lives_reach_every_kind_of_fact() -> None:
    """Over 200 lives no kind of fact is missing but those that no use case makes; here without checking the laws."""

    class Lives(LawMachine):
        def require_laws(self) -> None:
            """Only live."""

    Lives.accepted, Lives.reached = Counter(), Counter()
    run_state_machine_as_test(seed(1)(Lives), settings=settings(max_examples=200, derandomize=False))
    assert facts_missing(Lives.reached) == set()
    assert facts_missing({}) & set(NEVER_MADE) == set()
    assert facts_missing({name: 1 for name in Lives.reached if name != "CreditUsed"}) == {"CreditUsed"}
