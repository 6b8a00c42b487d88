"""Send the steps of one look at a lease: of several workers that looked, one sends and the others look again."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from marketplace_core.domain.outside_engine.intents import Intent
from marketplace_core.domain.outside_engine.steps import Step
from marketplace_core.ports.outside_engine.engine_intents import EngineIntents
from marketplace_core.services.outside_engine.lease_view import LeaseView, seen_of
from marketplace_core.services.outside_engine.send_step import SendStep, StepSent


@frozen
class SendRound:
    """Writes a round's intents down at once while no other worker does for that lease, then sends them.

    Two workers that saw the books there at different moments may plan the same money in two ways, with markers that
    do not clash: as credit, and as the payment of an invoice that came meanwhile. So what was sent before must still
    be what the plan was made on.
    """

    send: SendStep

    def __call__(self, view: LeaseView, steps: Sequence[Step]) -> tuple[StepSent, ...] | None:
        """What came of each step; None where another worker sent something meanwhile: look again, plan again."""
        if not steps:
            return ()

        def write_down(intents: EngineIntents) -> list[StepSent | Intent]:
            if seen_of(intents.intents_of(view.key)) != view.seen:
                return []
            send = evolve(self.send, intents=intents)
            return [send.prepare(view.key, it, view.theirs, view.looked_at) for it in steps]

        prepared = self.send.intents.alone(view.key, write_down)
        if not prepared:
            return None
        pairs = zip(steps, prepared, strict=True)
        return tuple(
            it if isinstance(it, StepSent) else self.send.perform(view.key, step, view.theirs, it) for step, it in pairs
        )
