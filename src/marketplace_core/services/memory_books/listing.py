"""Listings in memory, each change with its link in the chain of the books."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from typing_extensions import override

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId, PortfolioId, UnitId
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.linking import changed_fact
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.domain.listings.public import PublicListing, PublicPage, PublicSearch
from marketplace_core.domain.listings.searching import Place, fits, is_descending, public_listing_of
from marketplace_core.errors import REFUSALS, AlreadyExists, MarketplaceError, NotFound
from marketplace_core.ports.listings.listings import ListingDecision, Listings, ListingStep
from marketplace_core.ports.listings.public_listings import PublicListings
from marketplace_core.services.memory_books.tables import Book
from marketplace_core.services.memory_books.ticketing import Ticketing


class Offering(Ticketing, Listings, PublicListings):
    """Files by portfolio and listing; what the public sees is read off them."""

    @override
    def change_listing(
        self,
        command: Command,
        listing_id: ListingId,
        decide: ListingDecision,
        *,
        unit_id: UnitId | None = None,
        dry_run: bool = False,
    ) -> ListingFile:
        with self._lock:
            files = dict(self._book(command.portfolio_id).listings)
            after = self._decided(files, (command, listing_id, decide), unit_id)
            if after != files.get(listing_id) and not dry_run:
                self._change(command, after)
            return after

    @override
    def change_all(self, steps: Sequence[ListingStep]) -> tuple[ListingFile | MarketplaceError, ...]:
        results, changed = list[ListingFile | MarketplaceError](), list[tuple[Command, ListingFile]]()
        with self._lock:
            files = dict(self._book(steps[0][0].portfolio_id).listings) if steps else {}
            for step in steps:
                try:
                    after = self._decided(files, step)
                except REFUSALS as problem:
                    results.append(problem)
                    continue
                if after != files.get(step[1]):
                    changed.append((step[0], after))
                files[step[1]] = after
                results.append(after)
            for command, after in changed:
                self._change(command, after)
        return tuple(results)

    def _decided(
        self, files: Mapping[ListingId, ListingFile], step: ListingStep, unit_id: UnitId | None = None
    ) -> ListingFile:
        """The file after a step, which is not written yet."""
        command, listing_id, decide = step
        book = self._book(command.portfolio_id)
        before = files.get(listing_id)
        if self._known(self._begin(command.portfolio_id), command) is not None:
            after = before
        else:
            unit_id = unit_id if before is None else before.listing.unit_id
            others = (it.listing for key, it in sorted(files.items()) if key != listing_id)
            after = decide(before, tuple(it for it in others if it.unit_id == unit_id))
        if after is None:
            raise unknown_listing(book.portfolio_id, listing_id)
        _require_there(book, listing_id, after.listing)
        if before is not None and after.listing.unit_id != before.listing.unit_id:
            raise AlreadyExists(f"listing {listing_id} is of unit {before.listing.unit_id} for good")
        return after

    def _change(self, command: Command, after: ListingFile) -> None:
        work = self._begin(command.portfolio_id)
        work.transaction.on(work.book.listings).put(after.listing.listing_id, after)
        self._commit(work, command, [changed_fact(after)])

    @override
    def listing_file(self, portfolio_id: PortfolioId, listing_id: ListingId) -> ListingFile:
        with self._lock:
            book = self._books.get(portfolio_id)
            found = None if book is None else book.listings.get(listing_id)
        if found is None:
            raise unknown_listing(portfolio_id, listing_id)
        return found

    @override
    def named_listings(self, portfolio_id: PortfolioId, listing_ids: Collection[ListingId]) -> tuple[Listing, ...]:
        with self._lock:
            return tuple(self.listing_file(portfolio_id, it).listing for it in sorted(set(listing_ids)))

    @override
    def listings(
        self, portfolio_id: PortfolioId, *, unit_id: UnitId | None = None, after: str = ""
    ) -> Iterator[Listing]:
        with self._lock:
            book = self._books.get(portfolio_id)
            files = [] if book is None else [file for key, file in sorted(book.listings.items()) if key > after]
        return iter([it.listing for it in files if unit_id in (None, it.listing.unit_id)])

    @override
    def search(self, search: PublicSearch) -> PublicPage:
        place, descending = Place.read(search), is_descending(search.sort)

        def key_of(it: PublicListing) -> tuple[Any, ...]:
            return Place.of(it, search.sort).key

        found = sorted((it for it in self._public() if fits(it, search)), key=key_of, reverse=descending)
        if place is not None:
            last: tuple[Any, ...] = place.key
            found = [it for it in found if (key_of(it) < last if descending else key_of(it) > last)]
        shown = tuple(found[: search.limit])
        is_last = len(found) <= search.limit
        return PublicPage(shown, None if is_last else Place.of(shown[-1], search.sort).cursor)

    @override
    def public_listing(self, listing_id: ListingId) -> PublicListing:
        return self._shown_to_all(listing_id)[1]

    @override
    def portfolio_of(self, listing_id: ListingId) -> PortfolioId:
        return self._shown_to_all(listing_id)[0]

    def _shown_to_all(self, listing_id: ListingId) -> tuple[PortfolioId, PublicListing]:
        with self._lock:
            for book in self._books.values():
                file = book.listings.get(listing_id)
                found = None if file is None else public_listing_of(file, book.units[file.listing.unit_id].kind)
                if found is not None:
                    return book.portfolio_id, found
        raise NotFound(f"there is no listing {listing_id}, or it is not published")

    def _public(self) -> list[PublicListing]:
        with self._lock:
            each = [(book, file) for book in self._books.values() for file in book.listings.values()]
            found = (public_listing_of(file, book.units[file.listing.unit_id].kind) for book, file in each)
            return [it for it in found if it is not None]


def unknown_listing(portfolio_id: PortfolioId, listing_id: ListingId) -> NotFound:
    """What is told of a listing that is none."""
    return NotFound(f"portfolio {portfolio_id} has no listing {listing_id}")


def _require_there(book: Book, listing_id: ListingId, it: Listing) -> None:
    """Refuse what a database's foreign keys would refuse."""
    if it.listing_id != listing_id or it.portfolio_id != book.portfolio_id:
        raise NotFound(f"portfolio {book.portfolio_id} has no listing {listing_id}: it is {it.listing_id}")
    unit = book.units.get(it.unit_id)
    if unit is None or it.property_id not in book.properties:
        raise NotFound(f"portfolio {book.portfolio_id} has no unit {it.unit_id} of property {it.property_id}")
