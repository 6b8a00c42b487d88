"""An account's statement, balance and postings tell one story after any history; twins with a defect are found."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from attrs import evolve
from hypothesis import given

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.facts import CreditUsed
from marketplace_core.errors import LawBroken
from marketplace_core.testing import strategies as of
from marketplace_core.testing.laws.histories import History, lived, require_one_story
from marketplace_core.testing.strategies import STEPS, Step

pytestmark = pytest.mark.laws


@given(of.histories())
def test_statement_balance_and_postings_agree(steps: list[Step]) -> None:
    """On each day and as known at each instant, after any steps."""
    require_one_story(lived(steps))


def test_the_histories_reach_every_step() -> None:
    """Every kind of step is done at least once, not only refused: over fixed seeds, so that no run differs."""
    random, done = Random(5), Counter[str]()
    for _ in range(300):
        steps = [
            Step(
                random.choice([*STEPS, "bill", "pay"]),
                of.FIRST_DAY + timedelta(days=random.randrange(150)),
                random.choice([1, 300, 700, 1_000, 3_100]),
                random.randrange(1_000),
            )
            for _ in range(20)
        ]
        done.update(lived(steps).done)
    assert set(done) == set(STEPS)


def _refused(history: History) -> bool:
    try:
        require_one_story(history)
    except LawBroken:
        return True
    return False


def _busy() -> History:
    day = of.FIRST_DAY
    steps = [
        Step("bill", day, 1, 0),
        Step("pay", day.replace(month=2), 3_100, 1),
        Step("bill", day, 1, 1),
        Step("refund", day.replace(month=3), 300, 0),
        Step("void", day.replace(month=4), 1, 1),
    ]
    history = lived(steps)
    assert len(history.done) == len(steps)
    return history


def test_each_missing_posting_is_found() -> None:
    """A history without any one of its postings is refused."""
    history = _busy()
    require_one_story(history)
    for place in range(len(history.postings)):
        assert _refused(evolve(history, postings=history.postings[:place] + history.postings[place + 1 :]))


def test_a_balance_that_forgets_refunds_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that folds no use of credit disagrees with its postings."""
    applied = LeaseAccount.applied
    monkeypatch.setattr(
        LeaseAccount,
        "applied",
        lambda self, facts: applied(self, [it for it in facts if not isinstance(it, CreditUsed)]),
    )
    assert _refused(_busy())


def test_a_past_that_knows_the_future_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that gives today's knowledge for an earlier instant is refused."""
    monkeypatch.setattr(LeaseAccount, "known", lambda self, _: self)
    assert _refused(_busy())
