"""Texts, places and pictures of listings, the same to all who see them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from marketplace_core.domain.listings.listing import ListingPlace, ListingText
from marketplace_core.errors import InvalidInput
from marketplace_entrypoints.http.bounded import Words

Locale = Annotated[str, Meta(pattern="^[a-z]{2}$", examples=["en"], description="A language, ISO 639-1.")]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=10_000)]
CountryCode = Annotated[str, Meta(pattern="^[A-Z]{2}$", examples=["KE"], description="ISO 3166-1.")]
Degrees = Annotated[
    str,
    Meta(pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,7})?$", examples=["-1.2921"], description="Degrees, as a decimal number."),
]


@frozen
class ListingTextShape:
    """What is said of a unit in one language."""

    locale: Locale
    title: Title
    description: Text = ""
    rules: Text = ""

    @classmethod
    def of(cls, it: ListingText) -> ListingTextShape:
        """The shape of a text."""
        return cls(it.locale, it.title, it.description, it.rules)

    def exact(self) -> ListingText:
        """The text."""
        return ListingText(self.locale, self.title, self.description, self.rules)


@frozen
class PlaceShape:
    """Where it is, as precisely as the public may know; both degrees or none."""

    country: CountryCode
    city: Words
    area: Words = ""
    street: Words = ""
    street_number: Words = ""
    postal_code: Words = ""
    latitude: Degrees | None = None
    longitude: Degrees | None = None

    @classmethod
    def of(cls, it: ListingPlace) -> PlaceShape:
        """The shape of a place."""
        return cls(
            it.country,
            it.city,
            it.area,
            it.street,
            it.street_number,
            it.postal_code,
            degrees_text(it.latitude),
            degrees_text(it.longitude),
        )

    def exact(self) -> ListingPlace:
        """The place."""
        return ListingPlace(
            self.country,
            self.city,
            self.area,
            self.street,
            self.street_number,
            self.postal_code,
            degrees_of(self.latitude),
            degrees_of(self.longitude),
        )


def degrees_text(value: Decimal | None) -> str | None:
    """Degrees as answers write them."""
    return None if value is None else f"{value:f}"


def degrees_of(text: str | None) -> Decimal | None:
    """Degrees as they were written; ``InvalidInput`` where they are no number."""
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise InvalidInput(f"{text[:40]!r} is no number of degrees: write it such as -1.2921") from None
