"""What anybody may see of published listings, and what they may ask."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from attrs import field, frozen
from msgspec import Meta

from marketplace_core.domain.listings.public import PublicListing, PublicPage, PublicSearch, PublicSort
from marketplace_core.domain.listings.records import Applicant
from marketplace_core.domain.money import Currency
from marketplace_core.domain.money import Money as Exact
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import InvalidInput
from marketplace_entrypoints.http.bounded import CurrencyCode, Cursor, Instant
from marketplace_entrypoints.http.schema_org import schema_org
from marketplace_entrypoints.http.shapes.money import Money
from marketplace_entrypoints.http.shapes.places import ListingTextShape, PlaceShape

SearchWords = Annotated[str, Meta(max_length=200, description="Words that must all be in a title or description.")]
Rent = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?$",
        examples=["15000.00"],
        description="A month's rent in the currency that is named.",
    ),
]
Contact = Annotated[str, Meta(max_length=254)]
Question = Annotated[str, Meta(min_length=1, max_length=5_000)]
AskerName = Annotated[str, Meta(min_length=1, max_length=200)]


@frozen
class PortalSearch:
    """What is looked for; what is left out does not matter."""

    q: SearchWords = ""
    city: Annotated[str, Meta(max_length=200, description="In this city, as it is written.")] = ""
    kind: UnitKind | None = None
    category: Annotated[str, Meta(max_length=200)] = ""
    rent_from: Rent | None = None
    rent_to: Rent | None = None
    currency: CurrencyCode | None = None
    available_on: date | None = None
    sort: PublicSort = PublicSort.NEWEST
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    after: Cursor | None = None

    def search(self) -> PublicSearch:
        """What the store is asked; ``InvalidInput`` for a rent without its currency."""
        if (self.rent_from or self.rent_to) and not self.currency:
            raise InvalidInput("rents are looked for in one currency: name it with currency")
        return PublicSearch(
            self.q,
            self.city,
            self.kind,
            self.category,
            self._rent(self.rent_from),
            self._rent(self.rent_to),
            self.available_on,
            self.sort,
            self.limit,
            self.after or "",
        )

    def _rent(self, text: str | None) -> Exact | None:
        return Exact.parse(text, Currency.of(self.currency)) if text and self.currency else None


@frozen
class PortalListing:
    """A published listing; ``rent`` is a month's, ``schema_org`` the same as JSON-LD for a page's head."""

    listing_id: str
    kind: UnitKind
    category: str
    texts: tuple[ListingTextShape, ...]
    place: PlaceShape
    rent: Money
    deposit: Money | None
    pictures: tuple[str, ...]
    available_from: date | None
    published_at: Instant
    changed_at: Instant
    schema_org: dict[str, Any]

    @classmethod
    def of(cls, it: PublicListing, server: str) -> PortalListing:
        """The shape of a listing; ``pictures`` are paths below the server's address."""
        return cls(
            it.listing_id,
            it.kind,
            it.category,
            tuple(map(ListingTextShape.of, it.texts)),
            PlaceShape.of(it.place),
            Money.of(it.rent),
            Money.of(it.deposit) if it.deposit else None,
            tuple(f"/portal/pictures/{name}" for name in it.pictures),
            it.available_from,
            it.published_at,
            it.changed_at,
            schema_org(it, server),
        )


@frozen
class PortalPage:
    """A page of published listings; ``next`` is the ``after`` of the next one."""

    listings: tuple[PortalListing, ...]
    next: str | None

    @classmethod
    def of(cls, it: PublicPage, server: str) -> PortalPage:
        """The shape of a page."""
        return cls(tuple(PortalListing.of(one, server) for one in it.listings), it.next_after)


@frozen
class PortalInquiry:
    """Who asks, how they can be answered (a phone, an e-mail address, or both), and what they want to know."""

    name: AskerName = field(repr=False)
    text: Question = field(repr=False)
    phone: Contact = field(default="", repr=False)
    email: Contact = field(default="", repr=False)

    @property
    def applicant(self) -> Applicant:
        """Who asks."""
        return Applicant("", self.name, self.email, self.phone)


@frozen
class PortalInquiryTaken:
    """The inquiry is kept, and the landlord is told of it."""

    received: bool
