"""A public listing in the words of schema.org, as JSON-LD: what search engines read beside a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace_core.domain.listings.public import PublicListing
from marketplace_core.domain.party import UnitKind
from marketplace_entrypoints.http.shapes.places import degrees_text

_KINDS: Final[Mapping[UnitKind, str]] = {UnitKind.FLAT: "Apartment", UnitKind.APARTMENT: "Apartment"}
"""What else is let is an ``Accommodation`` to them."""


def schema_org(it: PublicListing, server: str) -> dict[str, Any]:
    """The block of a listing: an ``Apartment`` or ``Accommodation`` with an ``Offer`` by the month.

    ``server`` stands before the addresses of pictures and of the listing; empty, they are relative.
    """
    text = it.texts[0] if it.texts else None
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _KINDS.get(it.kind, "Accommodation"),
        "@id": f"{server}/portal/listings/{it.listing_id}",
        "identifier": it.listing_id,
        "name": text.title if text else "",
        "description": text.description if text else "",
        "image": [f"{server}/portal/pictures/{name}" for name in it.pictures],
        "address": _address(it),
        "offers": _offer(it, server),
    }
    if it.place.latitude is not None:
        found["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": degrees_text(it.place.latitude),
            "longitude": degrees_text(it.place.longitude),
        }
    return found


def _address(it: PublicListing) -> dict[str, str]:
    place = it.place
    street = " ".join(filter(None, (place.street, place.street_number)))
    told = {
        "addressCountry": place.country,
        "addressLocality": place.city,
        "addressRegion": place.area,
        "streetAddress": street,
        "postalCode": place.postal_code,
    }
    return {"@type": "PostalAddress", **{name: text for name, text in told.items() if text}}


def _offer(it: PublicListing, server: str) -> dict[str, Any]:
    price = {"price": it.rent.plain(), "priceCurrency": it.rent.currency.code}
    found: dict[str, Any] = {
        "@type": "Offer",
        "businessFunction": "http://purl.org/goodrelations/v1#LeaseOut",
        "availability": "https://schema.org/InStock",
        "url": f"{server}/portal/listings/{it.listing_id}",
        **price,
        "priceSpecification": {"@type": "UnitPriceSpecification", **price, "unitCode": "MON"},
    }
    if it.available_from is not None:
        found["availabilityStarts"] = it.available_from.isoformat()
    return found
