"""The fake system: the four ports of a property manager's system, over rows in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import RLock
from typing import TypeVar

from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.domain.outside_property.pages import SourcePage, Told
from marketplace_core.domain.outside_property.records import OutsideOccupancy, OutsideProperty
from marketplace_core.domain.outside_property.tickets import OutsideComment, OutsidePerson, OutsideTicket
from marketplace_core.errors import InvalidInput, RuleViolation
from marketplace_core.ports.outside_property.occupancy_source import OccupancySource
from marketplace_core.ports.outside_property.property_source import PropertySource
from marketplace_core.ports.outside_property.ticket_sink import TicketSink
from marketplace_core.ports.outside_property.ticket_source import TicketSource
from marketplace_core.testing.outside_property.by_hand import ByHand
from marketplace_core.testing.outside_property.tables import BEGINNING, LONGEST_DEFERRAL, Row, Table

T = TypeVar("T")


def _nothing(_call: str) -> None:
    """Nothing happens before a call."""


class MemoryOutsideProperties(PropertySource, OccupancySource, TicketSource, TicketSink):
    """A system that a property manager works in; threads may share it.

    ``by_hand`` does what a person does there. Its clock stands at ``now`` until a test moves it, so that what is
    written between two moves changed at the same instant. ``before_each`` is called with the name of a port's method
    before it answers: it may edit what stands there, or raise. With ``tells_deleted`` rows that were deleted are told,
    as to staff; without it they are never seen, as by a service user, and what belongs to a deleted property no longer
    says to which. ``writes`` counts what the sink wrote.
    """

    def __init__(self, *, tells_deleted: bool = False, now: datetime = BEGINNING) -> None:
        """Empty, with the clock at ``now``."""
        self.now = now
        self.tells_deleted = tells_deleted
        self.before_each: Callable[[str], None] = _nothing
        self.writes = 0
        self.lock = RLock()
        self.property_rows = Table[OutsideProperty]("property")
        self.occupancy_rows = Table[OutsideOccupancy]("occupancy")
        self.ticket_rows = Table[OutsideTicket]("ticket")
        self.comment_rows = Table[OutsideComment]("comment")
        self.by_hand = ByHand(self)

    @override
    def properties(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideProperty]:
        return self._page("properties", self.property_rows, self._property, since, cursor, limit)

    @override
    def property_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        return self._ids("property_ids", self.property_rows, cursor, limit)

    @override
    def occupancies(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideOccupancy]:
        return self._page("occupancies", self.occupancy_rows, self._occupancy, since, cursor, limit)

    @override
    def occupancy_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        return self._ids("occupancy_ids", self.occupancy_rows, cursor, limit)

    @override
    def tickets(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideTicket]:
        return self._page("tickets", self.ticket_rows, self._ticket, since, cursor, limit)

    @override
    def comments(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideComment]:
        return self._page("comments", self.comment_rows, _comment, since, cursor, limit)

    @override
    def ticket_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        return self._ids("ticket_ids", self.ticket_rows, cursor, limit)

    @override
    def ticket(self, external_id: str) -> OutsideTicket | None:
        self.before_each("ticket")
        with self.lock:
            if not self.ticket_rows.is_standing(external_id):
                return None
            return self._ticket(self.ticket_rows.row(external_id))

    @override
    def set_status(
        self, external_id: str, status: TicketStatus, *, reason: str = "", deferred_until: datetime | None = None
    ) -> OutsideTicket:
        self.before_each("set_status")
        with self.lock:
            self._check_deferral(status, deferred_until)
            ticket = self.ticket_rows.row(external_id).record
            is_same = status is ticket.status and deferred_until in (None, ticket.deferred_until)
            if not is_same:
                self.writes += 1
                self.write_status(external_id, status, reason, deferred_until)
            return self._ticket(self.ticket_rows.row(external_id))

    @override
    def add_comment(self, external_id: str, text: str) -> str:
        self.before_each("add_comment")
        if not text.strip():
            raise InvalidInput("a comment needs words")
        with self.lock:
            self.ticket_rows.row(external_id)
            self.writes += 1
            return self.write_comment(external_id, text, OutsidePerson("us", "marketplace"))

    def write_status(
        self, external_id: str, status: TicketStatus, reason: str, deferred_until: datetime | None
    ) -> None:
        """Write a status whatever stands there: the version grows, the same status is as old as it was."""
        record = self.ticket_rows.row(external_id).record
        at = record.status_at if status is record.status else self.now
        changed = evolve(record, status=status, status_at=at, status_reason=reason, deferred_until=deferred_until)
        self.ticket_rows.change(external_id, self.now, changed)

    def write_comment(self, ticket_id: str, text: str, author: OutsidePerson, *, is_resident: bool = False) -> str:
        """Write to a ticket; the comment's id."""

        def made(external_id: str) -> OutsideComment:
            return OutsideComment(external_id, ticket_id, self.now, self.now, text, author, is_resident)

        return self.comment_rows.add(self.now, made).external_id

    def _check_deferral(self, status: TicketStatus, deferred_until: datetime | None) -> None:
        if status is not TicketStatus.ON_HOLD:
            return
        if deferred_until is None or not self.now < deferred_until <= self.now + LONGEST_DEFERRAL:
            raise RuleViolation(
                "a ticket on hold needs an instant to come, at most 365 days away, until which it waits"
            )

    def _page(
        self,
        call: str,
        table: Table[T],
        told: Callable[[Row[T]], T],
        since: datetime | None,
        cursor: str,
        limit: int,
    ) -> SourcePage[T]:
        self.before_each(call)
        with self.lock:
            return table.page(since, cursor, limit, told, with_deleted=self.tells_deleted)

    def _ids(self, call: str, table: Table[T], cursor: str, limit: int) -> SourcePage[Told]:
        self.before_each(call)
        with self.lock:
            return table.ids(cursor, limit)

    def _property(self, row: Row[OutsideProperty]) -> OutsideProperty:
        return evolve(row.record, updated_at=row.updated_at, is_deleted=row.is_deleted)

    def _occupancy(self, row: Row[OutsideOccupancy]) -> OutsideOccupancy:
        where = self._shown_property(row.record.property_id)
        return evolve(row.record, property_id=where, updated_at=row.updated_at, is_deleted=row.is_deleted)

    def _ticket(self, row: Row[OutsideTicket]) -> OutsideTicket:
        return evolve(
            row.record,
            version=row.version,
            updated_at=row.updated_at,
            property_id=self._shown_property(row.record.property_id),
            is_deleted=row.is_deleted,
        )

    def _shown_property(self, property_id: str) -> str:
        is_shown = self.tells_deleted or self.property_rows.is_standing(property_id)
        return property_id if is_shown else ""


def _comment(row: Row[OutsideComment]) -> OutsideComment:
    return evolve(row.record, updated_at=row.updated_at, is_deleted=row.is_deleted)
