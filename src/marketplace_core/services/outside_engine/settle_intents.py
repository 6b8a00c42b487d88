"""Settle the intents of a lease that nothing is left to do for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from attrs import frozen

from marketplace_core.domain.outside_engine.intents import Intent, IntentState
from marketplace_core.domain.outside_engine.steps import Charge, GiveCredit
from marketplace_core.services.outside_engine.lease_view import LeaseView
from marketplace_core.services.outside_engine.send_step import SendStep

_MARKED: Final = (Charge.__name__, GiveCredit.__name__)


@frozen
class SettleIntents:
    """Says of each open intent that is planned no more how it ended, from books that were read after it was sent."""

    send: SendStep

    def __call__(self, view: LeaseView, planned: Collection[str]) -> int:
        """How many still wait: they may arrive, though nobody wants them any more."""
        waiting = 0
        markers = _markers_in(view)
        for intent in self.send.intents.intents_of(view.key):
            if not intent.is_open or intent.marker in planned:
                continue
            state, words = self._end_of(intent, view, is_there=intent.marker in markers)
            if state is None:
                waiting += 1
            else:
                self.send.intents.settle(intent.marker, state, self.send.clock.now(), words=words)
        return waiting

    def _end_of(self, intent: Intent, view: LeaseView, *, is_there: bool) -> tuple[IntentState | None, str]:
        if is_there:
            return IntentState.DONE, ""
        if intent.sent_at is None:
            return IntentState.REFUSED, "it was never sent, and is not wanted any more"
        if view.looked_at < intent.sent_at + self.send.quiet:
            return None, ""
        if intent.kind in _MARKED:
            return IntentState.REFUSED, "it never arrived, and is not wanted any more"
        return IntentState.DONE, "nothing of it is missing there"


def _markers_in(view: LeaseView) -> frozenset[str]:
    if view.theirs is None:
        return frozenset()
    return frozenset(it.marker for invoice in view.theirs.invoices for it in invoice.items if it.marker)
