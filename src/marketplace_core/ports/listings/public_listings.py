"""The port that shows the public what is offered, over all portfolios."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.public import PublicListing, PublicPage, PublicSearch


class PublicListings(Protocol):
    """Published listings and no others: a listing shows here from the moment on in which it is published."""

    @abstractmethod
    def search(self, search: PublicSearch) -> PublicPage:
        """A page of those that fit; ``InvalidInput`` for an ``after`` that was never told."""

    @abstractmethod
    def public_listing(self, listing_id: ListingId) -> PublicListing:
        """One; ``NotFound`` where it is not published."""

    @abstractmethod
    def portfolio_of(self, listing_id: ListingId) -> PortfolioId:
        """Whose a published listing is: for taking inquiries, never for showing. ``NotFound`` as above."""
