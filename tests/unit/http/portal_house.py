"""The house whose first book is shown on a portal in memory too, and jobs done as a worker does them."""

from __future__ import annotations

from datetime import date, timedelta
from threading import RLock
from typing import Any

from attrs import evolve, field, frozen
from litestar import Litestar
from litestar.testing import TestClient
from tests.unit.http.condo_house import ToldCare
from tests.unit.http.house import BOOK, NOW, House, bearer, make_house

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import PersonRecorded, PropertyRecorded, UnitRecorded
from marketplace_core.domain.identifiers import CommandId, ListingId, PersonId, PropertyId, UnitId
from marketplace_core.domain.jobs import Job, JobRequest, JobState
from marketplace_core.domain.listings.records import Applicant, BookingStatus
from marketplace_core.domain.party import Person, Property, Unit
from marketplace_core.services.memory_outside_property.progress import MemorySyncProgress
from marketplace_core.services.run_jobs import RunNextJob
from marketplace_core.testing.portal import MemoryPortal
from marketplace_entrypoints.cocorico_settings import CocoricoSettings
from marketplace_entrypoints.composition_cocorico import PortalOutside
from marketplace_entrypoints.http.app import build_app
from marketplace_entrypoints.http.resources.all import OPERATIONS
from marketplace_entrypoints.listing_settings import ListingSettings
from marketplace_entrypoints.our_listings import OurListings
from marketplace_entrypoints.property_metrics import portal_collector
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.worker.portal_kinds import PortalKinds

PICTURE = b"RIFF0000WEBP of a home"
LANDLORD = "landlady@example.org"
_PATIENCE = 40
"""So often is looked for a job before there is none: each look is a second later."""
OFFER: dict[str, Any] = {
    "texts": [{"locale": "en", "title": "Two rooms in the hills", "description": "Quiet, with a view of the hills."}],
    "rent": {"amount": "30000.00", "currency": "KES"},
    "deposit": {"amount": "60000.00", "currency": "KES"},
    "place": {"country": "KE", "city": "Nairobi", "latitude": "-1.2921", "longitude": "36.8219"},
}


@frozen
class PortalHouse:
    """A house whose first book is shown on a portal outside too."""

    house: House
    portal: MemoryPortal
    care: ToldCare
    ours: OurListings
    dead: list[Job] = field(factory=list[Job])

    def work(self) -> list[Job]:
        """Do every job that is due, or soon will be; the dead ones."""
        work, clock = self.house.parts.store.work, self.house.parts.clock
        assert work is not None
        run = RunNextJob(work, clock, PortalKinds(self.ours, "service:worker").handlers(), lambda: 0)
        worker, idle = work.enlist(), 0
        while idle < _PATIENCE:
            idle = 0 if run(worker) is not None else idle + 1
        return list(work.jobs(JobState.DEAD))

    def ask(self, kind: str) -> None:
        """Ask for a job of the installation, as the schedule does."""
        work = self.house.parts.store.work
        assert work is not None
        work.enqueue(JobRequest(kind, f"{kind}/asked", self.house.parts.clock.now()))

    def book(self, listing_id: str, first: date, days: int = 365, *, verified: bool = True) -> str:
        """Somebody books the copy of a listing, and the landlord accepts; the booking's id there."""
        (copy,) = self.ours.copies_of(self.house.books.listing_file(BOOK, ListingId(listing_id)).listing)
        number = len(self.portal.visitors)
        who = Applicant(
            "", f"Visitor {number}", f"visitor.{number}@example.org", f"+25471100010{number}", verified, verified
        )
        visitor = self.portal.by_hand.add_visitor(who)
        last = first + timedelta(days=days - 1)
        return self.portal.by_hand.add_booking(copy.external_id, visitor, first, last, BookingStatus.ACCEPTED)


def make_portal_house(*, cache: int = 0) -> PortalHouse:
    """The house with free units in block A, whose landlady has an account on the portal."""
    settings = Settings(
        listing_portal="cocorico",
        public_url="https://rent.example.org",
        listings=ListingSettings(cache=cache),
        cocorico=CocoricoSettings(portfolios=(BOOK,), currency="KES"),
    )
    house = make_house(settings=settings, step=timedelta(seconds=1))
    command = Command(CommandId("free-units"), BOOK, "fill", "system", NOW - timedelta(days=30))
    landlady = Person(PersonId("landlady"), "Halima Odhiambo", ("254722000009",), LANDLORD, "88880008")
    house.books.record(
        command,
        [
            PersonRecorded(BOOK, landlady),
            PropertyRecorded(Property(BOOK, PropertyId("block-A"), "Block A", landlady.person_id)),
            *(UnitRecorded(Unit(BOOK, UnitId(f"free-{it}"), PropertyId("block-A"), f"F{it}")) for it in range(4)),
        ],
    )
    portal, care = MemoryPortal(now=NOW), ToldCare()
    portal.by_hand.add_account(LANDLORD)
    store = evolve(house.parts.store, sync_progress=MemorySyncProgress(RLock()))
    before = house.parts.listings
    outside = PortalOutside(portal, portal, portal, care)
    ours = OurListings(settings, store, house.parts.container, outside, before.given_pictures, house.outbox)
    parts = evolve(house.parts, store=store, listings=ours)
    parts.metrics.registry.register(portal_collector(ours))
    return PortalHouse(evolve(house, parts=parts, app=build_app(parts, OPERATIONS)), portal, care, ours)


def offered(client: TestClient[Litestar], unit_id: str, who: str = "landlord", **other: Any) -> str:  # noqa: ANN401 - JSON
    """A draft listing of a unit with a picture and all that it needs; its id."""
    path = {"portfolio": BOOK}
    made = client.post("/api/listings", params=path, json={"unit_id": unit_id}, headers=bearer(who))
    assert made.status_code == 201, made.text
    listing_id: str = made.json()["listing"]["listing_id"]
    kind = {**bearer(who), "Content-Type": "image/webp"}
    pictured = client.post(f"/api/listings/{listing_id}/pictures", params=path, content=PICTURE, headers=kind)
    assert pictured.status_code == 201, pictured.text
    offer = {**OFFER, "pictures": pictured.json()["pictures"], **other}
    done = client.put(f"/api/listings/{listing_id}", params=path, json=offer, headers=bearer(who))
    assert done.status_code == 200, done.text
    return listing_id


def stepped(client: TestClient[Litestar], listing_id: str, step: str, who: str, reason: str = "") -> Any:  # noqa: ANN401 - JSON
    """A step of a listing's life; the answer."""
    path = f"/api/listings/{listing_id}/{step}"
    return client.post(path, params={"portfolio": BOOK}, json={"reason": reason}, headers=bearer(who))


def approved(client: TestClient[Litestar], unit_id: str, **other: Any) -> str:  # noqa: ANN401 - JSON
    """An approved listing of a unit; its id."""
    listing_id = offered(client, unit_id, **other)
    assert stepped(client, listing_id, "submit", "landlord").status_code == 200
    done = stepped(client, listing_id, "approve", "admin")
    assert done.status_code == 200, done.text
    return listing_id
