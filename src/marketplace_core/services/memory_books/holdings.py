"""Whose leases and properties are whose, in memory."""

from __future__ import annotations

from collections.abc import Collection

from typing_extensions import override

from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId, PropertyId
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.ports.holdings import Holdings
from marketplace_core.services.memory_books.shared_inbox import Holding
from marketplace_core.services.memory_books.tables import Book


class Whose(Holding, Holdings):
    """Looks through the whole book each time: there is no index here."""

    @override
    def leases_of_tenant(self, portfolio_id: PortfolioId, person_id: PersonId) -> frozenset[LeaseId]:
        with self._lock:
            book = self._books.get(portfolio_id)
            leases = (it.lease for it in book.accounts.values()) if book else ()
            own = _stands_for(book, person_id)
            return frozenset(
                it.lease_id for it in leases if own in it.tenant_ids and it.status is not LeaseStatus.CANCELLED
            )

    @override
    def properties_of_landlord(self, portfolio_id: PortfolioId, person_id: PersonId) -> frozenset[PropertyId]:
        with self._lock:
            book = self._books.get(portfolio_id)
            found = book.properties.values() if book else ()
            own = _stands_for(book, person_id)
            return frozenset(it.property_id for it in found if it.landlord_id == own)

    @override
    def unknown(
        self, portfolio_id: PortfolioId, people: Collection[PersonId], properties: Collection[PropertyId]
    ) -> frozenset[str]:
        with self._lock:
            book = self._books.get(portfolio_id)
            if book is None:
                return frozenset([*people, *properties])
            strangers = [it for it in people if it not in book.people]
            return frozenset([*strangers, *(it for it in properties if it not in book.properties)])


def _stands_for(book: Book | None, person_id: PersonId) -> PersonId:
    """Who stands for somebody: themselves, unless they were merged."""
    known = book.people.get(person_id) if book else None
    return person_id if known is None else known.merged_into or person_id
