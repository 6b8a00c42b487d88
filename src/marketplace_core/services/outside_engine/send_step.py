"""Send one step to an outside engine: written down before, looked for after, never done twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.intents import Intent, IntentState, Move, next_move
from marketplace_core.domain.outside_engine.looking import found_there, is_safe_to_repeat
from marketplace_core.domain.outside_engine.records import AccountKey, TheirBooks
from marketplace_core.domain.outside_engine.step_words import words_of
from marketplace_core.domain.outside_engine.steps import Step
from marketplace_core.errors import ConcurrentChange, ConfigurationError, PartnerUnavailable, RuleViolation
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.outside_engine.engine_intents import EngineIntents
from marketplace_core.ports.outside_engine.engine_writing import EngineWriting


class StepOutcome(StrEnum):
    """What came of a step; ``STOOD``: it was done before; ``WAITING``: nobody knows, or another worker is at it."""

    DONE = "done"
    STOOD = "stood"
    WAITING = "waiting"
    REFUSED = "refused"


@frozen
class StepSent:
    """What came of a step; ``again_at`` is when to look again, None where nothing will change by itself."""

    marker: str
    outcome: StepOutcome
    words: str = ""
    again_at: datetime | None = None


@frozen
class SendStep:
    """Does one step once, however often it is asked for, by however many, and whatever is lost on the way.

    ``quiet`` is how long a request that seemed lost may still be applied: longer than ``timeout``, the client's.
    What was refused is tried again after ``patience``, for what it was refused for may have changed. What was done
    and is not there any more, and has no key, is never sent again: a repair is a step of its own.
    """

    writing: EngineWriting
    intents: EngineIntents
    clock: Clock
    timeout: timedelta = timedelta(seconds=30)
    quiet: timedelta = timedelta(seconds=120)
    patience: timedelta = timedelta(minutes=15)

    def __attrs_post_init__(self) -> None:
        """Refuse a quiet period in which a request may still be on its way."""
        if self.quiet <= self.timeout:
            raise ConfigurationError(
                f"the quiet period of {self.quiet} must be longer than the time-out {self.timeout}"
            )

    def __call__(self, key: AccountKey, step: Step, theirs: TheirBooks | None, looked_at: datetime) -> StepSent:
        """Do the step unless ``theirs``, which was read from ``looked_at`` on, has it."""
        told = self.prepare(key, step, theirs, looked_at)
        return told if isinstance(told, StepSent) else self.perform(key, step, theirs, told)

    def prepare(self, key: AccountKey, step: Step, theirs: TheirBooks | None, looked_at: datetime) -> StepSent | Intent:
        """Write down that the step is sent now, and give the intent to `perform`; or say why it is not.

        What cannot be repeated is sent again only where the look began a quiet period after it was sent.
        """
        intent = self.intents.plan(_intent_of(key, step, self.clock.now()))
        found = found_there(step, theirs)
        safe = is_safe_to_repeat(step)
        if found is None and (held := self._held(intent, looked_at, is_safe=safe)) is not None:
            return held
        if next_move(intent, looked_at, self.quiet, is_there=found is not None, has_key=safe) is Move.SETTLE:
            if intent.state is not IntentState.DONE:
                self.intents.settle(step.marker, IntentState.DONE, self.clock.now(), found or "")
            return StepSent(step.marker, StepOutcome.STOOD)
        if intent.state is IntentState.DONE:
            self.intents.settle(step.marker, IntentState.SENT, self.clock.now(), words="it is not there any more")
        try:
            self.writing.require_holds(step)
            return self.intents.mark_sent(step.marker, intent.attempts, self.clock.now())
        except ConcurrentChange:
            return self._waiting(self.intents.intent(step.marker))
        except RuleViolation as problem:
            return self._refused(step.marker, problem)

    def perform(self, key: AccountKey, step: Step, theirs: TheirBooks | None, sent: Intent) -> StepSent:
        """Do what was written down, unless it could end after the quiet period that others wait for."""
        if sent.sent_at is not None and self.clock.now() + self.timeout >= sent.sent_at + self.quiet:
            return self._waiting(sent, "it was not sent, for too much time had passed since it was written down")
        try:
            their_id = self.writing.perform(key, theirs.account.account_id if theirs else "", step)
        except PartnerUnavailable as problem:
            self.intents.settle(step.marker, IntentState.SENT, self.clock.now(), words=str(problem))
            return self._waiting(sent, str(problem))
        except RuleViolation as problem:
            return self._refused(step.marker, problem)
        except ConfigurationError as problem:
            self._refused(step.marker, problem)
            raise
        self.intents.settle(step.marker, IntentState.DONE, self.clock.now(), their_id)
        return StepSent(step.marker, StepOutcome.DONE)

    def _held(self, intent: Intent, looked_at: datetime, *, is_safe: bool) -> StepSent | None:
        """Why it is not sent now, None where it may be."""
        settled = intent.settled_at or intent.planned_at
        if intent.state is IntentState.DONE and not (is_safe and looked_at > settled):
            return StepSent(intent.marker, StepOutcome.STOOD, "it was done before, as the intent says")
        if intent.state is IntentState.REFUSED and looked_at < settled + self.patience:
            return StepSent(intent.marker, StepOutcome.REFUSED, intent.last_words, settled + self.patience)
        if next_move(intent, looked_at, self.quiet, is_there=False, has_key=is_safe) is Move.WAIT:
            return self._waiting(intent)
        return None

    def _refused(self, marker: str, problem: Exception) -> StepSent:
        now = self.clock.now()
        self.intents.settle(marker, IntentState.REFUSED, now, words=str(problem))
        return StepSent(marker, StepOutcome.REFUSED, str(problem), now + self.patience)

    def _waiting(self, intent: Intent, words: str = "") -> StepSent:
        sent = intent.sent_at or self.clock.now()
        return StepSent(intent.marker, StepOutcome.WAITING, words or intent.last_words, sent + self.quiet)


def _intent_of(key: AccountKey, step: Step, at: datetime) -> Intent:
    amount: Money | None = getattr(step, "amount", getattr(step, "price", None))
    return Intent(step.marker, key, type(step).__name__, words_of(step), at, amount=amount)
