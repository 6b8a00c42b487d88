"""What a change of a linked ticket leaves to be told to the system outside."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from marketplace_core.domain.identifiers import derive_id
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.intents import PushIntent, PushKind, PushState
from marketplace_core.domain.maintenance.ticket import TicketComment


def plan_status(file: TicketFile, at: datetime) -> TicketFile:
    """The file with its status to be told there, unless that is planned; what was planned before and not sent is not.

    Nothing where the ticket is not linked. Intents are counted, for one that was given up may be planned again.
    """
    ticket = file.ticket
    if ticket.outside is None or ticket.archived_on is not None:
        return file
    waiting = file.open_intents(PushKind.STATUS)
    if waiting and (waiting[-1].status, waiting[-1].deferred_until) == (ticket.status, ticket.deferred_until):
        return file
    planned = PushIntent(
        ticket.portfolio_id,
        derive_id("tpi", ticket.ticket_id, str(len(file.intents))),
        ticket.ticket_id,
        PushKind.STATUS,
        at,
        status=ticket.status,
        deferred_until=ticket.deferred_until,
    )

    def superseded(it: PushIntent) -> PushIntent:
        if it.kind is PushKind.STATUS and it.state is PushState.PLANNED:
            return it.settled(PushState.SUPERSEDED, at, "a later change is told instead")
        return it

    return file.with_intents(superseded).planning(planned)


def plan_comment(file: TicketFile, comment: TicketComment, at: datetime) -> TicketFile:
    """The file with a comment to be told there; nothing where the ticket is not linked."""
    ticket = file.ticket
    if ticket.outside is None or ticket.archived_on is not None:
        return file
    return file.planning(
        PushIntent(
            ticket.portfolio_id,
            derive_id("tpi", ticket.ticket_id, comment.comment_id),
            ticket.ticket_id,
            PushKind.COMMENT,
            at,
            comment_id=comment.comment_id,
        )
    )


def end_intents(file: TicketFile, at: datetime, words: str, *kinds: PushKind) -> TicketFile:
    """The file with the open intents of these kinds given up, and why."""
    return file.with_intents(
        lambda it: it.settled(PushState.SUPERSEDED, at, words) if it.is_open and it.kind in kinds else it
    )


def settle_same(file: TicketFile, at: datetime, words: str) -> TicketFile:
    """The file with every open intent of the status in which the ticket is settled as done: it stands there."""
    ticket = file.ticket

    def settled(it: PushIntent) -> PushIntent:
        is_same = (it.status, it.deferred_until) == (ticket.status, ticket.deferred_until)
        return it.settled(PushState.DONE, at, words) if it.is_open and it.kind is PushKind.STATUS and is_same else it

    return file.with_intents(settled)


def replace_intent(file: TicketFile, intent: PushIntent) -> TicketFile:
    """The file with one intent as it is now."""
    return evolve(file, intents=tuple(intent if it.intent_id == intent.intent_id else it for it in file.intents))
