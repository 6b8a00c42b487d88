"""The port that keeps inquiries."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Protocol

from marketplace_core.domain.identifiers import InquiryId, ListingId, PortfolioId
from marketplace_core.domain.listings.inquiries import Inquiry

InquiryDecision = Callable[[tuple[Inquiry, ...]], Inquiry | None]
"""What becomes of one of the inquiries about a listing, all of which it is shown; None where nothing does."""


class Inquiries(Protocol):
    """Keeps inquiries beside the event log; erasing a person empties theirs."""

    @abstractmethod
    def change_inquiries(
        self, portfolio_id: PortfolioId, listing_id: ListingId, decide: InquiryDecision
    ) -> Inquiry | None:
        """Lock those about a listing, let ``decide`` look, write the one it gives; as it then stands.

        ``NotFound`` for an unknown listing.
        """

    @abstractmethod
    def inquiry(self, portfolio_id: PortfolioId, inquiry_id: InquiryId) -> Inquiry:
        """One; ``NotFound`` where there is none."""

    @abstractmethod
    def untold_inquiries(self, portfolio_id: PortfolioId, limit: int = 100) -> tuple[Inquiry, ...]:
        """Those of which the landlord is to be told, the oldest first."""

    @abstractmethod
    def inquiries(self, portfolio_id: PortfolioId, listing_id: ListingId | None = None) -> Iterator[Inquiry]:
        """All, the newest first: about a listing, where asked."""
