"""Tickets with their comments and history, as values."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import (
    PersonId,
    PortfolioId,
    PropertyId,
    TicketCommentId,
    TicketId,
    UnitId,
)
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.outside_property.identity import PROPERTY, UNIT
from marketplace_core.errors import InvalidInput

LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 10_000
"""Of details, a comment or a reason, in characters."""


class Side(StrEnum):
    """Where something was done: here, or in the system outside."""

    OURS = "ours"
    THEIRS = "theirs"


class ChangeKind(StrEnum):
    """What of a ticket changed."""

    OPENED = "opened"
    STATUS = "status"
    PRIORITY = "priority"
    ASSIGNEE = "assignee"
    COMMENT = "comment"
    PUSH = "push"
    """What came of telling the system outside, where it was not simply done."""
    ARCHIVED = "archived"
    RETURNED = "returned"


@frozen
class OutsideCopy:
    """What the system outside told last of a ticket, to tell what changed there from what changed here.

    ``assignee`` is a digest of whom it names, ``place`` the outside id of the unit or property; neither tells a person.
    """

    system: str
    external_id: str
    number: int
    version: int
    status: TicketStatus
    status_at: datetime
    priority: TicketPriority
    deferred_until: datetime | None = None
    assignee: str = ""
    place: str = ""


@frozen
class Ticket:
    """What is to be repaired. ``number`` counts in the portfolio; 0 before the store gave one.

    ``status_at`` is when it came to be as it is, ``version`` grows with each change here or there. ``is_erased``: the
    reporter was, and nothing personal is taken from the system outside any more.
    """

    portfolio_id: PortfolioId
    ticket_id: TicketId
    number: int
    created_at: datetime = field(converter=require_instant)
    opened_on: date
    status: TicketStatus
    status_at: datetime = field(converter=require_instant)
    title: str = field(repr=False)
    details: str = field(default="", repr=False)
    category: str = ""
    priority: TicketPriority = TicketPriority.NORMAL
    property_id: PropertyId | None = None
    unit_id: UnitId | None = None
    status_reason: str = field(default="", repr=False)
    deferred_until: datetime | None = None
    reporter_id: PersonId | None = None
    reporter_name: str = field(default="", repr=False)
    reporter_phone: str = field(default="", repr=False)
    assignee_id: PersonId | None = None
    assignee_name: str = field(default="", repr=False)
    outside: OutsideCopy | None = None
    archived_on: date | None = None
    is_erased: bool = False
    version: int = 1

    def __attrs_post_init__(self) -> None:
        """Refuse a ticket of which nobody could know what it is about, or for how long it waits."""
        if not (self.title.strip() or self.is_erased):
            raise InvalidInput(f"ticket {self.ticket_id}: say in a few words what is wrong")
        if self.unit_id is not None and self.property_id is None:
            raise InvalidInput(f"ticket {self.ticket_id}: a unit is in a property: name both")
        if self.deferred_until is not None and self.status is not TicketStatus.ON_HOLD:
            raise InvalidInput(f"ticket {self.ticket_id}: only what is on hold waits until a day")
        require_length("title", self.title, LONGEST_TITLE)
        require_length("details", self.details, LONGEST_TEXT)

    @property
    def lacked(self) -> tuple[tuple[str, str], ...]:
        """What the system outside says of its place that is none of ours: the kinds of links, and its ids."""
        place = self.outside.place if self.outside else ""
        found: list[tuple[str, str]] = []
        if place and self.property_id is None:
            found.append((PROPERTY, place.partition(":")[0]))
        if ":" in place and self.unit_id is None:
            found.append((UNIT, place))
        return tuple(found)

    @property
    def shown_title(self) -> str:
        """What lists say: the title, or that it was erased."""
        return self.title or "(erased)"


@frozen
class TicketComment:
    """What somebody wrote to a ticket; ``author`` as actors are named, or the system. Text and name are personal."""

    portfolio_id: PortfolioId
    comment_id: TicketCommentId
    ticket_id: TicketId
    created_at: datetime = field(converter=require_instant)
    updated_at: datetime = field(converter=require_instant)
    side: Side
    author: str
    text: str = field(default="", repr=False)
    author_name: str = field(default="", repr=False)
    external_id: str = ""
    is_resident: bool = False
    is_deleted: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what is too long to keep."""
        require_length("comment", self.text, LONGEST_TEXT)


@frozen
class TicketChange:
    """One line of a ticket's history; the ``reason`` alone may be personal.

    ``is_taken`` is False for what a later edit on the other side outweighed, ``is_conflict`` where both sides edited.
    ``note`` says what a person should know: who lost, which steps were skipped, what was refused.
    """

    change_id: str
    kind: ChangeKind
    side: Side
    by: str
    happened_at: datetime = field(converter=require_instant)
    recorded_at: datetime = field(converter=require_instant)
    before: str = ""
    after: str = ""
    reason: str = field(default="", repr=False)
    note: str = ""
    is_taken: bool = True
    is_conflict: bool = False


def require_length(name: str, text: str, most: int) -> None:
    """Refuse a text that is longer than what is kept."""
    if len(text) > most:
        raise InvalidInput(f"the {name} has {len(text)} characters: {most} are kept at most, shorten it")
