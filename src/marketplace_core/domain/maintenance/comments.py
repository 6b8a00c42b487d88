"""Comments of the system outside, merged with what was written here: our own ones come back and are known."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from marketplace_core.domain.identifiers import TicketCommentId, derive_id
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.intents import PushKind, PushState
from marketplace_core.domain.maintenance.planning import replace_intent
from marketplace_core.domain.maintenance.ticket import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    ChangeKind,
    Side,
    TicketChange,
    TicketComment,
)
from marketplace_core.domain.outside_property.tickets import OutsideComment


def ingest_comment(file: TicketFile, outside: OutsideComment, system: str, at: datetime) -> TicketFile:
    """The file with a comment as it was told; an older telling changes nothing, one of ours is recognised by its words.

    Of a ticket whose reporter was erased no words are taken.
    """
    known = next((it for it in file.comments if it.external_id == outside.external_id), None)
    if known is None:
        echoed = _echo(file, outside, at)
        if echoed is not None or outside.is_deleted:
            return echoed or file
        return _added(file, outside, system, at)
    if outside.is_deleted:
        return file.with_comment(evolve(known, is_deleted=True))
    if known.side is Side.OURS or outside.updated_at <= known.updated_at:
        return file
    words = "" if file.ticket.is_erased else outside.text[:LONGEST_TEXT]
    return file.with_comment(evolve(known, text=words, updated_at=outside.updated_at, is_deleted=False))


def settle_comment(file: TicketFile, intent_id: str, external_id: str, at: datetime) -> TicketFile:
    """The file after a comment was written there; one that came back before its answer is settled already."""
    intent = file.intent(intent_id)
    comment = file.comment(intent.comment_id) if intent else None
    if intent is None or comment is None:
        return file
    settled = replace_intent(file, intent.settled(PushState.DONE, at)) if intent.is_open else file
    return settled if comment.external_id else settled.with_comment(evolve(comment, external_id=external_id))


def _echo(file: TicketFile, outside: OutsideComment, at: datetime) -> TicketFile | None:
    """The file with the comment of ours that this one is; None where it is somebody's there.

    Also where it was given up since it was sent, for then it arrived all the same.
    """
    for intent in file.intents:
        comment = file.comment(intent.comment_id) if intent.kind is PushKind.COMMENT else None
        if intent.sent_at is None or comment is None or comment.external_id:
            continue
        if comment.text.strip() != outside.text.strip():
            continue
        settled = replace_intent(file, intent.settled(PushState.DONE, at, "it stood there, though no answer came"))
        return settled.with_comment(evolve(comment, external_id=outside.external_id))
    return None


def _added(file: TicketFile, outside: OutsideComment, system: str, at: datetime) -> TicketFile:
    ticket = file.ticket
    comment_id = TicketCommentId(derive_id("tcm", ticket.ticket_id, system, outside.external_id))
    comment = TicketComment(
        ticket.portfolio_id,
        comment_id,
        ticket.ticket_id,
        outside.created_at,
        outside.updated_at,
        Side.THEIRS,
        system,
        "" if ticket.is_erased else outside.text[:LONGEST_TEXT],
        "" if ticket.is_erased else outside.author.name[:LONGEST_TITLE],
        outside.external_id,
        outside.is_resident,
    )
    line = TicketChange(
        derive_id("tch", comment_id), ChangeKind.COMMENT, Side.THEIRS, system, outside.created_at, at, "", comment_id
    )
    return file.with_comment(comment).noting(line)
