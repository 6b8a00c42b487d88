"""Bookings on the portal, behind the port: read by keyset in the order of their change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, or_, select, true
from typing_extensions import override

from marketplace_adapters.cocorico.cursors import place, read_id, read_place
from marketplace_adapters.cocorico.engine import PortalDatabase
from marketplace_adapters.cocorico.gate import Gate
from marketplace_adapters.cocorico.people import APPLICANT_COLUMNS, applicant_of
from marketplace_adapters.cocorico.tables import booking, read, user
from marketplace_adapters.cocorico.texts import told
from marketplace_adapters.cocorico.zones import LONG_AGO, instant, kept_from, moment
from marketplace_core.domain.listings.records import BookingStatus, OutsideBooking
from marketplace_core.domain.outside_property.pages import SourcePage, Told, Unread
from marketplace_core.ports.listings.booking_source import BookingSource

STATUSES: Final = {
    0: BookingStatus.DRAFT,
    1: BookingStatus.REQUESTED,
    3: BookingStatus.ACCEPTED,
    4: BookingStatus.EXPIRED,
    5: BookingStatus.REFUSED,
    6: BookingStatus.CANCELLED,
    8: BookingStatus.PAYMENT_FAILED,
}
_ONE_DAY: Final = timedelta(days=1)


class CocoricoBookings(BookingSource):
    """Rows whose time of change is NULL, which the portal does not write, come first in every pass."""

    def __init__(self, database: PortalDatabase, gate: Gate) -> None:
        """Use that database, once the gate has let us in."""
        self._database, self._gate, self._server = database, gate, database.server

    @override
    def bookings(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideBooking]:
        changed, behind = booking.c.updatedAt, read_place(cursor)
        from_then = true() if since is None else or_(changed >= kept_from(since, self._server.zone), changed.is_(None))
        query = (
            read(booking)
            .add_columns(*APPLICANT_COLUMNS)
            .join(user, user.c.id == booking.c.user_id)
            .where(from_then, _behind(behind))
            .order_by(changed, booking.c.id)
            .limit(limit + 1)
        )
        with self._gate.passing(), self._database.reading() as connection:
            rows = connection.execute(query).all()
        last = rows[limit - 1] if len(rows) > limit else None
        found = [self._read(it) for it in rows[:limit]]
        return SourcePage(
            tuple(it for it in found if isinstance(it, OutsideBooking)),
            place(last.updatedAt, last.id) if last is not None else None,
            tuple(it for it in found if isinstance(it, Unread)),
        )

    @override
    def booking_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        query = (
            select(booking.c.id, booking.c.updatedAt)
            .where(booking.c.id > read_id(cursor))
            .order_by(booking.c.id)
            .limit(limit + 1)
        )
        with self._gate.passing(), self._database.reading() as connection:
            rows = connection.execute(query).all()
        found = tuple(Told(str(it.id), _version(it.updatedAt)) for it in rows[:limit])
        return SourcePage(found, str(rows[limit - 1].id) if len(rows) > limit else None)

    def _read(self, row: Row[Any]) -> OutsideBooking | Unread:
        why = self._why_unread(row)
        if not why:
            try:
                return self._booking(row)
            except OverflowError:
                why = (
                    f"booking {row.id} there is from {row.start} to {row.end}, of {row.updatedAt}: no calendar has all"
                )
        return Unread(why, str(row.listing_id))

    @staticmethod
    def _why_unread(row: Row[Any]) -> str:
        """Why a row says nothing to us: its status is unknown, or its days or instants are none; "" where it does."""
        if row.status not in STATUSES:
            return f"booking {row.id} there has the status {row.status}, which we do not know"
        for name in ("start", "end", "createdAt", "updatedAt"):
            value = getattr(row, name)
            if not isinstance(value, datetime | None):
                return f"booking {row.id} there has the {name} {value}, which is no day: have it mended there"
        if row.end.date() < row.start.date():
            return f"booking {row.id} there is from {row.start.date()} to {row.end.date()}: have it mended there"
        return ""

    def _booking(self, row: Row[Any]) -> OutsideBooking:
        starts_on: date = row.start.date()
        ends_on: date = row.end.date() + (_ONE_DAY if self._server.end_is_inclusive else timedelta())
        created = instant(row.createdAt, self._server.zone) if row.createdAt is not None else LONG_AGO
        return OutsideBooking(
            str(row.id),
            str(row.listing_id),
            STATUSES[row.status],
            starts_on,
            max(ends_on, starts_on + _ONE_DAY),
            applicant_of(row),
            created,
            instant(row.updatedAt, self._server.zone) if row.updatedAt is not None else created,
            told(row.message),
        )


def _behind(place: tuple[datetime | str | None, int] | None) -> ColumnElement[bool]:
    """Rows behind a place, in an order in which those without a time come first."""
    if place is None:
        return true()
    (at, row_id), changed = place, booking.c.updatedAt
    if at is None:
        return or_(changed.is_not(None), and_(changed.is_(None), booking.c.id > row_id))
    # The first comparison alone lets the index on the time be used.
    return and_(changed >= at, or_(changed > at, booking.c.id > row_id))


def _version(value: datetime | str | None) -> int:
    changed = moment(value)
    return int(changed.replace(tzinfo=UTC).timestamp()) if changed is not None else 0
