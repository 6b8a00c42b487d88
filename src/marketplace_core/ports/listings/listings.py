"""The port that keeps listings."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId, PortfolioId, UnitId
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.errors import MarketplaceError

ListingDecision = Callable[[ListingFile | None, tuple[Listing, ...]], ListingFile | None]
"""What becomes of a file, None where there is none; beside it the other listings of its unit, locked too."""
ListingStep = tuple[Command, ListingId, ListingDecision]
"""A change of one listing, by a command of its own."""


class Listings(Protocol):
    """Keeps each listing's file; lists for people are pages of `domain.register.LISTINGS`."""

    @abstractmethod
    def change_listing(
        self,
        command: Command,
        listing_id: ListingId,
        decide: ListingDecision,
        *,
        unit_id: UnitId | None = None,
        dry_run: bool = False,
    ) -> ListingFile:
        """Lock a file and its unit, let ``decide`` look, write what differs, whole or not at all, with one link.

        ``unit_id`` names the unit of a new one. The link is `ListingChanged`; none where nothing changed. ``NotFound``
        where ``decide`` makes none, and for an unknown unit or property.
        """

    @abstractmethod
    def change_all(self, steps: Sequence[ListingStep]) -> tuple[ListingFile | MarketplaceError, ...]:
        """As ``change_listing`` of many of one portfolio, in one transaction, a link each; of each its file or refusal.

        Each decision sees what those before it decided.
        """

    @abstractmethod
    def listing_file(self, portfolio_id: PortfolioId, listing_id: ListingId) -> ListingFile:
        """A listing with its history; ``NotFound`` where there is none."""

    @abstractmethod
    def named_listings(self, portfolio_id: PortfolioId, listing_ids: Collection[ListingId]) -> tuple[Listing, ...]:
        """These listings, by id; ``NotFound`` where one is none."""

    @abstractmethod
    def listings(
        self, portfolio_id: PortfolioId, *, unit_id: UnitId | None = None, after: str = ""
    ) -> Iterator[Listing]:
        """Listings by id, those behind ``after``: of a unit, where asked."""
