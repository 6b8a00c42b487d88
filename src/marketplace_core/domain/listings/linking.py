"""The facts that the event log has of listings and their copies: what stands where, as digests."""

from __future__ import annotations

from marketplace_core.domain.codec import canonical, digest, to_plain
from marketplace_core.domain.facts import ListingChanged, ListingTold
from marketplace_core.domain.listings.copies import STATE, ListingCopy, fields_digest
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import Listing


def listing_digest(listing: Listing) -> str:
    """A digest of all that a listing is."""
    return digest(canonical(to_plain(listing)))


def changed_fact(file: ListingFile) -> ListingChanged:
    """The link of a file's last change."""
    it = file.listing
    what = file.changes[-1].what if file.changes else ""
    return ListingChanged(it.portfolio_id, it.listing_id, what, it.status, it.version, listing_digest(it))


def told_fact(copy: ListingCopy) -> ListingTold:
    """The link of what a portal was told."""
    told = copy.told or {}
    return ListingTold(
        copy.portfolio_id,
        copy.listing_id,
        copy.system,
        copy.external_id,
        told.get(STATE, ""),
        copy.told_version,
        fields_digest(told),
    )
