"""Listings as those who work on them see them, and what is done to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from attrs import evolve, frozen
from msgspec import Meta

from marketplace_core.domain.listings.copies import ListingCopy
from marketplace_core.domain.listings.file import ListingChange, ListingFile
from marketplace_core.domain.listings.listing import Listing, ListingStatus, Picture
from marketplace_core.domain.money import Currency
from marketplace_core.domain.register import ListingEntry
from marketplace_core.errors import InvalidInput
from marketplace_entrypoints.http.bounded import Identifier, Instant, Reason, Words
from marketplace_entrypoints.http.shapes.money import Money
from marketplace_entrypoints.http.shapes.places import ListingTextShape, PlaceShape
from marketplace_entrypoints.listing_words import follows

PictureName = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{64}\.(jpg|png|webp)$", description="Its SHA-256 and kind: the name of its file.")
]


@frozen
class PictureShape:
    """A picture of a listing; it is at ``/portal/pictures/NAME``."""

    name: PictureName
    caption: Words = ""

    @classmethod
    def of(cls, it: Picture) -> PictureShape:
        """The shape of a picture."""
        return cls(it.name, it.caption)


@frozen
class ListingShape:
    """A listing; ``rent`` is a month's, ``follows`` what it may become from here, whoever does it."""

    listing_id: str
    version: int
    status: ListingStatus
    status_at: Instant
    status_reason: str
    follows: tuple[str, ...]
    property_id: str
    property_name: str
    unit_id: str
    unit_code: str
    title: str
    rent: Money | None
    deposit: Money | None
    category: str
    available_from: date | None
    created_at: Instant

    @classmethod
    def of(cls, entry: ListingEntry) -> ListingShape:
        """The shape of a listing."""
        it = entry.listing
        return cls(
            it.listing_id,
            it.version,
            it.status,
            it.status_at,
            it.status_reason,
            follows(it),
            it.property_id,
            entry.property_name,
            it.unit_id,
            entry.unit_code,
            it.texts[0].title if it.texts else "",
            Money.of(it.rent) if it.rent else None,
            Money.of(it.deposit) if it.deposit else None,
            it.category,
            it.available_from,
            it.created_at,
        )


@frozen
class ListingPage:
    """A page of listings."""

    listings: tuple[ListingShape, ...]
    next: str | None


@frozen
class ListingLine:
    """A line of a listing's history: what was done, by whom, and why; ``note`` is what was edited."""

    what: str
    by: str
    recorded_at: Instant
    before: str
    after: str
    reason: str
    note: str

    @classmethod
    def of(cls, it: ListingChange) -> ListingLine:
        """The shape of a line."""
        return cls(it.what, it.by, it.recorded_at, it.before, it.after, it.reason, it.note)


@frozen
class CopyShape:
    """The listing's copy on a portal outside: ``told_version`` of it was told.

    ``edits`` are fields that somebody edited there, ``findings`` what of ours did not fit, ``trouble`` why it could not
    be told.
    """

    system: str
    external_id: str
    told_version: int
    told_at: Instant | None
    edits: tuple[str, ...]
    findings: tuple[str, ...]
    trouble: str

    @classmethod
    def of(cls, it: ListingCopy) -> CopyShape:
        """The shape of a copy."""
        return cls(it.system, it.external_id, it.told_version, it.told_at, it.edits, it.findings, it.trouble)


@frozen
class ListingDetail:
    """A listing with all that is offered, what it still lacks before it may be approved, and its history."""

    listing: ListingShape
    texts: tuple[ListingTextShape, ...]
    place: PlaceShape | None
    pictures: tuple[PictureShape, ...]
    lacking: tuple[str, ...]
    history: tuple[ListingLine, ...]
    copies: tuple[CopyShape, ...]
    dry_run: bool

    @classmethod
    def of(
        cls,
        entry: ListingEntry,
        file: ListingFile,
        lacking: Sequence[str],
        copies: Sequence[ListingCopy],
        *,
        dry_run: bool = False,
    ) -> ListingDetail:
        """The shape of a listing's file."""
        it = file.listing
        return cls(
            ListingShape.of(evolve(entry, listing=it)),
            tuple(map(ListingTextShape.of, it.texts)),
            PlaceShape.of(it.place) if it.place else None,
            tuple(map(PictureShape.of, it.pictures)),
            tuple(lacking),
            tuple(map(ListingLine.of, file.changes)),
            tuple(map(CopyShape.of, copies)),
            dry_run,
        )


@frozen
class DraftBody:
    """The unit that is to be let; what is offered follows with an edit."""

    unit_id: Identifier


@frozen
class OfferBody:
    """All that is offered: what is left out is taken away. Pictures are those that the listing has, in their order."""

    texts: tuple[ListingTextShape, ...] = ()
    rent: Money | None = None
    deposit: Money | None = None
    place: PlaceShape | None = None
    category: Words = ""
    pictures: tuple[PictureShape, ...] = ()
    available_from: date | None = None

    def offered(self, listing: Listing, currency: Currency) -> Listing:
        """The listing with this offer; ``InvalidInput`` for a picture that it has not."""
        return evolve(
            listing,
            texts=tuple(it.exact() for it in self.texts),
            rent=self.rent.exact(currency) if self.rent else None,
            deposit=self.deposit.exact(currency) if self.deposit else None,
            place=self.place.exact() if self.place else None,
            category=self.category,
            pictures=tuple(_picture(listing, it) for it in self.pictures),
            available_from=self.available_from,
        )


def _picture(listing: Listing, told: PictureShape) -> Picture:
    known = next((it for it in listing.pictures if it.name == told.name), None)
    if known is None:
        raise InvalidInput(f"listing {listing.listing_id} has no picture {told.name}: post its bytes first")
    return evolve(known, caption=told.caption)


@frozen
class PictureQuery:
    """What is said of a picture."""

    caption: Words = ""


@frozen
class RejectBody:
    """Why a listing is rejected; the landlord reads it."""

    reason: Reason


@frozen
class WhyBody:
    """Why, where there is something to say; the landlord reads it."""

    reason: Words = ""
