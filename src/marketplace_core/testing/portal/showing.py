"""What the fake portal shows of a listing, with the limits of a real one: titles, characters, and prices of a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from marketplace_core.domain.listings.copies import OWNER, STATE, PortalFields, PortalOffer, PortalState, Rendered
from marketplace_core.domain.listings.listing import Listing, ListingText
from marketplace_core.domain.money import Currency
from marketplace_core.errors import InvalidInput

LONGEST_TITLE: Final = 50
MOST_CENTS: Final = 99_999_999
_DAYS: Final = 30
_PLACE: Final = ("country", "city", "area", "street", "street_number", "postal_code")


def rendered(offer: PortalOffer, locales: Sequence[str], currency: Currency) -> Rendered:
    """The fields of the copy; ``InvalidInput`` says what cannot be shown."""
    listing = offer.listing
    place = listing.place
    if place is None or place.latitude is None:
        raise InvalidInput("the portal puts listings on a map: give the place with its latitude and longitude")
    fields = {
        STATE: str(offer.state),
        OWNER: offer.landlord_email.strip().lower(),
        "price": str(_day_cents(listing, currency)),
        "category": listing.category,
        "pictures": "/".join(it.name for it in listing.pictures),
        **{name: _held(getattr(place, name)) for name in _PLACE},
        "point": f"{place.latitude},{place.longitude}",
    }
    findings: list[str] = []
    for locale in locales:
        text = listing.text(locale) or next(iter(listing.texts), None)
        if text is None:
            raise InvalidInput("the listing has no text in any language: give title and description")
        fields[f"title.{locale}"] = _short(_held(text.title))
        fields[f"description.{locale}"] = _held(text.description)
        fields[f"rules.{locale}"] = _held(text.rules)
        findings.extend(_findings(text, locale))
    return Rendered(fields, tuple(findings))


def require_held(fields: PortalFields) -> None:
    """Refuse what the tables of a real one refuse."""
    for name, text in fields.items():
        if any(it > "\uffff" for it in text):
            raise InvalidInput(f"{name}: the portal holds no characters such as emoji")
        if name.startswith("title.") and not 0 < len(text) <= LONGEST_TITLE:
            raise InvalidInput(f"{name}: 1 to {LONGEST_TITLE} characters, not {len(text)}")
    if not fields["price"].isascii() or not fields["price"].isdigit() or int(fields["price"]) > MOST_CENTS:
        raise InvalidInput(f"price {fields['price'][:20]}: at most {MOST_CENTS} cents a day")
    if fields[STATE] not in list(PortalState):
        raise InvalidInput(f"state {fields[STATE][:20]} is none")


def _day_cents(listing: Listing, currency: Currency) -> int:
    rent = listing.rent
    if rent is None:
        raise InvalidInput("the portal shows a price, and the listing has no rent: give what a month costs")
    if rent.currency != currency:
        raise InvalidInput(
            f"the rent is in {rent.currency.code}, and the portal knows {currency.code} alone: leave it off this portal"
        )
    cents = (rent.amount_minor * 100 * 2 + currency.scale * _DAYS) // (2 * currency.scale * _DAYS)
    if cents > MOST_CENTS:
        raise InvalidInput(f"a rent of {rent} is more than 999,999.99 a day: leave it off this portal")
    return max(cents, 1)


def _held(text: str) -> str:
    return "".join(it for it in text if it <= "\uffff").strip()


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"


def _findings(text: ListingText, locale: str) -> Iterator[str]:
    if text.locale != locale:
        yield f"no text in {locale}: the portal shows the one in {text.locale}"
    if len(_held(text.title)) > LONGEST_TITLE:
        yield f"title in {locale}: cut to {LONGEST_TITLE} characters"
    if any(it > "\uffff" for it in text.title + text.description + text.rules):
        yield f"texts in {locale}: characters that the portal cannot hold, such as emoji, are left out"
