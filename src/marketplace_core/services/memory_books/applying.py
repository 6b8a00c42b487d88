"""Applications and inquiries in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from typing_extensions import override

from marketplace_core.domain.identifiers import ApplicationId, InquiryId, ListingId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.listings.applications import Application, ApplicationStatus
from marketplace_core.domain.listings.inquiries import Inquiry
from marketplace_core.errors import NotFound
from marketplace_core.ports.listings.applications import ApplicationDecision, Applications
from marketplace_core.ports.listings.inquiries import Inquiries, InquiryDecision
from marketplace_core.services.memory_books.listing import unknown_listing
from marketplace_core.services.memory_books.listing_copies import Copying
from marketplace_core.services.memory_books.tables import Book

_STANDING = (ApplicationStatus.OPEN, ApplicationStatus.ACCEPTED)


class Applying(Copying, Applications, Inquiries):
    """By portfolio and id, beside the listings."""

    @override
    def change_application(
        self, portfolio_id: PortfolioId, application_id: ApplicationId, decide: ApplicationDecision
    ) -> Application | None:
        with self._lock:
            book = self._book(portfolio_id)
            before = book.applications.get(application_id)
            after = decide(before)
            if after is None or after == before:
                return before
            _require_there(book, after)
            book.applications[application_id] = after
            return after

    @override
    def application(self, portfolio_id: PortfolioId, application_id: ApplicationId) -> Application:
        with self._lock:
            book = self._books.get(portfolio_id)
            found = None if book is None else book.applications.get(application_id)
        if found is None:
            raise NotFound(f"portfolio {portfolio_id} has no application {application_id}")
        return found

    @override
    def waiting_applications(self, portfolio_id: PortfolioId, system: str) -> Iterator[Application]:
        found = [it for it in self.applications(portfolio_id) if it.system == system and it.is_waiting]
        return iter(sorted(found, key=lambda it: (it.updated_at, it.application_id)))

    @override
    def applications(
        self, portfolio_id: PortfolioId, *, unit_id: UnitId | None = None, person_id: PersonId | None = None
    ) -> Iterator[Application]:
        with self._lock:
            book = self._books.get(portfolio_id)
            found = [] if book is None else [it for _, it in sorted(book.applications.items())]
        return (it for it in found if unit_id in (None, it.unit_id) and person_id in (None, it.person_id))

    @override
    def known_bookings(
        self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 1_000
    ) -> Collection[str]:
        found = (it for it in self.applications(portfolio_id) if it.system == system and it.status in _STANDING)
        return sorted(it.external_id for it in found if it.external_id > after)[:limit]

    @override
    def change_inquiries(
        self, portfolio_id: PortfolioId, listing_id: ListingId, decide: InquiryDecision
    ) -> Inquiry | None:
        with self._lock:
            book = self._book(portfolio_id)
            if listing_id not in book.listings:
                raise unknown_listing(portfolio_id, listing_id)
            known = [it for _, it in sorted(book.inquiries.items()) if it.listing_id == listing_id]
            after = decide(tuple(known))
            if after is None:
                return None
            if after.person_id is not None and after.person_id not in book.people:
                raise NotFound(f"portfolio {portfolio_id} has no person {after.person_id}")
            book.inquiries[after.inquiry_id] = after
            return after

    @override
    def inquiry(self, portfolio_id: PortfolioId, inquiry_id: InquiryId) -> Inquiry:
        with self._lock:
            book = self._books.get(portfolio_id)
            found = None if book is None else book.inquiries.get(inquiry_id)
        if found is None:
            raise NotFound(f"portfolio {portfolio_id} has no inquiry {inquiry_id}")
        return found

    @override
    def untold_inquiries(self, portfolio_id: PortfolioId, limit: int = 100) -> tuple[Inquiry, ...]:
        found = [it for it in self.inquiries(portfolio_id) if it.to_tell]
        return tuple(sorted(found, key=lambda it: (it.asked_at, it.inquiry_id))[:limit])

    @override
    def inquiries(self, portfolio_id: PortfolioId, listing_id: ListingId | None = None) -> Iterator[Inquiry]:
        with self._lock:
            book = self._books.get(portfolio_id)
            found = [] if book is None else list(book.inquiries.values())
        found.sort(key=lambda it: (it.asked_at, it.inquiry_id), reverse=True)
        return (it for it in found if listing_id in (None, it.listing_id))


def _require_there(book: Book, it: Application) -> None:
    """Refuse what a database's foreign keys would refuse."""
    named = (
        (it.listing_id, book.listings),
        (it.unit_id, book.units),
        (it.person_id, book.people),
        (it.lease_id, book.accounts),
    )
    for key, table in named:
        if key is not None and key not in table:
            raise NotFound(f"portfolio {book.portfolio_id} has no {key}, which application {it.application_id} names")
