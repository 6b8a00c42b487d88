"""Send the steps of one look at a lease: of several workers that looked, one sends and the others look again."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import CommandId, derive_id
from marketplace_core.domain.outside_engine.intents import Intent
from marketplace_core.domain.outside_engine.steps import Step
from marketplace_core.domain.standing import Locked
from marketplace_core.ports.books import Books
from marketplace_core.services.outside_engine.lease_view import LeaseView, seen_of
from marketplace_core.services.outside_engine.send_step import SendStep, StepSent


@frozen
class SendRound:
    """Writes a round's intents down while the lease is locked, then sends them when it is not.

    Two workers that saw the books there at different moments may plan the same money in two ways, with markers that
    do not clash: as credit, and as the payment of an invoice that came meanwhile. So what was sent before must still
    be what the plan was made on.
    """

    books: Books
    send: SendStep
    actor: str = "service:engine"

    def __call__(self, view: LeaseView, steps: Sequence[Step]) -> tuple[StepSent, ...] | None:
        """What came of each step; None where another worker sent something meanwhile: look again, plan again."""
        if not steps:
            return ()
        prepared: list[StepSent | Intent] = []

        def decide(_: Locked) -> Sequence[Fact]:
            if not prepared and seen_of(self.send.intents.intents_of(view.key)) == view.seen:
                prepared.extend(self.send.prepare(view.key, it, view.theirs, view.looked_at) for it in steps)
            return ()

        now = self.send.clock.now()
        command_id = CommandId(derive_id("cmd", "engine.send", str(view.key), *(it.marker for it in steps)))
        command = Command(command_id, view.key.portfolio_id, "engine.send", self.actor, now)
        self.books.change(command, decide, leases=[view.key.lease_id])
        if not prepared:
            return None
        pairs = zip(steps, prepared, strict=True)
        return tuple(
            it if isinstance(it, StepSent) else self.send.perform(view.key, step, view.theirs, it) for step, it in pairs
        )
