"""Bring one listing to a portal, so that broken off anywhere and begun again one copy stands there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import evolve, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId
from marketplace_core.domain.listings.copies import (
    STATE,
    STATE_OF,
    CopyPlan,
    ListingCopy,
    PortalFields,
    PortalOffer,
    PortalState,
    Rendered,
    fields_digest,
    plan_copy,
)
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.errors import AlreadyExists, ConcurrentChange, InvalidInput, NotFound, RuleViolation
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.listings.listing_copies import ListingCopies
from marketplace_core.ports.listings.listing_portal import ListingPortal
from marketplace_core.ports.listings.pictures import Pictures

MADE, CHANGED, UNCHANGED, TROUBLE = "made", "changed", "unchanged", "trouble"
MOST_ATTEMPTS: Final = 50
"""So often an id is chosen for one listing before a person must look: among two milliards hardly one is taken."""
REFUSED: Final = (InvalidInput, RuleViolation, NotFound, AlreadyExists, ConcurrentChange)
"""What is one listing's trouble, and none of the others'."""


@frozen
class BridgedListing:
    """What came of a listing: ``what`` is ``made``, ``changed``, ``unchanged`` or ``trouble``."""

    listing_id: ListingId
    external_id: str
    what: str
    edits: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    trouble: str = ""
    is_reasserted: bool = False
    is_published: bool = False


@frozen
class TellListing:
    """Compares one listing with its copy, keeps the id and what is about to be told, writes, keeps what was told.

    ``publish`` gives the listing as it stands once it is live there. ``offer_of`` raises where there is nobody whose it
    is: what is to be hidden is hidden all the same.
    """

    copies: ListingCopies
    portal: ListingPortal
    pictures: Pictures
    clock: Clock
    system: str
    command: Command
    offer_of: Callable[[Listing], PortalOffer]
    publish: Callable[[Listing], Listing]
    overwrite: bool = False
    dry_run: bool = False

    def __call__(self, listing: Listing, copy: ListingCopy | None, there: PortalFields | None) -> BridgedListing:
        """What came of it; ``there`` is what stands under the copy's id."""
        trouble = ""
        try:
            rendered = self.portal.render(self.offer_of(listing))
        except REFUSED as problem:
            hidden = _hidden(listing, copy)
            if hidden is None:
                return self._troubled(listing, copy, str(problem))
            rendered, trouble = hidden, str(problem)
        if copy is None and rendered.fields[STATE] != PortalState.LIVE:
            return BridgedListing(listing.listing_id, "", UNCHANGED)
        if self.dry_run:
            return self._planned(listing, copy, rendered, there)
        try:
            return self._told(listing, copy or self._chosen(listing, rendered), rendered, there, trouble)
        except REFUSED as problem:
            kept = next(iter(self.copies.copies(listing.portfolio_id, self.system, [listing.listing_id])), None)
            return self._troubled(listing, kept, str(problem))

    def _planned(
        self, listing: Listing, copy: ListingCopy | None, rendered: Rendered, there: PortalFields | None
    ) -> BridgedListing:
        plan = self._plan(copy, rendered, there)
        what = UNCHANGED if not plan.writes else MADE if there is None else CHANGED
        external_id = copy.external_id if copy else ""
        return BridgedListing(
            listing.listing_id, external_id, what, plan.edits, rendered.findings, is_reasserted=plan.reasserted
        )

    def _told(
        self, listing: Listing, copy: ListingCopy, rendered: Rendered, there: PortalFields | None, trouble: str
    ) -> BridgedListing:
        """Write what is planned and keep that; what stands under the id and was never ours is left, for another id."""
        while True:
            plan = self._plan(copy, rendered, there)
            is_ours = copy.told is not None
            fields = plan.write if is_ours or there is None else plan.write or there
            if fields is None:
                break
            if copy.telling != plan.told:
                copy = self.copies.choose(evolve(copy, telling=plan.told), copy)
            self._place(listing)
            try:
                self.portal.put(copy.external_id, copy.chosen_at, there if is_ours else None, fields)
                break
            except AlreadyExists:
                if is_ours or copy.attempt >= MOST_ATTEMPTS:
                    raise
                copy, there = self._chosen_again(copy, copy), None
        stands = plan.write or there or {}
        after = self.publish(listing) if stands.get(STATE) == PortalState.LIVE else listing
        told = evolve(
            copy,
            told=plan.told,
            told_version=after.version,
            edits=plan.edits,
            findings=rendered.findings,
            trouble=trouble,
            telling=None,
        )
        self._record(copy, told)
        what = UNCHANGED if not plan.writes else MADE if there is None else CHANGED
        return BridgedListing(
            listing.listing_id,
            copy.external_id,
            TROUBLE if trouble else what,
            plan.edits,
            rendered.findings,
            trouble,
            plan.reasserted,
            after != listing,
        )

    def _plan(self, copy: ListingCopy | None, rendered: Rendered, there: PortalFields | None) -> CopyPlan:
        told, telling = (copy.told, copy.telling) if copy else (None, None)
        return plan_copy(rendered.fields, told, there, telling=telling, overwrite=self.overwrite)

    def _place(self, listing: Listing) -> None:
        for picture in listing.pictures:
            self.portal.place_picture(picture, self.pictures.content(picture.name))

    def _chosen(self, listing: Listing, rendered: Rendered | None, trouble: str = "") -> ListingCopy:
        """A new copy, kept before its id is used."""
        at = self.clock.now().replace(microsecond=0)
        telling = None if rendered is None else dict(rendered.fields)
        first = ListingCopy(
            listing.portfolio_id,
            listing.listing_id,
            self.system,
            self._id(listing.portfolio_id, listing.listing_id, 1),
            at,
            trouble=trouble,
            telling=telling,
        )
        try:
            return self.copies.choose(first, None)
        except AlreadyExists:
            return self._chosen_again(first, None)

    def _chosen_again(self, taken: ListingCopy, before: ListingCopy | None) -> ListingCopy:
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

    def _record(self, before: ListingCopy, after: ListingCopy) -> None:
        if after == before:
            return
        if after.told != before.told:
            after = evolve(after, told_at=self.clock.now())
        digests = (fields_digest(it) if it is not None else "" for it in (before.told, after.told))
        part = self.command.part(f"told {after.listing_id} {after.told_version} {' '.join(digests)} {after.trouble}")
        self.copies.record_told(part, before, after)

    def _troubled(self, listing: Listing, copy: ListingCopy | None, trouble: str) -> BridgedListing:
        """Keep why it could not be told; what is not to be live and never was is in no trouble."""
        if copy is None and STATE_OF[listing.status] is not PortalState.LIVE:
            return BridgedListing(listing.listing_id, "", UNCHANGED)
        if copy is None and not self.dry_run:
            copy = self._chosen(listing, None, trouble)
        elif copy is not None and not self.dry_run:
            self._record(copy, evolve(copy, trouble=trouble))
        external_id = copy.external_id if copy else ""
        return BridgedListing(listing.listing_id, external_id, TROUBLE, trouble=trouble)


def _hidden(listing: Listing, copy: ListingCopy | None) -> Rendered | None:
    """The copy as it was told last and hidden, for a listing that cannot be shown and must not be; else None."""
    state = STATE_OF[listing.status]
    known = (copy.told or copy.telling) if copy else None
    if known is None or state is PortalState.LIVE:
        return None
    return Rendered({**known, STATE: str(state)})
