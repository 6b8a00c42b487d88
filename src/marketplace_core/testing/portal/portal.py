"""The fake portal: the three ports of a public portal, over rows in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from threading import RLock

from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.listings.copies import OWNER, PortalFields, PortalOffer, Rendered
from marketplace_core.domain.listings.listing import Picture
from marketplace_core.domain.listings.records import OutsideBooking, OutsideInquiry
from marketplace_core.domain.money import KES, Currency
from marketplace_core.domain.outside_property.pages import SourcePage, Told, Unread
from marketplace_core.errors import AlreadyExists, ConcurrentChange, InvalidInput, NotFound
from marketplace_core.ports.listings.booking_source import BookingSource
from marketplace_core.ports.listings.inquiry_source import InquirySource
from marketplace_core.ports.listings.listing_portal import ListingPortal
from marketplace_core.testing.portal.by_hand import ByHand
from marketplace_core.testing.portal.showing import rendered, require_held
from marketplace_core.testing.portal.tables import (
    BEGINNING,
    HIGHEST_ID,
    BookingRow,
    ListingRow,
    ThreadRow,
    Visitor,
    page_of,
    random_id,
)

_ONE_DAY = timedelta(days=1)


def _nothing(_call: str) -> None:
    """Nothing happens at a call."""


class MemoryPortal(ListingPortal, BookingSource, InquirySource):
    """A portal where landlords list and visitors book; threads may share it.

    ``by_hand`` does what people do there. Its clock stands at ``now`` until a test moves it. ``before_each`` is called
    with the name of a port's method before it does anything, ``after_each`` after it did: they may edit what stands
    there, or raise. ``writes`` counts the transactions that changed a row. With a small ``highest_id`` ids collide.
    """

    def __init__(
        self,
        *,
        now: datetime = BEGINNING,
        locales: Sequence[str] = ("en", "fr"),
        currency: Currency = KES,
        highest_id: int = HIGHEST_ID,
    ) -> None:
        """Empty, with the clock at ``now``."""
        self.now = now
        self.locales = tuple(locales)
        self.currency = currency
        self.highest_id = highest_id
        self.before_each: Callable[[str], None] = _nothing
        self.after_each: Callable[[str], None] = _nothing
        self.writes = 0
        self.lock = RLock()
        self.accounts: dict[str, bool] = {}
        self.listing_rows: dict[str, ListingRow] = {}
        self.booking_rows: dict[str, BookingRow] = {}
        self.thread_rows: dict[str, ThreadRow] = {}
        self.visitors: dict[str, Visitor] = {}
        self.pictures: dict[str, bytes] = {}
        self.by_hand = ByHand(self)

    @override
    def render(self, offer: PortalOffer) -> Rendered:
        return rendered(offer, self.locales, self.currency)

    @override
    def choose_id(self, seed: str, attempt: int) -> str:
        return random_id(f"{seed}/{attempt}", self.highest_id)

    @override
    def look(self, external_ids: Collection[str]) -> Mapping[str, PortalFields]:
        self.before_each("look")
        with self.lock:
            found = {it: dict(self.listing_rows[it].fields) for it in external_ids if it in self.listing_rows}
        self.after_each("look")
        return found

    @override
    def put(self, external_id: str, chosen_at: datetime, before: PortalFields | None, after: PortalFields) -> None:
        self.before_each("put")
        with self.lock:
            self._put(external_id, chosen_at, before, after)
        self.after_each("put")

    @override
    def place_picture(self, picture: Picture, content: bytes) -> None:
        self.before_each("place_picture")
        self.pictures[picture.name] = content
        self.after_each("place_picture")

    @override
    def bookings(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideBooking]:
        self.before_each("bookings")
        with self.lock:
            rows = [it for it in self.booking_rows.values() if since is None or it.updated_at >= since]
            page = page_of(rows, cursor, limit, lambda it: (it.updated_at, int(it.external_id)), lambda it: it)
            unread = [it for it in page.rows if it.starts_on > it.last_day]
            told = tuple(self._booking(it) for it in page.rows if it not in unread)
            return SourcePage(told, page.next_cursor, tuple(map(_unread, unread)))

    @override
    def booking_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        self.before_each("booking_ids")
        with self.lock:
            rows = self.booking_rows.values()
            return page_of(rows, cursor, limit, lambda it: (BEGINNING, int(it.external_id)), _told)

    @override
    def inquiries(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideInquiry]:
        self.before_each("inquiries")
        with self.lock:
            rows = [
                it
                for it in self.thread_rows.values()
                if not it.booking_id and (since is None or it.written_at >= since)
            ]
            return page_of(rows, cursor, limit, lambda it: (it.written_at, int(it.external_id)), self._inquiry)

    def listing(self, external_id: str) -> ListingRow:
        """The row of a listing, or NotFound."""
        row = self.listing_rows.get(external_id)
        if row is None:
            raise NotFound(f"the portal has no listing {external_id}")
        return row

    def write(self, external_id: str, fields: PortalFields) -> None:
        """Write a listing's fields at the portal's clock; the same ones change nothing."""
        row = self.listing(external_id)
        if dict(row.fields) != dict(fields):
            self.listing_rows[external_id] = evolve(row, fields=dict(fields), updated_at=self.now)

    def _put(self, external_id: str, chosen_at: datetime, before: PortalFields | None, after: PortalFields) -> None:
        row = self.listing_rows.get(external_id)
        if row is None if before is None else before[OWNER] != after[OWNER]:
            self._require_owner(after[OWNER])
        require_held(after)
        missing = [it for it in after["pictures"].split("/") if it and it not in self.pictures]
        if missing:
            raise InvalidInput(f"listing {external_id}: picture {missing[0]} was not placed")
        if before is None and row is None:
            self.listing_rows[external_id] = ListingRow(external_id, dict(after), chosen_at, self.now)
        elif before is None and row is not None:
            if (row.created_at, row.fields[OWNER]) != (chosen_at, after[OWNER]):
                raise AlreadyExists(f"the portal's listing {external_id} is another one: choose another id")
            if dict(row.fields) == dict(after):
                return
            self.write(external_id, after)
        else:
            if row is None or dict(row.fields) != dict(before or {}):
                raise ConcurrentChange(f"the portal's listing {external_id} does not stand as it was seen: look again")
            if dict(row.fields) == dict(after):
                return
            self.write(external_id, after)
        self.writes += 1

    def _require_owner(self, email: str) -> None:
        if not self.accounts.get(email, False):
            raise NotFound(f"the portal has no account {email} that may list: have the landlord sign up there")

    def _booking(self, it: BookingRow) -> OutsideBooking:
        return OutsideBooking(
            it.external_id,
            it.listing_id,
            it.status,
            it.starts_on,
            it.last_day + _ONE_DAY,
            self.visitors[it.visitor_id].applicant,
            it.created_at,
            it.updated_at,
            it.message,
        )

    def _inquiry(self, it: ThreadRow) -> OutsideInquiry:
        applicant = self.visitors[it.visitor_id].applicant
        return OutsideInquiry(
            it.external_id,
            it.listing_id,
            applicant,
            it.created_at,
            it.written_at,
            it.subject,
            it.messages,
            it.is_spam,
        )


def _unread(it: BookingRow) -> Unread:
    words = f"booking {it.external_id} there is from {it.starts_on} to {it.last_day}: have it mended there"
    return Unread(words, it.listing_id)


def _told(it: BookingRow) -> Told:
    return Told(it.external_id, int(it.updated_at.timestamp()))
