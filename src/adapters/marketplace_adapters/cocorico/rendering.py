"""What the portal would show of a listing, with its limits applied and told."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace_adapters.cocorico.fields import (
    ADDRESS,
    BETWEEN,
    CATEGORY,
    CITY,
    COUNTRY,
    DESCRIPTION,
    LATITUDE,
    LONGITUDE,
    PICTURES,
    POSTAL_CODE,
    PRICE,
    RULES,
    STREET,
    STREET_NUMBER,
    TITLE,
    translated,
)
from marketplace_adapters.cocorico.prices import day_cents
from marketplace_adapters.cocorico.server import CocoricoServer
from marketplace_adapters.cocorico.texts import body_of, held, short, title_of
from marketplace_core.domain.listings.copies import OWNER, STATE, PortalOffer, Rendered
from marketplace_core.domain.listings.listing import Listing, ListingPlace, ListingText
from marketplace_core.errors import InvalidInput


def rendered(offer: PortalOffer, server: CocoricoServer) -> Rendered:
    """The fields of the copy; InvalidInput says what the portal cannot show."""
    listing = offer.listing
    if not offer.landlord_email.strip():
        raise InvalidInput("the landlord has no e-mail address, by which the portal knows its users: give one")
    findings = list[str]()
    fields = {
        STATE: str(offer.state),
        OWNER: offer.landlord_email.strip().lower(),
        PRICE: str(day_cents(listing.rent, server)),
        CATEGORY: _category(listing, server),
        PICTURES: BETWEEN.join(it.name for it in listing.pictures),
        **_place(listing.place),
    }
    for locale in server.locales:
        text = _text(listing, locale)
        fields |= {
            translated(TITLE, locale): title_of(text.title),
            translated(DESCRIPTION, locale): body_of(text.description),
            translated(RULES, locale): body_of(text.rules),
        }
        findings += _findings(text, locale)
        if not fields[translated(TITLE, locale)]:
            raise InvalidInput(f"nothing of the title in {text.locale} can be shown on the portal: write it in letters")
    return Rendered(fields, tuple(findings))


def _text(listing: Listing, locale: str) -> ListingText:
    text = listing.text(locale) or next(iter(listing.texts), None)
    if text is None:
        raise InvalidInput("the listing has no text in any language: give title and description")
    return text


def _findings(text: ListingText, locale: str) -> Iterator[str]:
    if text.locale != locale:
        yield f"no text in {locale}: the portal shows the one in {text.locale}"
    if held(text.title) != text.title:
        yield f"title in {locale}: characters that the portal cannot hold, such as emoji, are left out"
    if title_of(text.title).endswith("…") and not text.title.endswith("…"):
        yield f"title in {locale}: cut to 50 characters"
    for name, words in (("description", text.description), ("rules", text.rules)):
        if held(words) != words:
            yield f"{name} in {locale}: characters that the portal cannot hold, such as emoji, are left out"


def _category(listing: Listing, server: CocoricoServer) -> str:
    if not listing.category and "" not in server.categories:
        return ""
    try:
        return str(server.categories[listing.category])
    except KeyError:
        known = ", ".join(sorted(server.categories)) or "none"
        raise InvalidInput(
            f"category {listing.category} has none on the portal: choose one of {known}, or name its id"
            " there in cocorico.categories"
        ) from None


def _place(place: ListingPlace | None) -> dict[str, str]:
    if place is None or place.latitude is None or place.longitude is None:
        raise InvalidInput("the portal puts listings on a map: give the place with its latitude and longitude")
    fields = {
        COUNTRY: place.country,
        CITY: short(place.city, 75),
        POSTAL_CODE: short(place.postal_code, 20),
        STREET: short(place.street, 120),
        STREET_NUMBER: short(place.street_number, 20),
        LATITUDE: f"{place.latitude + 0:.7f}",
        LONGITUDE: f"{place.longitude + 0:.7f}",
    }
    if not fields[CITY]:
        raise InvalidInput("the portal names the city of each listing: give one that it can hold")
    street = " ".join(it for it in (fields[STREET_NUMBER], fields[STREET]) if it)
    parts = (street, fields[CITY], short(place.area, 100), fields[COUNTRY])
    return fields | {ADDRESS: short(", ".join(it for it in parts if it), 255)}
