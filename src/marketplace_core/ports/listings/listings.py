"""The port that keeps listings."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Protocol

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId, PortfolioId, UnitId
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import Listing

ListingDecision = Callable[[ListingFile | None, tuple[Listing, ...]], ListingFile | None]
"""What becomes of a file, None where there is none; beside it the other listings of its unit, locked too."""


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
    def listing_file(self, portfolio_id: PortfolioId, listing_id: ListingId) -> ListingFile:
        """A listing with its history; ``NotFound`` where there is none."""

    @abstractmethod
    def listings(
        self, portfolio_id: PortfolioId, *, unit_id: UnitId | None = None, after: str = ""
    ) -> Iterator[Listing]:
        """Listings by id, those behind ``after``: of a unit, where asked."""
