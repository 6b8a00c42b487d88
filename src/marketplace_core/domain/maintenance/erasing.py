"""What of a ticket is about a person, and goes when the person is erased. Status, place, ids and times stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve, frozen

from marketplace_core.domain.erasure import tells_name
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.intents import PushIntent, PushKind, PushState
from marketplace_core.domain.maintenance.ticket import Ticket, TicketComment
from marketplace_core.domain.party import Person
from marketplace_core.domain.payment import Payer


@frozen
class Whose:
    """A person with those merged into them, by ids, phones in each form (``erasure.phone_texts``) and names."""

    people: tuple[Person, ...]
    phones: frozenset[str]

    @property
    def person_ids(self) -> frozenset[PersonId]:
        """Their ids."""
        return frozenset(it.person_id for it in self.people)

    @property
    def actors(self) -> frozenset[str]:
        """How they are named where they act."""
        return frozenset(f"person:{it}" for it in self.person_ids)

    def reported(self, ticket: Ticket) -> bool:
        """True for a ticket that they reported, by id, phone, or every word of their name, two at least."""
        by_name = tells_name(self.people, Payer(ticket.reporter_name), "")
        return ticket.reporter_id in self.person_ids or ticket.reporter_phone in self.phones or by_name

    def wrote(self, comment: TicketComment) -> bool:
        """True for a comment that they wrote."""
        return comment.author in self.actors or tells_name(self.people, Payer(comment.author_name), "")

    def is_in(self, file: TicketFile) -> bool:
        """True where the file tells of them."""
        own = file.ticket.assignee_id in self.person_ids or any(it.by in self.actors for it in file.changes)
        return own or self.reported(file.ticket) or any(map(self.wrote, file.comments))


def erased(file: TicketFile, whose: Whose, at: datetime) -> TicketFile:
    """The file without the person; the same one where it told nothing of them.

    Of a ticket that they reported every text goes, whoever wrote it, for it may speak of them; of others what they
    wrote. What was to be told outside and is empty now is told no more.
    """
    is_theirs = whose.reported(file.ticket) or (file.ticket.is_erased and file.ticket.reporter_id in whose.person_ids)
    comments = tuple(_without_text(it) if is_theirs or whose.wrote(it) else it for it in file.comments)
    empty = {it.comment_id for it in comments if not it.text}
    changes = tuple(evolve(it, reason="") if is_theirs or it.by in whose.actors else it for it in file.changes)

    def ended(it: PushIntent) -> PushIntent:
        is_gone = it.kind is PushKind.COMMENT and it.is_open and it.comment_id in empty
        return it.settled(PushState.SUPERSEDED, at, "what it said was erased") if is_gone else it

    emptied = evolve(file, comments=comments, changes=changes).with_intents(ended)
    return emptied.with_ticket(_emptied(file.ticket, whose, is_theirs=is_theirs))


def _emptied(ticket: Ticket, whose: Whose, *, is_theirs: bool) -> Ticket:
    if ticket.assignee_id in whose.person_ids:
        ticket = evolve(ticket, assignee_name="")
    if not is_theirs:
        return ticket
    return evolve(ticket, title="", details="", status_reason="", reporter_name="", reporter_phone="", is_erased=True)


def _without_text(comment: TicketComment) -> TicketComment:
    return evolve(comment, text="", author_name="")


def told_of(files: Iterable[TicketFile], whose: Whose) -> list[TicketFile]:
    """The files that tell of a person."""
    return [it for it in files if whose.is_in(it)]
