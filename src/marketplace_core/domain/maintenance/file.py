"""A ticket's file: the ticket with all that is kept of it, which one decision at a time changes as a whole."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import TicketCommentId
from marketplace_core.domain.maintenance.intents import PushIntent, PushKind
from marketplace_core.domain.maintenance.ticket import Ticket, TicketChange, TicketComment


@frozen
class TicketFile:
    """A ticket, its history and comments in the order in which we knew of them, and what the system outside is told."""

    ticket: Ticket
    changes: tuple[TicketChange, ...] = ()
    comments: tuple[TicketComment, ...] = ()
    intents: tuple[PushIntent, ...] = ()

    def has_change(self, change_id: str) -> bool:
        """True where that change was made before."""
        return any(it.change_id == change_id for it in self.changes)

    def open_intents(self, kind: PushKind) -> tuple[PushIntent, ...]:
        """Those that are planned or sent and not settled, the oldest first."""
        return tuple(it for it in self.intents if it.is_open and it.kind is kind)

    def intent(self, intent_id: str) -> PushIntent | None:
        """The intent of that id."""
        return next((it for it in self.intents if it.intent_id == intent_id), None)

    def comment(self, comment_id: TicketCommentId | None) -> TicketComment | None:
        """The comment of that id."""
        return next((it for it in self.comments if it.comment_id == comment_id), None)

    def with_ticket(self, ticket: Ticket) -> TicketFile:
        """The file with the ticket changed: its version grows where it did."""
        if evolve(ticket, version=self.ticket.version) == self.ticket:
            return self
        return evolve(self, ticket=evolve(ticket, version=self.ticket.version + 1))

    def noting(self, *changes: TicketChange) -> TicketFile:
        """The file with lines added to the history; a line that is there already stands."""
        new = tuple(it for it in changes if not self.has_change(it.change_id))
        return evolve(self, changes=self.changes + new) if new else self

    def planning(self, intent: PushIntent) -> TicketFile:
        """The file with an intent added; one of its id that is there already stands."""
        return self if self.intent(intent.intent_id) else evolve(self, intents=(*self.intents, intent))

    def with_intents(self, change: Callable[[PushIntent], PushIntent]) -> TicketFile:
        """The file with each intent as ``change`` gives it."""
        return evolve(self, intents=tuple(map(change, self.intents)))

    def with_comment(self, comment: TicketComment) -> TicketFile:
        """The file with a comment added, or changed where it is there."""
        if self.comment(comment.comment_id) is None:
            return evolve(self, comments=(*self.comments, comment))
        kept = (comment if it.comment_id == comment.comment_id else it for it in self.comments)
        return evolve(self, comments=tuple(kept))
