"""Copies of listings on portals, in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TypeVar

from typing_extensions import override

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.copies import STATE_OF, ListingCopy, PortalState
from marketplace_core.domain.listings.linking import told_fact
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.errors import REFUSALS, AlreadyExists, ConcurrentChange, MarketplaceError
from marketplace_core.ports.listings.listing_copies import Choice, ListingCopies, Word
from marketplace_core.services.memory_books.listing import Offering, unknown_listing
from marketplace_core.services.memory_books.tables import Book

T = TypeVar("T")


class Copying(Offering, ListingCopies):
    """Copies by system and listing, beside the listings."""

    @override
    def copies(
        self, portfolio_id: PortfolioId, system: str, listing_ids: Collection[ListingId]
    ) -> tuple[ListingCopy, ...]:
        with self._lock:
            table = self._copies(portfolio_id)
            found = (table.get((system, it)) for it in sorted(set(listing_ids)))
            return tuple(it for it in found if it is not None)

    @override
    def listings_of(
        self, portfolio_id: PortfolioId, system: str, external_ids: Collection[str]
    ) -> Mapping[str, ListingId]:
        wanted = set(external_ids)
        with self._lock:
            found = [it for it in self._copies(portfolio_id).values() if it.system == system]
        return {it.external_id: it.listing_id for it in found if it.external_id in wanted}

    @override
    def choose(self, copy: ListingCopy, before: ListingCopy | None) -> ListingCopy:
        with self._lock:
            book = self._book(copy.portfolio_id)
            self._require_before(book, copy, before)
            for it in book.copies.values():
                is_taken = (it.system, it.external_id) == (copy.system, copy.external_id)
                if is_taken and it.listing_id != copy.listing_id:
                    raise AlreadyExists(f"the {copy.system} listing {copy.external_id} is listing {it.listing_id}")
            book.copies[copy.system, copy.listing_id] = copy
            return copy

    @override
    def choose_all(self, choices: Sequence[Choice]) -> tuple[ListingCopy | MarketplaceError, ...]:
        with self._lock:
            return tuple(_tried(partial(self.choose, *it)) for it in choices)

    @override
    def record_told(self, command: Command, before: ListingCopy, after: ListingCopy) -> None:
        with self._lock:
            book = self._book(after.portfolio_id)
            work = self._begin(after.portfolio_id)
            if self._known(work, command) is not None:
                return
            self._require_before(book, after, before)
            if before.told == after.told:
                book.copies[after.system, after.listing_id] = after
                return
            work.transaction.on(book.copies).put((after.system, after.listing_id), after)
            self._commit(work, command, [told_fact(after)])

    @override
    def record_all(self, words: Sequence[Word]) -> tuple[MarketplaceError | None, ...]:
        with self._lock:
            return tuple(_tried(partial(self.record_told, *it)) for it in words)

    @override
    def behind(
        self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 500
    ) -> tuple[ListingId, ...]:
        with self._lock:
            book = self._books.get(portfolio_id)
            files = [] if book is None else sorted(book.listings.items())
            copies = self._copies(portfolio_id)
            found = [key for key, file in files if key > after and _is_behind(file.listing, copies.get((system, key)))]
        return tuple(found[:limit])

    def _copies(self, portfolio_id: PortfolioId) -> dict[tuple[str, ListingId], ListingCopy]:
        book = self._books.get(portfolio_id)
        return {} if book is None else book.copies

    @staticmethod
    def _require_before(book: Book, copy: ListingCopy, before: ListingCopy | None) -> None:
        if copy.listing_id not in book.listings:
            raise unknown_listing(book.portfolio_id, copy.listing_id)
        if book.copies.get((copy.system, copy.listing_id)) != before:
            raise ConcurrentChange(
                f"the {copy.system} copy of listing {copy.listing_id} was changed meanwhile: look at it again"
            )


def _tried(do: Callable[[], T]) -> T | MarketplaceError:
    """What it gives, or why it is refused; nothing is half done by it."""
    try:
        return do()
    except REFUSALS as problem:
        return problem


def _is_behind(listing: Listing, copy: ListingCopy | None) -> bool:
    if copy is None:
        return STATE_OF[listing.status] is PortalState.LIVE
    return copy.told_version != listing.version or bool(copy.trouble)
