"""Listings of the furnished house: of each lease's neighbourhood one in every state that an operation needs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from litestar import Litestar
from litestar.testing import TestClient
from tests.unit.http.house import BOOK, NOW, OTHER, House, bearer

from marketplace_core.domain.access import Reach
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CommandId, ListingId, PortfolioId
from marketplace_core.domain.listings.applications import application_id_of, take_booking
from marketplace_core.domain.listings.decisions import Authority
from marketplace_core.domain.listings.records import Applicant, BookingStatus, OutsideBooking
from marketplace_core.domain.register import APPLICATIONS, INQUIRIES, LISTINGS

PICTURE: Final = b"RIFF0000WEBP of a home"
SYSTEM: Final = "cocorico"
TOKEN: Final = {"published": "f0", "submitted": "f1", "draft": "f2", "rented": "f3"}
"""The unit of the listing in each state."""


def applicant_of(name: str) -> Applicant:
    """Who booked in a zone; nobody verified their contact."""
    return Applicant(
        f"4{ord(name[0])}{name[1]}",
        f"Booker of {name}",
        f"booker.{name.lower()}@example.org",
        f"07220000{ord(name[1])}",
    )


def furnish_listings(house: House, client: TestClient[Litestar], name: str, own: str) -> dict[str, str]:
    """Make the zone's listings over the API, as its operator; their ids, and a picture's name."""
    found: dict[str, str] = {}
    for state, unit in TOKEN.items():
        unit_id = f"{unit}-{name}"
        _post(
            client,
            "/api/units",
            own,
            {"unit_id": unit_id, "property_id": f"block-{name[0]}", "code": f"{unit} at {name}"},
        )
        found[state] = _offered(client, own, unit_id, f"A home in {state} state {name}")
    for state in ("submitted", "published", "rented"):
        _post(client, f"/api/listings/{found[state]}/submit", own)
    for state in ("published", "rented"):
        _post(client, f"/api/listings/{found[state]}/approve", own)
    portfolio_id = PortfolioId(own)
    command = Command(CommandId(f"publish-{name}"), portfolio_id, "listing.publish", "system", NOW)
    house.parts.listings.bridge(portfolio_id)(command)
    rented = Command(CommandId(f"rented-{name}"), portfolio_id, "listing.rented", "system", NOW)
    change = house.parts.listings.services.change()
    change.mark_rented(rented, ListingId(found["rented"]), Authority(may_moderate=True))
    asks = {"name": f"Asker of {name}", "email": f"asker.{name.lower()}@example.org", "text": f"Is it quiet at {name}?"}
    asked = client.post(f"/portal/listings/{found['published']}/inquiries", json=asks)
    assert asked.status_code == 201, asked.text
    picture = client.get(
        f"/api/listings/{found['published']}", params={"portfolio": own}, headers=bearer("operator")
    ).json()
    return {
        "listing_id": found["published"],
        "submitted_listing_id": found["submitted"],
        "draft_listing_id": found["draft"],
        "rented_listing_id": found["rented"],
        "application_id": _booked(house, name, portfolio_id, ListingId(found["published"])),
        "picture": picture["pictures"][0]["name"],
    }


def _offered(client: TestClient[Litestar], own: str, unit_id: str, title: str) -> str:
    listing_id: str = _post(client, "/api/listings", own, {"unit_id": unit_id})["listing"]["listing_id"]
    picture = client.post(
        f"/api/listings/{listing_id}/pictures",
        params={"portfolio": own},
        content=PICTURE,
        headers={**bearer("operator"), "Content-Type": "image/webp"},
    )
    assert picture.is_success, picture.text
    offer = {
        "texts": [{"locale": "en", "title": title, "description": "Two rooms with a view of the hills."}],
        "rent": {"amount": "27111.00", "currency": "KES"},
        "place": {"country": "KE", "city": "Nairobi", "latitude": "-1.2921", "longitude": "36.8219"},
        "pictures": picture.json()["pictures"],
    }
    done = client.put(f"/api/listings/{listing_id}", params={"portfolio": own}, json=offer, headers=bearer("operator"))
    assert done.is_success, done.text
    return listing_id


def _booked(house: House, name: str, own: PortfolioId, listing_id: ListingId) -> str:
    """A booking of the published listing that waits for a person to say whose it is."""
    unit_id = house.books.listing_file(own, listing_id).listing.unit_id
    first = date(2027, 1, 1)
    told = OutsideBooking(
        f"b-{name}", "1", BookingStatus.ACCEPTED, first, first + timedelta(days=90), applicant_of(name), NOW, NOW
    )
    application_id = application_id_of(own, SYSTEM, told.external_id)
    house.books.change_application(
        own, application_id, lambda known: take_booking(known, told, own, SYSTEM, listing_id, unit_id)
    )
    return application_id


def listing_marks(name: str) -> set[str]:
    """What tells of who asks and books in a zone, and of what is not published there."""
    booker = applicant_of(name)
    found = {booker.name, booker.email, booker.phone, f"Asker of {name}", f"asker.{name.lower()}@example.org"}
    found |= {f"Is it quiet at {name}?", f"b-{name}"}
    return found | {f"A home in {state} state {name}" for state in TOKEN if state != "published"}


def listing_state(house: House) -> object:
    """All that a write could change, to be compared."""
    books, whole = house.books, [Reach(one, is_whole=True) for one in (BOOK, OTHER)]
    return [[books.page(it, kind).entries for kind in (LISTINGS, APPLICATIONS, INQUIRIES)] for it in whole]


def _post(client: TestClient[Litestar], path: str, own: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    found = client.post(path, params={"portfolio": own}, json=body or {}, headers=bearer("operator"))
    assert found.is_success, (path, found.text)
    return found.json()
