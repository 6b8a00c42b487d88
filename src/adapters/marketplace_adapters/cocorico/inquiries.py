"""Inquiries on the portal, behind the port: message threads about a listing that belong to no booking."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, true
from typing_extensions import override

from marketplace_adapters.cocorico.cursors import place, read_place
from marketplace_adapters.cocorico.engine import PortalDatabase
from marketplace_adapters.cocorico.gate import Gate
from marketplace_adapters.cocorico.people import APPLICANT_COLUMNS, applicant_of
from marketplace_adapters.cocorico.tables import message, message_thread, read, user
from marketplace_adapters.cocorico.texts import told
from marketplace_adapters.cocorico.zones import LONG_AGO, instant_or, kept_from
from marketplace_core.domain.listings.records import OutsideInquiry, OutsideMessage
from marketplace_core.domain.outside_property.pages import SourcePage
from marketplace_core.ports.listings.inquiry_source import InquirySource


class CocoricoInquiries(InquirySource):
    """Threads in the order of their last message; who began a thread asks, all others answer.

    A thread whose beginner is no longer there is left out: nobody could be answered. Where a time there is none, such
    as zeros, another one of its thread is told: no lease hangs on it, and the landlord is to hear who asks.
    """

    def __init__(self, database: PortalDatabase, gate: Gate) -> None:
        """Use that database, once the gate has let us in."""
        self._database, self._gate, self._server = database, gate, database.server

    @override
    def inquiries(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideInquiry]:
        behind, sent = read_place(cursor), message.c.created_at
        from_then = true() if since is None else sent >= kept_from(since, self._server.zone)
        last = (
            select(message.c.thread_id, func.max(sent).label("last"))
            .where(from_then)
            .group_by(message.c.thread_id)
            .subquery("last_messages")
        )
        further: ColumnElement[bool] = true()
        if behind is not None:
            at, thread_id = behind
            further = or_(last.c.last > at, and_(last.c.last == at, message_thread.c.id > thread_id))
        query = (
            read(message_thread)
            .add_columns(last.c.last, *APPLICANT_COLUMNS)
            .join(last, last.c.thread_id == message_thread.c.id)
            .join(user, user.c.id == message_thread.c.createdBy_id)
            .where(message_thread.c.booking_id.is_(None), message_thread.c.listing_id.is_not(None), further)
            .order_by(last.c.last, message_thread.c.id)
            .limit(limit + 1)
        )
        with self._gate.passing(), self._database.reading() as connection:
            rows = connection.execute(query).all()
            words = _messages(connection, [it.id for it in rows[:limit]])
        found = tuple(self._inquiry(it, words[it.id]) for it in rows[:limit])
        end = rows[limit - 1] if len(rows) > limit else None
        return SourcePage(found, place(end.last, end.id) if end is not None else None)

    def _inquiry(self, row: Row[Any], messages: list[Row[Any]]) -> OutsideInquiry:
        zone = self._server.zone
        made = instant_or(row.createdAt, zone, instant_or(row.last, zone, LONG_AGO))
        return OutsideInquiry(
            str(row.id),
            str(row.listing_id),
            applicant_of(row),
            made,
            instant_or(row.last, zone, made),
            told(row.subject),
            tuple(
                OutsideMessage(
                    str(it.id),
                    instant_or(it.created_at, zone, made),
                    is_asker=it.sender_id == row.createdBy_id,
                    text=told(it.body),
                )
                for it in messages
            ),
            is_spam=bool(row.isSpam),
        )


def _messages(connection: Connection, thread_ids: list[int]) -> dict[int, list[Row[Any]]]:
    """All messages of these threads, the oldest first."""
    found = defaultdict[int, list[Row[Any]]](list)
    query = read(message).where(message.c.thread_id.in_(thread_ids)).order_by(message.c.created_at, message.c.id)
    for row in connection.execute(query) if thread_ids else ():
        found[row.thread_id].append(row)
    return found
