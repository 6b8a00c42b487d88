"""The fields of a copy on this portal: their names, and how they are kept there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace_core.domain.listings.copies import PortalState
from marketplace_core.errors import PartnerDrift

PRICE, CATEGORY, PICTURES = "price", "category", "pictures"
COUNTRY, CITY, POSTAL_CODE = "country", "city", "postal_code"
STREET, STREET_NUMBER, ADDRESS = "street", "street_number", "address"
LATITUDE, LONGITUDE = "latitude", "longitude"
TITLE, DESCRIPTION, RULES = "title", "description", "rules"
BETWEEN: Final = "/"
"""Between names of pictures, and between ids of categories: neither has it in it."""
LOCATION_COLUMNS: Final[Mapping[str, str]] = {
    COUNTRY: "country",
    CITY: "city",
    POSTAL_CODE: "zip",
    STREET: "route",
    STREET_NUMBER: "street_number",
}
POINT: Final = frozenset({COUNTRY, CITY, POSTAL_CODE, STREET, STREET_NUMBER, ADDRESS, LATITUDE, LONGITUDE})
"""Where any of these differs the listing is put on another point: points are shared and never edited."""
OFFERED: Final = 1
"""The status NEW: made there, and shown by its owner whenever they like."""
STATUS_OF: Final[Mapping[str, int]] = {
    PortalState.LIVE: 2,
    PortalState.REFUSED: 3,
    PortalState.LET: 4,
    PortalState.GONE: 5,
    PortalState.PENDING: 6,
    "new": OFFERED,
}
_STATE_OF: Final = {status: str(state) for state, status in STATUS_OF.items()}


def state_of(status: int, listing_id: int) -> str:
    """What a status there is to us; PartnerDrift for one that we do not know."""
    try:
        return _STATE_OF[status]
    except KeyError:
        raise PartnerDrift(
            f"listing {listing_id} there has the status {status}, which we do not know: nothing is told to the portal"
            " until this package knows it"
        ) from None


def translated(name: str, locale: str) -> str:
    """The field of a text in a locale."""
    return f"{name}.{locale}"
