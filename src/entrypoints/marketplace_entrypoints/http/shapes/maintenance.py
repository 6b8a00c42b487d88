"""Maintenance tickets, and what is done to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from marketplace_core.domain.identifiers import PersonId, PropertyId, UnitId
from marketplace_core.domain.maintenance.decisions import NewTicket, StatusStep
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.intents import PushIntent, PushKind, PushState
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.maintenance.ticket import ChangeKind, Side, TicketChange, TicketComment
from marketplace_core.domain.register import TicketEntry
from marketplace_entrypoints.http.bounded import Identifier, Instant, Name, Words
from marketplace_entrypoints.ticket_words import days_open, follows, outside_name

LongText = Annotated[str, Meta(max_length=10_000)]
CommentText = Annotated[str, Meta(min_length=1, max_length=10_000)]


@frozen
class TicketShape:
    """A ticket; ``days_open`` counts whole days since it was reported, ``follows`` what it may become from here.

    ``title`` is empty where its reporter was erased, ``outside`` where no other system has it too. Who reported it
    shows to whose role reads people: a caretaker sees what is wrong and where.
    """

    ticket_id: str
    number: int
    title: str
    status: TicketStatus
    status_at: Instant
    follows: tuple[str, ...]
    priority: TicketPriority
    category: str
    property_id: str | None
    property_name: str
    unit_id: str | None
    unit_code: str
    opened_on: date
    days_open: int
    deferred_until: Instant | None
    reporter_id: str | None
    reporter_name: str
    reporter_phone: str
    assignee_id: str | None
    assignee_name: str
    outside: str
    archived_on: date | None

    @classmethod
    def of(cls, entry: TicketEntry, now: datetime, *, shows_people: bool) -> TicketShape:
        """The shape of a ticket."""
        it = entry.ticket
        return cls(
            it.ticket_id,
            it.number,
            it.title,
            it.status,
            it.status_at,
            follows(it),
            it.priority,
            it.category,
            it.property_id,
            entry.property_name,
            it.unit_id,
            entry.unit_code,
            it.opened_on,
            days_open(it, now),
            it.deferred_until,
            it.reporter_id if shows_people else None,
            it.reporter_name if shows_people else "",
            it.reporter_phone if shows_people else "",
            it.assignee_id,
            it.assignee_name,
            outside_name(it),
            it.archived_on,
        )


@frozen
class TicketPage:
    """A page of tickets."""

    tickets: tuple[TicketShape, ...]
    next: str | None


@frozen
class TicketLine:
    """A line of a ticket's history: what changed, on which side, when it happened and when it was known here.

    ``taken`` is false for what a later edit on the other side outweighed; ``conflict`` is true where both sides edited.
    """

    kind: ChangeKind
    side: Side
    by: str
    happened_at: Instant
    recorded_at: Instant
    before: str
    after: str
    reason: str
    note: str
    taken: bool
    conflict: bool

    @classmethod
    def of(cls, it: TicketChange, *, shows_people: bool) -> TicketLine:
        """The shape of a line."""
        return cls(
            it.kind,
            it.side,
            it.by if shows_people else "",
            it.happened_at,
            it.recorded_at,
            it.before,
            it.after,
            it.reason,
            it.note,
            it.is_taken,
            it.is_conflict,
        )


@frozen
class CommentShape:
    """What somebody wrote; the text is empty where it was erased, or deleted in the other system."""

    comment_id: str
    side: Side
    author: str
    author_name: str
    created_at: Instant
    text: str
    is_deleted: bool

    @classmethod
    def of(cls, it: TicketComment, *, shows_people: bool) -> CommentShape:
        """The shape of a comment."""
        text = "" if it.is_deleted else it.text
        author, name = (it.author, it.author_name) if shows_people else ("", "")
        return cls(it.comment_id, it.side, author, name, it.created_at, text, it.is_deleted)


@frozen
class PushShape:
    """What the other system is to be told, and how far that is; ``words`` say what came of it."""

    kind: PushKind
    status: TicketStatus | None
    state: PushState
    planned_at: Instant
    attempts: int
    words: str

    @classmethod
    def of(cls, it: PushIntent) -> PushShape:
        """The shape of an intent."""
        return cls(it.kind, it.status, it.state, it.planned_at, it.attempts, it.words)


@frozen
class TicketDetail:
    """A ticket with its details, history and comments.

    Who only reports sees what was written here and what residents wrote, and nothing of how the systems agree. Who did
    what shows to whose role reads people.
    """

    ticket: TicketShape
    details: str
    status_reason: str
    history: tuple[TicketLine, ...]
    comments: tuple[CommentShape, ...]
    pushes: tuple[PushShape, ...]
    dry_run: bool

    @classmethod
    def of(
        cls, shape: TicketShape, file: TicketFile, *, may_work: bool, shows_people: bool, dry_run: bool = False
    ) -> TicketDetail:
        """The shape of a ticket's file, for who works on it or only reports."""
        lines = [it for it in file.changes if may_work or _is_for_reporter(it)]
        comments = [it for it in file.comments if may_work or it.side is Side.OURS or it.is_resident]
        return cls(
            shape,
            file.ticket.details,
            file.ticket.status_reason,
            tuple(TicketLine.of(it, shows_people=shows_people) for it in lines),
            tuple(CommentShape.of(it, shows_people=shows_people) for it in comments),
            tuple(map(PushShape.of, file.intents)) if may_work else (),
            dry_run,
        )


def _is_for_reporter(it: TicketChange) -> bool:
    return it.is_taken and not it.note and it.kind in (ChangeKind.OPENED, ChangeKind.STATUS, ChangeKind.PRIORITY)


@frozen
class TicketBody:
    """What is wrong, and where: a unit, or a property alone.

    The reporter is a person of the portfolio, or a name and a phone; left out, it is the caller where they are one.
    """

    title: Name
    details: LongText = ""
    category: Words = ""
    priority: TicketPriority = TicketPriority.NORMAL
    unit_id: Identifier | None = None
    property_id: Identifier | None = None
    reporter_id: Identifier | None = None
    reporter_name: Words = ""
    reporter_phone: Words = ""

    def new(self, reporter_id: PersonId | None) -> NewTicket:
        """What is reported."""
        return NewTicket(
            self.title,
            self.details,
            self.category,
            self.priority,
            PropertyId(self.property_id) if self.property_id else None,
            UnitId(self.unit_id) if self.unit_id else None,
            reporter_id,
            self.reporter_name,
            self.reporter_phone,
        )


@frozen
class StatusBody:
    """The status that it comes to, and why: needed to cancel.

    ``deferred_until`` is needed on hold: an instant to come, at most 365 days away. ``happened_at`` is now where it is
    left out.
    """

    status: TicketStatus
    reason: Words = ""
    deferred_until: Instant | None = None
    happened_at: Instant | None = None

    @property
    def step(self) -> StatusStep:
        """The step."""
        return StatusStep(self.status, self.reason, self.deferred_until, self.happened_at)


@frozen
class TicketCommentBody:
    """What to write."""

    text: CommentText


@frozen
class AssignBody:
    """Who is to do it: a person of the portfolio, or somebody else by name; neither is nobody."""

    assignee_id: Identifier | None = None
    assignee_name: Words = ""


@frozen
class PriorityBody:
    """How much it presses."""

    priority: TicketPriority
