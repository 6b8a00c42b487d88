"""Choose under which id a listing's copy stands on a portal, and keep that before it is used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from attrs import frozen

from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.copies import ListingCopy, Rendered
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.errors import AlreadyExists
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.listings.listing_copies import ListingCopies
from marketplace_core.ports.listings.listing_portal import ListingPortal

MOST_ATTEMPTS: Final = 50
"""So often an id is chosen for one listing before a person must look: among two milliards hardly one is taken."""


@frozen
class ChooseIds:
    """Ids come of the portfolio, the listing and how often one was chosen for it."""

    copies: ListingCopies
    portal: ListingPortal
    clock: Clock
    system: str

    def first(self, listing: Listing, rendered: Rendered | None, trouble: str) -> ListingCopy:
        """A new copy, not kept yet."""
        return ListingCopy(
            listing.portfolio_id,
            listing.listing_id,
            self.system,
            self._id(listing.portfolio_id, listing.listing_id, 1),
            self.clock.now().replace(microsecond=0),
            trouble=trouble,
            telling=None if rendered is None else dict(rendered.fields),
        )

    def again(self, taken: ListingCopy, before: ListingCopy | None) -> ListingCopy:
        """The copy under the next id that no other listing has, kept in the place of ``before``."""
        at, other = self.clock.now(), taken
        while other.attempt < MOST_ATTEMPTS:
            other = other.chosen_again(self._id(taken.portfolio_id, taken.listing_id, other.attempt + 1), at)
            try:
                return self.copies.choose(other, before)
            except AlreadyExists:
                continue
        raise AlreadyExists(f"listing {taken.listing_id}: every id that was chosen is taken: look at the portal")

    def _id(self, portfolio_id: str, listing_id: str, attempt: int) -> str:
        return self.portal.choose_id(f"{portfolio_id}/{listing_id}", attempt)


def listings_told(
    copies: ListingCopies, portfolio_id: PortfolioId, system: str, external_ids: Collection[str]
) -> tuple[Mapping[str, ListingId], Collection[str]]:
    """Which listing of ours stands under which id, and the ids that were chosen and are not known to be used.

    Another one's listing may stand under these, until the portal was seen to take ours.
    """
    found = copies.listings_of(portfolio_id, system, external_ids)
    known = copies.copies(portfolio_id, system, tuple(found.values())) if found else ()
    untold = {it.external_id for it in known if it.told is None}
    return {it: listing_id for it, listing_id in found.items() if it not in untold}, untold
