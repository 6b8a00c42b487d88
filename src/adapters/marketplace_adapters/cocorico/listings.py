"""Listings on the portal, behind the port."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from marketplace_adapters.cocorico.engine import PortalDatabase
from marketplace_adapters.cocorico.errors import DEADLOCK, DUPLICATE, number_of
from marketplace_adapters.cocorico.gate import Gate
from marketplace_adapters.cocorico.pictures import placed
from marketplace_adapters.cocorico.reading import standing
from marketplace_adapters.cocorico.rendering import rendered
from marketplace_adapters.cocorico.writing import change, make
from marketplace_adapters.cocorico.zones import kept
from marketplace_core.domain.listings.copies import OWNER, PortalFields, PortalOffer, Rendered
from marketplace_core.domain.listings.listing import Picture
from marketplace_core.errors import AlreadyExists, ConcurrentChange, InvalidInput, MarketplaceError, NotFound
from marketplace_core.ports.listings.listing_portal import ListingPortal

FIRST_ID: Final = 10_000
LAST_ID: Final = 2_147_483_640
_MOST_AT_ONCE: Final = 500
_ATTEMPTS: Final = 4


class CocoricoListings(ListingPortal):
    """Writes by compare-and-set: the rows of a listing are locked, looked at and changed in one transaction.

    ``now`` tells the instant for the portal's ``updatedAt``.
    """

    def __init__(self, database: PortalDatabase, gate: Gate, now: Callable[[], datetime]) -> None:
        """Use that database, once the gate has let us in."""
        self._database, self._gate, self._now = database, gate, now
        self._server = database.server

    @override
    def render(self, offer: PortalOffer) -> Rendered:
        return rendered(offer, self._server)

    @override
    def choose_id(self, seed: str, attempt: int) -> str:
        """One of the ids that the portal itself makes up, which are no series either."""
        drawn = int.from_bytes(hashlib.sha256(f"{seed}\0{attempt}".encode()).digest()[:8])
        return str(FIRST_ID + drawn % (LAST_ID - FIRST_ID + 1))

    @override
    def look(self, external_ids: Collection[str]) -> Mapping[str, PortalFields]:
        ids = sorted({int(it) for it in external_ids if _is_id(it)})
        found = dict[str, PortalFields]()
        with self._gate.passing(), self._database.reading() as connection:
            for some in _portions(ids):
                for listing_id, there in standing(connection, some).items():
                    found[str(listing_id)] = there.fields(self._server.locales)
        return found

    @override
    def put(self, external_id: str, chosen_at: datetime, before: PortalFields | None, after: PortalFields) -> None:
        if not _is_id(external_id):
            raise InvalidInput(f"{external_id[:20]!r} is no id of a listing there: {FIRST_ID} to {LAST_ID}")
        listing_id = int(external_id)
        with self._gate.passing():
            if before is not None:
                self._again(lambda connection: self._change(connection, listing_id, before, after))
                return
            try:
                self._again(lambda connection: self._make(connection, listing_id, after, chosen_at))
            except AlreadyExists as problem:
                if _number(problem) != DUPLICATE:
                    raise
                self._again(lambda connection: self._resume(connection, listing_id, after, chosen_at))
            except NotFound as problem:
                missing = problem
                self._again(lambda connection: self._resume(connection, listing_id, after, chosen_at, missing))

    @override
    def place_picture(self, picture: Picture, content: bytes) -> None:
        placed(self._server.pictures_folder, picture, content)

    def _make(self, connection: Connection, listing_id: int, after: PortalFields, chosen_at: datetime) -> None:
        make(connection, self._server, listing_id, after, self._kept(chosen_at))

    def _resume(
        self,
        connection: Connection,
        listing_id: int,
        after: PortalFields,
        chosen_at: datetime,
        missing: NotFound | None = None,
    ) -> None:
        """What stands under the id is ours where it has our choice's instant and owner: a crash came between.

        Its account is not asked whether it may list; ``missing`` is raised where nothing stands there yet.
        """
        there = standing(connection, [listing_id], lock=True).get(listing_id)
        if there is None:
            raise missing or ConcurrentChange(f"listing {listing_id} was there, and is no longer: look again")
        if there.listing.createdAt != self._kept(chosen_at) or there.owner != after[OWNER]:
            raise AlreadyExists(f"the portal has another listing with the id {listing_id}: choose another id")
        change(connection, self._server, there, after, self._stamp())

    def _change(self, connection: Connection, listing_id: int, before: PortalFields, after: PortalFields) -> None:
        there = standing(connection, [listing_id], lock=True).get(listing_id)
        if there is None or there.fields(self._server.locales) != dict(before):
            raise ConcurrentChange(f"listing {listing_id} is no longer as it was on the portal: look again")
        change(connection, self._server, there, after, self._stamp())

    def _again(self, act: Callable[[Connection], None]) -> None:
        """One transaction, tried again where the database undid it for another's sake."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._database.writing() as connection:
                    act(connection)
                return
            except MarketplaceError as problem:
                if _number(problem) != DEADLOCK or attempt == _ATTEMPTS:
                    raise

    def _stamp(self) -> datetime:
        return self._kept(self._now())

    def _kept(self, instant: datetime) -> datetime:
        return kept(instant, self._server.zone).replace(microsecond=0)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) <= LAST_ID + 7


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _MOST_AT_ONCE):
        yield ids[start : start + _MOST_AT_ONCE]


def _number(problem: MarketplaceError) -> int:
    return number_of(problem.__cause__) if isinstance(problem.__cause__, SQLAlchemyError) else 0
