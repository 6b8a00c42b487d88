"""Move listings on by the system's own word, where they stand as they were read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from marketplace_core.domain.command import Command
from marketplace_core.domain.listings import decisions
from marketplace_core.domain.listings.decisions import Authority
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import Listing, ListingStatus
from marketplace_core.errors import MarketplaceError
from marketplace_core.ports.listings.listings import ListingDecision, Listings

_SYSTEM: Final = Authority(may_moderate=True)


def moved_as_read(part: Command, listing: Listing, status: ListingStatus) -> ListingDecision:
    """Decides that a listing becomes ``status``, unless somebody changed it since it was read."""

    def decide(file: ListingFile | None, _: tuple[Listing, ...]) -> ListingFile | None:
        if file is None or file.listing.version != listing.version:
            return file
        return decisions.move(file, part, status, _SYSTEM)

    return decide


def publish_approved(
    listings: Listings, command: Command, batch: Sequence[Listing]
) -> tuple[Listing | MarketplaceError, ...]:
    """Of each the listing as it then stands, or why not: published where it was approved and nobody changed it since.

    What was changed since it was read is given as it was read.
    """
    approved = [it for it in batch if it.status is ListingStatus.APPROVED]
    parts = [command.part(f"publish {it.listing_id} {it.version}") for it in approved]
    results = listings.change_all(
        [
            (part, it.listing_id, moved_as_read(part, it, ListingStatus.PUBLISHED))
            for part, it in zip(parts, approved, strict=True)
        ]
    )
    found = {it.listing_id: result for it, result in zip(approved, results, strict=True)}
    return tuple(_after(it, found.get(it.listing_id)) for it in batch)


def _after(listing: Listing, result: ListingFile | MarketplaceError | None) -> Listing | MarketplaceError:
    if isinstance(result, MarketplaceError):
        return result
    after = listing if result is None else result.listing
    is_moved = after.status is ListingStatus.PUBLISHED and after.version == listing.version + 1
    return after if is_moved else listing
