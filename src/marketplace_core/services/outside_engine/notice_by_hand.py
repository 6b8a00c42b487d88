"""Note what people made in an outside engine and no hook told of: a fault until a clean pass, whoever finds it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import frozen

from marketplace_core.domain.hooks import HookState
from marketplace_core.domain.jobs import JobState
from marketplace_core.domain.outside_engine.agreement import Fault
from marketplace_core.domain.outside_engine.by_hand import made_by_hand
from marketplace_core.domain.outside_engine.hints import account_of_hint, hint_request
from marketplace_core.domain.outside_engine.ingestion import Ingestion, MadeByHand
from marketplace_core.errors import InvalidInput
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.hook_inbox import HookInbox
from marketplace_core.ports.jobs import Jobs
from marketplace_core.ports.outside_engine.engine_log import EngineLog
from marketplace_core.services.outside_engine.lease_view import LeaseView

BY_HAND: Final = "by-hand"
"""The kind of the faults that something was made there of which no hook told."""
_MOST: Final = 1000


@frozen
class NoticeByHand:
    """Says before something is recorded here that nobody told of it, so that no crash in between hides it.

    A hook told of it where one about its account waits to be read, or the look that one asked for waits or runs.
    Where more wait than are looked through, it counts as silent: that is red once too often, never too seldom.
    """

    log: EngineLog
    inbox: HookInbox
    jobs: Jobs
    clock: Clock

    def __call__(self, view: LeaseView, found: Ingestion) -> tuple[MadeByHand, ...]:
        """What of ``found`` people made there in silence; each is noted."""
        if view.theirs is None or found.is_empty:
            return ()
        made = made_by_hand(view.account, view.theirs, view.links, view.setting, view.sent, found)
        if not made or self._is_told(view, view.theirs.account.account_id):
            return ()
        now = self.clock.now()
        for it in made:
            self.log.note_fault(Fault(BY_HAND, it.subject, now, f"{it.words}: no hook told of it"))
        return made

    def _is_told(self, view: LeaseView, account_id: str) -> bool:
        """Looked for in the order in which a hint moves on, so that none slips by between two looks."""
        if any(_account_of(it.body) == account_id for it in self.inbox.hooks(HookState.KEPT, _MOST)):
            return True
        wanted = hint_request(view.key, self.clock.now()).key
        states = (JobState.WAITING, JobState.RUNNING)
        return any(it.request.key == wanted for state in states for it in self.jobs.jobs(state, _MOST))


def forget_by_hand(log: EngineLog, noted_before: datetime) -> None:
    """What was noted before an instant is well: a clean full pass that began then has looked at all of it."""
    for it in log.standing().faults:
        if it.kind == BY_HAND and it.since < noted_before:
            log.clear_fault(it.kind, it.subject)


def _account_of(body: bytes) -> str:
    try:
        return account_of_hint(body)
    except InvalidInput:
        return ""
