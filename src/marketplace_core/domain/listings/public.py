"""The public side: what anybody may see of a published listing, and how it is searched. Nothing private is in it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import ListingId
from marketplace_core.domain.listings.listing import ListingPlace, ListingText
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import InvalidInput

MOST_A_PAGE: Final = 100
LONGEST_WORDS: Final = 200


class PublicSort(StrEnum):
    """The order of a search; ids decide between equals."""

    NEWEST = "newest"
    CHEAPEST = "cheapest"
    DEAREST = "dearest"


@frozen
class PublicListing:
    """All that the public is shown of a listing: the adapters build it from these fields and no others."""

    listing_id: ListingId
    texts: tuple[ListingText, ...]
    rent: Money
    place: ListingPlace
    kind: UnitKind
    published_at: datetime = field(converter=require_instant)
    changed_at: datetime = field(converter=require_instant)
    category: str = ""
    deposit: Money | None = None
    pictures: tuple[str, ...] = ()
    """Names of their files."""
    available_from: date | None = None


@frozen
class PublicSearch:
    """What is looked for; what is not given does not matter. ``words`` must all be in a title or description."""

    words: str = ""
    city: str = ""
    kind: UnitKind | None = None
    category: str = ""
    rent_from: Money | None = None
    rent_to: Money | None = None
    available_on: date | None = None
    sort: PublicSort = PublicSort.NEWEST
    limit: int = 20
    after: str = ""
    """Where the last page ended, as it was told."""

    def __attrs_post_init__(self) -> None:
        """Refuse a search that nobody means."""
        if not 1 <= self.limit <= MOST_A_PAGE:
            raise InvalidInput(f"limit {self.limit}: a page has 1 to {MOST_A_PAGE} listings")
        if len(self.words) > LONGEST_WORDS or len(self.city) > LONGEST_WORDS:
            raise InvalidInput(f"look for words or a city of at most {LONGEST_WORDS} characters")
        if self.rent_from and self.rent_to and self.rent_from.currency != self.rent_to.currency:
            raise InvalidInput("rents are looked for in one currency")


@frozen
class PublicPage:
    """Some listings, and where to go on; None where there are no more."""

    listings: tuple[PublicListing, ...]
    next_after: str | None = None
