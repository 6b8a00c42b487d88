"""A listing: the offer of one unit, as a value, and its life."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import ListingId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.money import Money
from marketplace_core.errors import InvalidInput

LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 10_000
MOST_PICTURES: Final = 30


class ListingStatus(StrEnum):
    """Where a listing is in its life."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    PUBLISHED = "published"
    RENTED = "rented"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"


_STATUS: Final = ListingStatus
FOLLOWS: Final[Mapping[ListingStatus, frozenset[ListingStatus]]] = {
    _STATUS.DRAFT: frozenset([_STATUS.SUBMITTED, _STATUS.ARCHIVED]),
    _STATUS.SUBMITTED: frozenset([_STATUS.APPROVED, _STATUS.REJECTED, _STATUS.WITHDRAWN, _STATUS.ARCHIVED]),
    _STATUS.APPROVED: frozenset(
        [_STATUS.PUBLISHED, _STATUS.SUBMITTED, _STATUS.REJECTED, _STATUS.WITHDRAWN, _STATUS.ARCHIVED]
    ),
    _STATUS.REJECTED: frozenset([_STATUS.SUBMITTED, _STATUS.ARCHIVED]),
    _STATUS.PUBLISHED: frozenset(
        [_STATUS.RENTED, _STATUS.SUBMITTED, _STATUS.REJECTED, _STATUS.WITHDRAWN, _STATUS.ARCHIVED]
    ),
    _STATUS.RENTED: frozenset([_STATUS.PUBLISHED, _STATUS.SUBMITTED, _STATUS.WITHDRAWN, _STATUS.ARCHIVED]),
    _STATUS.WITHDRAWN: frozenset([_STATUS.SUBMITTED, _STATUS.ARCHIVED]),
    _STATUS.ARCHIVED: frozenset(),
}
"""Which status may follow which, whoever does it."""
MODERATED: Final = frozenset([_STATUS.APPROVED, _STATUS.REJECTED, _STATUS.PUBLISHED])
"""What only an admin, or the system for one, brings about; the rest is the landlord's too."""
STANDING: Final = frozenset([_STATUS.APPROVED, _STATUS.PUBLISHED, _STATUS.RENTED])
"""What was approved as it stands: a landlord's edit of it has to be approved again."""


@frozen
class ListingText:
    """What is said of the unit in one language; ``locale`` is two letters, such as ``en`` or ``sw``."""

    locale: str
    title: str
    description: str
    rules: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a locale that is none, and texts that are longer than what is kept."""
        if len(self.locale) != 2 or not (self.locale.isascii() and self.locale.isalpha() and self.locale.islower()):  # noqa: PLR2004 - ISO 639-1
            raise InvalidInput(f"locale {self.locale[:20]!r}: give two small letters, such as en or sw")
        for name, text, most in (
            ("title", self.title, LONGEST_TITLE),
            ("description", self.description, LONGEST_TEXT),
            ("rules", self.rules, LONGEST_TEXT),
        ):
            if len(text) > most:
                raise InvalidInput(f"the {name} in {self.locale} has {len(text)} characters: {most} are kept at most")


@frozen
class ListingPlace:
    """Where the unit is, as precisely as the public may know; degrees have at most 7 decimals."""

    country: str
    city: str
    area: str = ""
    street: str = ""
    street_number: str = ""
    postal_code: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a country that is not two capitals, and degrees that are on no map."""
        if len(self.country) != 2 or not (self.country.isascii() and self.country.isalpha() and self.country.isupper()):  # noqa: PLR2004 - ISO 3166
            raise InvalidInput(f"country {self.country[:20]!r}: give two capitals, such as KE")
        if (self.latitude is None) != (self.longitude is None):
            raise InvalidInput("a point on the map has both a latitude and a longitude: give both or none")
        for name, degrees, most in (("latitude", self.latitude, 90), ("longitude", self.longitude, 180)):
            if degrees is None:
                continue
            if not degrees.is_finite() or abs(degrees) > most or degrees != round(degrees, 7):
                raise InvalidInput(f"{name} {degrees}: give degrees from -{most} to {most} with at most 7 decimals")


@frozen
class Picture:
    """A picture that is kept by its digest (SHA-256, 64 hexadecimal digits); ``suffix`` is jpg, png or webp."""

    digest: str
    suffix: str
    caption: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a digest that is none, since it becomes the name of a file."""
        if len(self.digest) != 64 or not set(self.digest) <= set("0123456789abcdef"):  # noqa: PLR2004 - SHA-256
            raise InvalidInput("a picture is named by its SHA-256, 64 hexadecimal digits")
        if self.suffix not in ("jpg", "png", "webp"):
            raise InvalidInput(f"picture of kind {self.suffix[:20]!r}: jpg, png and webp are shown")

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.digest}.{self.suffix}"


@frozen
class Listing:
    """The offer of one unit by the month; text and price are ours, portals hold copies.

    ``rent`` is a month's, ``deposit`` what is asked beside it (None: none). ``available_from`` None is at once.
    ``status_at`` is when it came to be as it is; ``status_reason`` why, for the landlord. ``version`` grows with each
    change.
    """

    portfolio_id: PortfolioId
    listing_id: ListingId
    property_id: PropertyId
    unit_id: UnitId
    created_at: datetime = field(converter=require_instant)
    status: ListingStatus
    status_at: datetime = field(converter=require_instant)
    texts: tuple[ListingText, ...] = ()
    rent: Money | None = None
    deposit: Money | None = None
    place: ListingPlace | None = None
    category: str = ""
    pictures: tuple[Picture, ...] = ()
    available_from: date | None = None
    status_reason: str = ""
    version: int = 1

    def __attrs_post_init__(self) -> None:
        """Refuse what contradicts itself; what merely lacks is told by ``completeness``."""
        locales = [it.locale for it in self.texts]
        if len(set(locales)) != len(locales):
            raise InvalidInput(f"listing {self.listing_id}: one text a locale")
        if len(self.pictures) > MOST_PICTURES:
            raise InvalidInput(f"listing {self.listing_id}: {MOST_PICTURES} pictures at most, not {len(self.pictures)}")
        if len({it.digest for it in self.pictures}) != len(self.pictures):
            raise InvalidInput(f"listing {self.listing_id}: a picture is there twice")
        if self.rent is not None and not self.rent.is_positive:
            raise InvalidInput(f"listing {self.listing_id}: a rent is above zero")
        if self.rent is not None and self.deposit is not None and self.rent.currency != self.deposit.currency:
            raise InvalidInput(f"listing {self.listing_id}: rent and deposit are in one currency")

    def text(self, locale: str) -> ListingText | None:
        """The text in a language."""
        return next((it for it in self.texts if it.locale == locale), None)

    def at_version(self, version: int) -> Listing:
        """The same at another version: to compare what is offered."""
        return evolve(self, version=version)
