"""Intents: what we are about to do in an outside engine's books, written down before it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.records import AccountKey


class IntentState(StrEnum):
    """Where an intent stands; ``SENT`` without more is not known: it may be done, or be done later."""

    PLANNED = "planned"
    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"


@frozen
class Intent:
    """One step to do once: ``marker`` is its id, ``kind`` the step's class, ``words`` say it to a person."""

    marker: str
    key: AccountKey
    kind: str
    words: str
    planned_at: datetime
    state: IntentState = IntentState.PLANNED
    amount: Money | None = None
    attempts: int = 0
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    their_id: str = ""
    last_words: str = ""

    @property
    def is_open(self) -> bool:
        """True while nobody knows how it ended, or it was not tried."""
        return self.state in (IntentState.PLANNED, IntentState.SENT)


class Move(StrEnum):
    """What to do with an intent next."""

    SEND = "send"
    SETTLE = "settle"
    """It is there already: say so."""
    WAIT = "wait"
    """It may still arrive: look again after the quiet period."""


def next_move(intent: Intent, now: datetime, quiet: timedelta, *, is_there: bool, has_key: bool) -> Move:
    """What to do with a step after it was looked for there.

    What has no key there is never sent again within ``quiet`` after it was sent: a request that seemed lost may still
    be applied, and the engine would do it twice. ``quiet`` must be longer than the client's time-out.
    """
    if is_there:
        return Move.SETTLE
    if has_key or intent.sent_at is None or now >= intent.sent_at + quiet:
        return Move.SEND
    return Move.WAIT
