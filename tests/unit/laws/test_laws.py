"""The laws of the books over the books in memory."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from typing_extensions import override

from marketplace_core.domain import match_decisions
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.account_decisions import end_credits
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import AccountFact
from marketplace_core.domain.identifiers import CreditId, PortfolioId
from marketplace_core.domain.state import StateRow
from marketplace_core.errors import LawBroken
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


class Lives(LawMachine):
    """Only lives: for what the steps themselves show."""

    @override
    def require_laws(self) -> None:
        pass

    @override
    def require_laws_at_the_end(self) -> None:
        pass


def test_the_random_lives_reach_every_kind_of_fact() -> None:
    """Over 200 lives no kind of fact is missing but those that no use case makes; here without checking the laws."""
    Lives.accepted, Lives.reached = Counter(), Counter()
    run_state_machine_as_test(seed(1)(Lives), settings=settings(max_examples=200, derandomize=False))
    assert facts_missing(Lives.reached) == set()
    assert facts_missing({}) & set(NEVER_MADE) == set()
    assert facts_missing({name: 1 for name in Lives.reached if name != "CreditUsed"}) == {"CreditUsed"}


def test_the_random_lives_find_an_undo_that_leaves_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Books in which an undone match ends a day late do not survive the lives."""

    def late(account: LeaseAccount, ends: Sequence[tuple[CreditId, date]], command: Command) -> Sequence[AccountFact]:
        return end_credits(account, [(credit_id, day + timedelta(days=1)) for credit_id, day in ends], command)

    monkeypatch.setattr(match_decisions, "end_credits", late)
    with pytest.raises(AssertionError, match="an undone match left a trace"):
        run_state_machine_as_test(seed(1)(Lives), settings=_quick())


def test_the_random_lives_find_a_store_that_keeps_another_amount(monkeypatch: pytest.MonkeyPatch) -> None:
    """Books that keep a row of another amount than they were told do not survive the lives."""

    class Generous(MemoryBooks):
        @override
        def state(self, portfolio_id: PortfolioId) -> Iterator[StateRow]:
            for row in super().state(portfolio_id):
                yield row._replace(body=row.body.replace("[33300,", "[33301,")) if row.kind == "posting" else row

    monkeypatch.setattr(LawMachine, "new_store", lambda _: Generous())
    with pytest.raises((LawBroken, ExceptionGroup)):
        run_state_machine_as_test(seed(1)(LawMachine), settings=_quick())


def _quick() -> settings:
    """Enough to find a defect, without making the example small."""
    return settings(max_examples=200, derandomize=False, phases=[Phase.generate], report_multiple_bugs=False)
