"""The laws over a million steps of random lives, in shares that processes take side by side."""

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

import pytest
from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.event_log import Event
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.state import StateRow
from marketplace_core.errors import LawBroken
from marketplace_core.testing.contracts.state import a_busy_year
from marketplace_core.testing.laws import LAWS, LawMachine
from marketplace_core.testing.laws.following import FollowedLaws
from marketplace_core.testing.laws.lives import live
from marketplace_core.testing.laws.term_steps import MONTHS
from marketplace_core.testing.life import BookStore, PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

pytestmark = pytest.mark.laws

SCALE: Final = os.environ.get("MARKETPLACE_TEST_SCALE", "slice")
STEPS_OF_SCALE: Final = {"smoke": 50, "slice": 1_000, "full": 1_000_000}
"""After how many steps the laws must hold, over all shares."""
SHARES: Final = 40 if SCALE == "full" else 1


@pytest.mark.parametrize("share", range(SHARES))
def test_the_laws_hold_after_so_many_steps(share: int, record_property: Callable[[str, object], None]) -> None:
    """A million steps in full: other lives each time, unless ``MARKETPLACE_LAWS_SEED`` says which; else the same."""

    class Machine(LawMachine):
        pass

    told = os.environ.get("MARKETPLACE_LAWS_SEED", "" if SCALE == "full" else "1")
    steps = STEPS_OF_SCALE[SCALE] // SHARES
    live(Machine, steps, int(told) + 1_000 * share if told else secrets.randbits(32))
    for what, count in Machine.counted.items():
        record_property(f"law {what}", count)
    assert Machine.counted["steps"] >= steps
    assert Machine.counted["lives"] >= steps // 50


class Careless(MemoryBooks):
    """Books that show another amount than they were told."""

    @override
    def state(self, portfolio_id: PortfolioId) -> Iterator[StateRow]:
        for row in super().state(portfolio_id):
            yield row._replace(body=row.body.replace("[33300,", "[33301,")) if row.kind == "posting" else row


def test_a_life_that_breaks_a_law_is_lived_again_by_its_seed() -> None:
    """The error tells a seed, with which the same law breaks in the same life."""

    class Machine(LawMachine):
        @override
        def new_store(self) -> BookStore:
            return Careless()

    with pytest.raises(LawBroken) as first:
        live(Machine, 2_000, 7, steps_of_life=8)
    (note,) = [it for it in first.value.__notes__ if "MARKETPLACE_LAWS_SEED=" in it]
    told = int(note.rpartition("=")[2].rstrip(")"))
    with pytest.raises(LawBroken) as again:
        live(Machine, 2_000, told, steps_of_life=8)
    assert str(again.value) == str(first.value)
    assert [it for it in again.value.__notes__ if "state." in it] == [
        it for it in first.value.__notes__ if "state." in it
    ]


class Rewriting(MemoryBooks):
    """Books whose first link says something else once it was read."""

    @override
    def events(self, portfolio_id: PortfolioId, after_sequence: int = 0) -> Iterator[Event]:
        for event in super().events(portfolio_id, after_sequence):
            altered = event.sequence == 1 and len(self._book(portfolio_id).events) > 10
            yield evolve(event, payload=event.payload.replace("Kilimani", "Kileleshwa")) if altered else event


def test_the_end_of_a_life_finds_what_following_it_cannot() -> None:
    """A link that is rewritten after it was read goes by each step, and is found at the end."""
    life = PortfolioLife(Rewriting()).opened()
    followed = FollowedLaws(life.store, life.portfolio_id)
    followed.require()
    a_busy_year(life)
    followed.require()
    for number in (11, 19):
        (law,) = [it for it in LAWS if it.number == number]
        with pytest.raises(LawBroken, match="does not fit its hash"):
            law.check(life.store, life.portfolio_id)

    class Machine(LawMachine):
        @override
        def new_store(self) -> BookStore:
            return Rewriting()

    Machine.counted = Counter()
    machine = Machine()
    machine.open()
    for month in MONTHS:
        machine.laws_hold()
        machine.bill(month)
        machine.charge_late_fees(date(2026, 4, 30))
    machine.laws_hold()
    with pytest.raises(LawBroken, match="law 11"):
        machine.teardown()
    assert Machine.counted == {"steps": len(MONTHS)}
