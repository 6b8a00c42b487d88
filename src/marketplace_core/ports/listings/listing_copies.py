"""The port that keeps which copy on a portal is which listing, and what was told there."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.copies import ListingCopy
from marketplace_core.errors import MarketplaceError

Choice = tuple[ListingCopy, ListingCopy | None]
"""A copy to keep, and what must stand before; of a ``Word`` the command, what must stand before, and what then does."""
Word = tuple[Command, ListingCopy, ListingCopy]


class ListingCopies(Protocol):
    """A listing has one copy a system; an outside id stands for one listing of a portfolio."""

    @abstractmethod
    def copies(
        self, portfolio_id: PortfolioId, system: str, listing_ids: Collection[ListingId]
    ) -> tuple[ListingCopy, ...]:
        """The copies of these listings, by id; those without one are left out."""

    @abstractmethod
    def listings_of(
        self, portfolio_id: PortfolioId, system: str, external_ids: Collection[str]
    ) -> Mapping[str, ListingId]:
        """Which listing each of these outside ids stands for; ids that stand for none are left out."""

    @abstractmethod
    def choose(self, copy: ListingCopy, before: ListingCopy | None) -> ListingCopy:
        """Keep a new copy, another choice of its id, or what is about to be told, where ``before`` stands.

        ``ConcurrentChange`` where it stands otherwise, ``AlreadyExists`` where another listing has the outside id.
        """

    @abstractmethod
    def choose_all(self, choices: Sequence[Choice]) -> tuple[ListingCopy | MarketplaceError, ...]:
        """As ``choose`` of many of one portfolio, in one transaction; of each, in order, the copy or its refusal."""

    @abstractmethod
    def record_told(self, command: Command, before: ListingCopy, after: ListingCopy) -> None:
        """Keep what was told or found there; one link, `ListingTold`, where ``told`` differs.

        ``ConcurrentChange`` where the copy no longer stands as ``before``. The same command again writes nothing.
        """

    @abstractmethod
    def record_all(self, words: Sequence[Word]) -> tuple[MarketplaceError | None, ...]:
        """As ``record_told`` of many of one portfolio, in one transaction, a link each; of each None or its refusal."""

    @abstractmethod
    def behind(
        self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 500
    ) -> tuple[ListingId, ...]:
        """Listings, by id behind ``after``: of another version than was told, in trouble, or live without a copy."""
