"""Bring a lease's two books together: read, record here, send what is missing there, compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.outside_engine.agreement import Difference
from marketplace_core.domain.outside_engine.ingesting import Ingestion
from marketplace_core.domain.outside_engine.ingestion import MadeByHand
from marketplace_core.domain.outside_engine.planning import plan
from marketplace_core.domain.outside_engine.records import AccountKey, TheirBooks
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting, Sent
from marketplace_core.domain.outside_engine.steps import Step
from marketplace_core.errors import AlreadyExists, RuleViolation
from marketplace_core.services.outside_engine.compare_lease import CompareLease
from marketplace_core.services.outside_engine.ingest_lease import IngestLease
from marketplace_core.services.outside_engine.lease_view import LeaseView
from marketplace_core.services.outside_engine.send_round import SendRound
from marketplace_core.services.outside_engine.send_step import SendStep, StepOutcome, StepSent
from marketplace_core.services.outside_engine.settle_intents import SettleIntents

MOST_ROUNDS: Final = 12
"""So often steps are planned at most: what needs more is done the next time."""

Planning = Callable[[LeaseAccount, TheirBooks | None, Links, PlanSetting, Sent | None], tuple[Step, ...]]
"""What decides on the steps: ``plan``, or ``repair``."""


@frozen
class LeaseSynced:
    """What came of it: ``done`` steps, what ``waits`` or was ``refused``, what was recorded here, what still differs.

    ``again_at`` is when to come again, None where nothing waits. ``problem`` says why theirs could not be recorded
    here: then nothing was sent.
    """

    key: AccountKey
    done: int
    waiting: tuple[StepSent, ...]
    refused: tuple[StepSent, ...]
    recorded: tuple[Ingestion, ...]
    differences: tuple[Difference, ...]
    problem: str = ""
    again_at: datetime | None = None

    @property
    def drift(self) -> int:
        """How many differences are more than told."""
        return sum(it.is_drift for it in self.differences)

    @property
    def untold(self) -> tuple[MadeByHand, ...]:
        """What was recorded here that people made there and no hook told of."""
        return tuple(made for it in self.recorded for made in it.untold)


@frozen
class SyncLease:
    """Idempotent; safe in any order and beside itself. Nothing remote happens inside a transaction."""

    ingest: IngestLease
    send: SendStep
    compare: CompareLease
    planning: Planning = plan

    def __call__(self, key: AccountKey) -> LeaseSynced:
        """Rounds of reading, recording and sending until nothing is left that can be done now.

        ``PartnerUnavailable`` where the books there cannot be read: nothing is known, and what was known stands.
        """
        done = 0
        recorded: list[Ingestion] = []
        told: tuple[StepSent, ...] | None = None
        rounds = SendRound(self.send)
        for _ in range(MOST_ROUNDS):
            view = self.compare.view(key)
            try:
                recorded.append(self.ingest(view))
            except (RuleViolation, AlreadyExists) as problem:
                return self._told(view, (), done, recorded, str(problem))
            if not recorded[-1].is_empty:
                view = self.compare.view.ours_again(view)
            steps = self.planning(view.account, view.theirs, view.links, view.setting, view.sent)
            told = rounds(view, steps)
            if told is None:
                continue
            now_done = sum(it.outcome is StepOutcome.DONE for it in told)
            done += now_done
            if not told:
                return self._told(view, told, done, recorded)
            if not now_done and not _newly_refused(told, view):
                break
        return self._told(self.compare.view(key), told, done, recorded)

    def _told(
        self,
        view: LeaseView,
        told: Sequence[StepSent] | None,
        done: int,
        recorded: Sequence[Ingestion],
        problem: str = "",
    ) -> LeaseSynced:
        sent = told or ()
        waiting = tuple(it for it in sent if it.outcome is StepOutcome.WAITING)
        refused = tuple(it for it in sent if it.outcome is StepOutcome.REFUSED)
        is_unfinished = told is None or any(it.outcome is StepOutcome.DONE for it in sent)
        left = 0 if is_unfinished else SettleIntents(self.send)(view, {it.marker for it in sent})
        differences = self.compare.on(view, is_settled=not (left or waiting or refused or problem or is_unfinished))
        times = [it.again_at for it in (*waiting, *refused) if it.again_at is not None]
        if left or is_unfinished:
            times.append(self.send.clock.now() + self.send.quiet)
        kept = tuple(it for it in recorded if not it.is_empty)
        again_at = min(times, default=None)
        return LeaseSynced(view.key, done, waiting, refused, kept, differences, problem, again_at)


def _newly_refused(told: Sequence[StepSent], view: LeaseView) -> bool:
    """True where what follows may go on around a step that was not known to be refused."""
    return any(it.outcome is StepOutcome.REFUSED and it.marker not in view.sent.refused for it in told)
