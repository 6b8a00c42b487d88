"""Bring listings to a portal: each is compared with what stands there, and what differs is written, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.listing import Listing, ListingStatus
from marketplace_core.errors import MarketplaceError
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.listings.listing_copies import ListingCopies
from marketplace_core.ports.listings.listing_portal import ListingPortal
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.ports.listings.pictures import Pictures
from marketplace_core.services.listings.adopting import AdoptEdits
from marketplace_core.services.listings.differing import DiffListings, ListingDiff
from marketplace_core.services.listings.moving import publish_approved
from marketplace_core.services.listings.offers import Landlords
from marketplace_core.services.listings.telling import TellListings
from marketplace_core.services.listings.turns import CHANGED, TROUBLE, UNCHANGED, BridgedListing, Turn

__all__ = ["AdoptEdits", "BridgeListings", "BridgeOutcome", "BridgedListing", "DiffListings", "ListingDiff"]

REASSERTED, EDITS, PUBLISHED = "reasserted", "edits", "published"
AT_ONCE: Final = 100
"""So many listings are a batch: what is kept of them here is kept together."""
MOST_ROWS: Final = 1_000


@frozen
class BridgeOutcome:
    """How many listings by what came of them, and the first of those that were not merely unchanged."""

    counts: Mapping[str, int]
    rows: tuple[BridgedListing, ...] = ()


@frozen
class BridgeListings:
    """Tells a portal what changed; the listings that were approved are published by it.

    Of a batch: look, compare, keep the ids and what is about to be told; of each listing place the pictures and write;
    of the batch publish, and keep what was told. Broken off anywhere and begun again, one copy stands there and nothing
    is told twice. One listing's trouble is kept at its copy; a portal that does not answer ends the run once what was
    written is kept, and the next one goes on. Without a portal what is approved is published on our own alone.
    """

    listings: Listings
    copies: ListingCopies
    portal: ListingPortal | None
    pictures: Pictures
    directory: Directory
    clock: Clock
    system: str
    landlord: str = ""
    """The address of whose account owns listings whose landlord has none."""

    def __call__(
        self,
        command: Command,
        *,
        only: Collection[ListingId] = (),
        whole: bool = False,
        overwrite: bool = False,
        dry_run: bool = False,
    ) -> BridgeOutcome:
        """What came of each; ``whole`` looks at every copy, ``overwrite`` takes edits there back."""
        run = _Run(self, command, Landlords(self.directory, command.portfolio_id, self.landlord), overwrite, dry_run)
        counts: Counter[str] = Counter()
        rows: list[BridgedListing] = []
        for batch in self._batches(command.portfolio_id, only, whole=whole):
            for it in run.each(batch):
                counts[it.what] += 1
                counts.update({REASSERTED: it.is_reasserted, PUBLISHED: it.is_published, EDITS: bool(it.edits)})
                if it.what != UNCHANGED or it.edits or it.is_published:
                    rows.append(it)
        return BridgeOutcome({name: count for name, count in sorted(counts.items()) if count}, tuple(rows[:MOST_ROWS]))

    def _batches(
        self, portfolio_id: PortfolioId, only: Collection[ListingId], *, whole: bool
    ) -> Iterator[Sequence[Listing]]:
        if only:
            wanted = iter(sorted(set(only)))
            while ids := tuple(islice(wanted, AT_ONCE)):
                yield self.listings.named_listings(portfolio_id, ids)
        elif whole or self.portal is None:
            every = self.listings.listings(portfolio_id)
            while batch := list(islice(every, AT_ONCE)):
                yield batch
        else:
            after = ""
            while ids := self.copies.behind(portfolio_id, self.system, after, AT_ONCE):
                yield self.listings.named_listings(portfolio_id, ids)
                after = ids[-1]


@frozen
class _Run:
    """One run of the bridge."""

    bridge: BridgeListings
    command: Command
    landlords: Landlords
    overwrite: bool
    dry_run: bool

    def each(self, batch: Sequence[Listing]) -> Sequence[BridgedListing]:
        """What came of some listings, which are told together."""
        bridge, portal, own = self.bridge, self.bridge.portal, self.command.portfolio_id
        if portal is None:
            return self._published_here(batch)
        found = bridge.copies.copies(own, bridge.system, [it.listing_id for it in batch])
        known = {it.listing_id: it for it in found}
        there = portal.look([it.external_id for it in found])
        tell = TellListings(
            bridge.listings,
            bridge.copies,
            portal,
            bridge.pictures,
            bridge.clock,
            bridge.system,
            self.command,
            self.landlords.offer_of,
            self.overwrite,
            self.dry_run,
        )
        copies = [(it, known.get(it.listing_id)) for it in batch]
        return tell([Turn(it, copy, there.get(copy.external_id) if copy else None) for it, copy in copies])

    def _published_here(self, batch: Sequence[Listing]) -> Sequence[BridgedListing]:
        results = batch if self.dry_run else publish_approved(self.bridge.listings, self.command, batch)
        return [_came_of(it, result) for it, result in zip(batch, results, strict=True)]


def _came_of(listing: Listing, result: Listing | MarketplaceError) -> BridgedListing:
    if isinstance(result, MarketplaceError):
        return BridgedListing(listing.listing_id, "", TROUBLE, trouble=str(result))
    what = CHANGED if listing.status is ListingStatus.APPROVED else UNCHANGED
    return BridgedListing(listing.listing_id, "", what, is_published=result != listing)
