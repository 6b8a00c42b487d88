"""Rows of the fake portal, their random ids, and pages of them in the order of change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Final, TypeVar

from attrs import frozen

from marketplace_core.domain.listings.copies import PortalFields
from marketplace_core.domain.listings.records import Applicant, BookingStatus, OutsideMessage
from marketplace_core.domain.outside_property.pages import SourcePage
from marketplace_core.errors import InvalidInput

R = TypeVar("R")
U = TypeVar("U")
BEGINNING: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""When the portal's clock stands still first."""
LOWEST_ID: Final = 10_000
HIGHEST_ID: Final = 2_147_483_640


@frozen
class ListingRow:
    """A listing: its fields, when its row says it was made, and when it changed last."""

    external_id: str
    fields: PortalFields
    created_at: datetime
    updated_at: datetime


@frozen
class BookingRow:
    """A booking, from a day up to and with the last one."""

    external_id: str
    listing_id: str
    visitor_id: str
    status: BookingStatus
    starts_on: date
    last_day: date
    created_at: datetime
    updated_at: datetime
    message: str = ""


@frozen
class ThreadRow:
    """A thread with its messages, of a booking where one is named."""

    external_id: str
    listing_id: str
    visitor_id: str
    subject: str
    created_at: datetime
    messages: tuple[OutsideMessage, ...]
    booking_id: str = ""
    is_spam: bool = False

    @property
    def written_at(self) -> datetime:
        """When the last message was sent."""
        return self.messages[-1].sent_at


@frozen
class Visitor:
    """An account of somebody who looks for a home."""

    external_id: str
    applicant: Applicant


def random_id(seed: str, highest: int = HIGHEST_ID) -> str:
    """A number that looks random and depends on the seed alone."""
    number = int.from_bytes(sha256(seed.encode()).digest()[:8], "big")
    return str(LOWEST_ID + number % (highest - LOWEST_ID + 1))


def page_of(
    rows: Iterable[R],
    cursor: str,
    limit: int,
    place: Callable[[R], tuple[datetime, int]],
    told: Callable[[R], U],
) -> SourcePage[U]:
    """Rows after the cursor's place, in the order of their instants, then ids."""
    after = _parsed(cursor)
    left = sorted((it for it in rows if after is None or place(it) > after), key=place)
    shown = left[:limit]
    instant, number = place(shown[-1]) if shown else (BEGINNING, 0)
    more = f"{instant.isoformat()}|{number}" if len(left) > len(shown) else None
    return SourcePage(tuple(map(told, shown)), more)


def _parsed(cursor: str) -> tuple[datetime, int] | None:
    if not cursor:
        return None
    instant, _, number = cursor.partition("|")
    try:
        return datetime.fromisoformat(instant), int(number)
    except ValueError as problem:
        raise InvalidInput(f"{cursor!r} is no cursor of this source: begin with an empty one") from problem
