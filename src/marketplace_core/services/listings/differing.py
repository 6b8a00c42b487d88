"""Show how the copies on a portal differ from what is wanted there; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from attrs import frozen

from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.copies import (
    STATE,
    ListingCopy,
    PortalFields,
    PortalState,
    differences,
    plan_copy,
)
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.errors import InvalidInput, NotFound, RuleViolation
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.listings.listing_copies import ListingCopies
from marketplace_core.ports.listings.listing_portal import ListingPortal
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.services.listings.offers import Landlords

_AT_ONCE: Final = 100


@frozen
class ListingDiff:
    """A listing whose copy differs: each field as we want it and as it stands there, and which were edited there."""

    listing_id: ListingId
    external_id: str
    fields: tuple[tuple[str, str | None, str | None], ...]
    edits: tuple[str, ...] = ()
    trouble: str = ""


@frozen
class DiffListings:
    """Looks at every copy."""

    listings: Listings
    copies: ListingCopies
    portal: ListingPortal
    directory: Directory
    system: str
    landlord: str = ""

    def __call__(self, portfolio_id: PortfolioId) -> Iterator[ListingDiff]:
        """Each listing that differs, by id."""
        landlords = Landlords(self.directory, portfolio_id, self.landlord)
        every = self.listings.listings(portfolio_id)
        while batch := list(islice(every, _AT_ONCE)):
            yield from self._differing(portfolio_id, landlords, batch)

    def _differing(
        self, portfolio_id: PortfolioId, landlords: Landlords, batch: Sequence[Listing]
    ) -> Iterator[ListingDiff]:
        ids = [it.listing_id for it in batch]
        known = {it.listing_id: it for it in self.copies.copies(portfolio_id, self.system, ids)}
        there = self.portal.look([it.external_id for it in known.values()])
        for it in batch:
            copy = known.get(it.listing_id)
            found = self._diff(landlords, it, copy, there.get(copy.external_id) if copy else None)
            if found is not None:
                yield found

    def _diff(
        self, landlords: Landlords, listing: Listing, copy: ListingCopy | None, there: PortalFields | None
    ) -> ListingDiff | None:
        external_id = copy.external_id if copy else ""
        try:
            wanted = self.portal.render(landlords.offer_of(listing)).fields
        except (InvalidInput, RuleViolation, NotFound) as problem:
            if copy is None:
                return None
            return ListingDiff(listing.listing_id, external_id, (), trouble=str(problem))
        if there is None and wanted[STATE] != PortalState.LIVE:
            return None
        told, telling = (copy.told, copy.telling) if copy else (None, None)
        fields = differences(wanted, there)
        edits = plan_copy(wanted, told, there, telling=telling).edits
        return ListingDiff(listing.listing_id, external_id, fields, edits) if fields or edits else None
