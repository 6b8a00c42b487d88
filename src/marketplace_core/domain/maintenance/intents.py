"""Push intents: what the system outside is to be told of a ticket, written down with the change itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import PortfolioId, TicketCommentId, TicketId
from marketplace_core.domain.maintenance.status import TicketStatus


def write_seconds(call_seconds: float, wait_seconds: float) -> float:
    """How long a write there may take: a call that reads what stands, a wait for what is rationed, and its own call.

    After so long none is under way, so who waits longer may send the same again.
    """
    return 2 * call_seconds + wait_seconds


class PushState(StrEnum):
    """Where an intent stands; of one that was ``SENT`` without more nobody knows whether it was done."""

    PLANNED = "planned"
    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    """A later change, here or there, stands instead."""


class PushKind(StrEnum):
    """What is told."""

    STATUS = "status"
    COMMENT = "comment"


@frozen
class PushIntent:
    """One thing to tell. ``attempts`` counts the sendings, ``words`` say what came of the last one."""

    portfolio_id: PortfolioId
    intent_id: str
    ticket_id: TicketId
    kind: PushKind
    planned_at: datetime
    status: TicketStatus | None = None
    deferred_until: datetime | None = None
    comment_id: TicketCommentId | None = None
    state: PushState = PushState.PLANNED
    attempts: int = 0
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    words: str = ""

    @property
    def is_open(self) -> bool:
        """True while it is to be sent, or nobody knows how it ended."""
        return self.state in (PushState.PLANNED, PushState.SENT)

    def settled(self, state: PushState, at: datetime, words: str = "") -> PushIntent:
        """The intent with what became of it."""
        return evolve(self, state=state, settled_at=at, words=words)

    def sent(self, at: datetime) -> PushIntent:
        """The intent, sent now for one more time."""
        return evolve(self, state=PushState.SENT, attempts=self.attempts + 1, sent_at=at, settled_at=None, words="")
