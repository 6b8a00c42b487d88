"""As many random lives as a number of steps takes; where one breaks a law, the seed that lives it again is told."""

from __future__ import annotations

from collections import Counter
from typing import Final

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from marketplace_core.testing.laws.machine import LawMachine

LIVES_AT_ONCE: Final = 200
"""How many lives one seed gives at most."""


def live(machine: type[LawMachine], steps_least: int, first_seed: int, steps_of_life: int = 50) -> None:
    """Live until the laws held after so many steps; they are in ``machine.counted``, which begins anew.

    Hypothesis makes a life that fails as small as it can and prints its steps, and a blob for ``reproduce_failure``.
    The error also says with which seed to call this again, with the same numbers of steps and the same modules
    loaded, for Hypothesis draws from their constants. ``first_seed`` is that of the first lives, at most
    ``LIVES_AT_ONCE``; the next ones take the next.
    """
    chosen = settings(
        max_examples=min(LIVES_AT_ONCE, 1 + steps_least * 5 // (steps_of_life * 4)),  # lives may end early
        stateful_step_count=steps_of_life,
        derandomize=False,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    machine.accepted, machine.reached, machine.counted = Counter(), Counter(), Counter()
    number = first_seed
    while machine.counted["steps"] < steps_least:
        before = machine.counted["steps"]
        try:
            run_state_machine_as_test(seed(number)(machine), settings=chosen)
        except Exception as error:
            error.add_note(f"live these lives again by the seed {number} (MARKETPLACE_LAWS_SEED={number})")
            raise
        assert machine.counted["steps"] > before, f"the lives of seed {number} made no step"
        number += 1
