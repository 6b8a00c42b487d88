"""Whole seasons, killed at any call: each accepted booking is one lease, no unit is let twice, no edit is lost."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from attrs import evolve
from tests.unit.listings.season import Season, broken
from tests.unit.listings.street import OWN

from marketplace_core.domain.listings import copies
from marketplace_core.domain.listings.applications import Application
from marketplace_core.domain.listings.copies import CopyPlan
from marketplace_core.services.listings import drafting, telling

SEASONS = {"smoke": 1, "slice": 8, "full": 400}
STEPS = {"smoke": 120, "slice": 260, "full": 600}


@pytest.mark.laws
def test_whatever_happens_in_a_season_all_is_well_in_the_end(scale: str) -> None:
    """Sixty houses, bookings in all statuses, edits on both sides, and every second run killed somewhere."""
    leases = kills = waiting = 0
    for seed in range(SEASONS[scale]):
        season = Season(seed)
        season.play(STEPS[scale])
        assert list(broken(season)) == [], seed
        leases += len(season.street.leases())
        kills += season.kills
        waiting += sum(bool(it.trouble) for it in season.street.books.applications(OWN))
    assert leases > SEASONS[scale] * 5
    assert kills > SEASONS[scale] * 5
    assert waiting > 0


def is_found(words: str) -> bool:
    """True where one of some seasons finds what is told in these words."""
    for seed in range(12):
        season = Season(seed)
        season.play(260)
        if any(words in it for it in broken(season)):
            return True
    return False


@pytest.mark.laws
def test_a_twin_that_asks_nobody_whether_the_unit_is_free_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It lets units twice."""
    monkeypatch.setattr(drafting, "taken_days", lambda _term, _leases: None)
    assert is_found("is let twice")


@pytest.mark.laws
def test_a_twin_that_forgets_the_lease_of_what_was_cancelled_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its drafts stand after their bookings."""
    monkeypatch.setattr(Application, "frees_lease", property(lambda _: False))
    assert is_found("is over, and draft")


@pytest.mark.laws
def test_a_twin_that_writes_over_edits_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written there is gone."""

    def overwriting(*given: Any, **named: Any) -> CopyPlan:  # noqa: ANN401 - what is given to the function
        return copies.plan_copy(*given, **{**named, "overwrite": True})

    monkeypatch.setattr(telling, "plan_copy", overwriting)
    assert is_found("written over")


@pytest.mark.laws
def test_a_twin_whose_crash_takes_edits_for_its_own_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It notes the whole copy as about to be told, with what others wrote in it."""

    def noting(*given: Any, **named: Any) -> CopyPlan:  # noqa: ANN401 - what is given to the function
        plan = copies.plan_copy(*given, **named)
        return plan if plan.write is None else evolve(plan, told=plan.write)

    monkeypatch.setattr(telling, "plan_copy", noting)
    assert is_found("written over")


@pytest.mark.laws
def test_a_twin_that_gives_each_try_another_lease_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft that a crash left unknown is of no booking."""
    numbers = count(1)
    monkeypatch.setattr(Application, "next_lease_id", property(lambda it: f"lse-{it.external_id}-{next(numbers)}"))
    assert is_found("is of no booking")
