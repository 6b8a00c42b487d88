"""A street of houses and the portal on which they are let, with everything between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from attrs import define, evolve, field

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import PersonRecorded, PropertyRecorded, UnitRecorded
from marketplace_core.domain.identifiers import CommandId, ListingId, PersonId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.listings.applications import Application
from marketplace_core.domain.listings.completeness import ListingRules
from marketplace_core.domain.listings.copies import ListingCopy, PortalFields
from marketplace_core.domain.listings.decisions import Authority
from marketplace_core.domain.listings.listing import Listing, ListingPlace, ListingText
from marketplace_core.domain.listings.records import Applicant, BookingStatus
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_property.progress import SyncRun
from marketplace_core.domain.party import Person, Property, Unit
from marketplace_core.errors import NotFound
from marketplace_core.ports.listings.listing_portal import ListingPortal
from marketplace_core.ports.listings.pictures import Pictures
from marketplace_core.services.leases import ChangeLease
from marketplace_core.services.listings.adopting import AdoptEdits
from marketplace_core.services.listings.bridging import BridgeListings, BridgeOutcome, DiffListings
from marketplace_core.services.listings.confirming import ConfirmApplication
from marketplace_core.services.listings.drafting import DraftRule
from marketplace_core.services.listings.importing import ImportBookings
from marketplace_core.services.listings.letting import MarkLet
from marketplace_core.services.listings.working import ChangeListing, DraftListing, ListingTerms
from marketplace_core.services.memory_outside_property import MemorySyncProgress
from marketplace_core.testing.clocks import FixedClock
from marketplace_core.testing.contracts.listing_life import PLACE
from marketplace_core.testing.memory import MemoryBooks
from marketplace_core.testing.portal import MemoryPictures, MemoryPortal

OWN = PortfolioId("p1")
SYSTEM = "cocorico"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MORNING = datetime(2026, 1, 5, 8, tzinfo=UTC)
ADMIN, LANDLORD = Authority(may_moderate=True), Authority()
LANDLORDS = ("asha@example.org", "baraka@example.org")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
JUMA = Applicant("", "Juma Were", "juma@example.org", "+254 712 345678", email_verified=True, phone_verified=True)


class Killed(BaseException):
    """The process ends here."""


@define
class Killer:
    """Ends the process at the n-th call of a port, before it does anything or after it did; None: never."""

    at: int | None = None
    is_after: bool = False
    calls: int = 0

    def watch(self, target: Any) -> Any:  # noqa: ANN401 - any port
        """The same port, each of whose calls counts."""
        return _Watched(target, self)

    def call(self, do: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the port gives
        """One call."""
        self.calls += 1
        is_now = self.calls == self.at
        if is_now and not self.is_after:
            raise Killed
        try:
            return do()
        finally:
            if is_now:
                raise Killed


class _Watched:
    def __init__(self, target: Any, killer: Killer) -> None:  # noqa: ANN401 - any port
        self._target, self._killer = target, killer

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the port has
        found = getattr(self._target, name)
        if not callable(found):
            return found
        return lambda *given, **named: self._killer.call(lambda: found(*given, **named))


@define
class Street:
    """Houses of one unit each, u1 to un; landlords have e-mail addresses and accounts on the portal."""

    houses: int = 3
    books: MemoryBooks = field(factory=lambda: MemoryBooks.with_portfolio(OWN))
    portal: MemoryPortal = field(factory=MemoryPortal)
    pictures: Pictures = field(factory=MemoryPictures)
    progress: MemorySyncProgress = field(factory=MemorySyncProgress)
    clock: FixedClock = field(factory=lambda: FixedClock(MORNING))
    rule: DraftRule = field(factory=DraftRule)
    steps: int = 0

    def __attrs_post_init__(self) -> None:
        people = [Person(PersonId(f"l{n}"), f"Landlord {n}", email=it) for n, it in enumerate(LANDLORDS)]
        facts: list[Any] = [PersonRecorded(OWN, it) for it in people]
        for n in range(1, self.houses + 1):
            house = Property(OWN, PropertyId(f"h{n}"), f"House {n}", people[n % 2].person_id)
            facts += [PropertyRecorded(house), UnitRecorded(Unit(OWN, UnitId(f"u{n}"), house.property_id, f"A{n}"))]
        self.books.record(self.command(), facts)
        for it in LANDLORDS:
            self.portal.by_hand.add_account(it)

    def command(self, reason: str = "asked for") -> Command:
        """The next command."""
        self.steps += 1
        return Command(CommandId(f"c{self.steps:06d}"), OWN, "test", "person:asha", self.clock.now(), reason)

    def later(self, by: timedelta = HOUR) -> None:
        """Let time pass, here and there."""
        self.clock.instant += by
        self.portal.now = self.clock.instant

    @property
    def change(self) -> ChangeListing:
        """What moves listings on."""
        return ChangeListing(self.books, self.books, self.books, ListingRules(fewest_pictures=0))

    def terms(self, rent: int = 30_000, title: str = "Two rooms by the park", **others: Any) -> ListingTerms:  # noqa: ANN401 - any of them
        """What a complete listing offers."""
        text = ListingText("en", title, "Quiet, with water day and night.", "No loud music.")
        return evolve(ListingTerms((text,), _kes(rent), _kes(rent), PLACE, "flat"), **others)

    def drafted(self, unit: int = 1, rent: int = 30_000, **others: Any) -> ListingId:  # noqa: ANN401 - any of them
        """A complete draft."""
        draft = DraftListing(self.books, self.books)
        return draft(self.command(), UnitId(f"u{unit}"), self.terms(rent, **others)).listing.listing_id

    def approved(self, unit: int = 1, rent: int = 30_000, **others: Any) -> ListingId:  # noqa: ANN401 - any of them
        """An approved listing."""
        listing_id = self.drafted(unit, rent, **others)
        self.submit(listing_id)
        return listing_id

    def submit(self, listing_id: ListingId) -> None:
        """Submit and approve a listing."""
        self.change.submit(self.command(), listing_id, LANDLORD)
        self.change.approve(self.command(), listing_id, ADMIN)

    def edit(self, listing_id: ListingId, authority: Authority = ADMIN, **terms: Any) -> Listing:  # noqa: ANN401 - any of them
        """Offer otherwise."""
        return self.change.edit(self.command(), listing_id, lambda it: evolve(it, **terms), authority).listing

    def listing(self, listing_id: ListingId) -> Listing:
        """A listing as it stands."""
        return self.books.listing_file(OWN, listing_id).listing

    def bridge(self, killer: Killer | None = None, *, command: Command | None = None, **how: Any) -> BridgeOutcome:  # noqa: ANN401 - any of them
        """Bring the portal in step."""
        watch: Callable[[Any], Any] = killer.watch if killer else lambda it: it
        bridge = BridgeListings(
            watch(self.books),
            watch(self.books),
            cast("ListingPortal", _renders(self.portal, watch(self.portal))),
            self.pictures,
            self.books,
            self.clock,
            SYSTEM,
        )
        return bridge(command or self.command(), **how)

    def published(self, unit: int = 1, rent: int = 30_000, **others: Any) -> ListingId:  # noqa: ANN401 - any of them
        """A listing that is on the portal."""
        listing_id = self.approved(unit, rent, **others)
        self.bridge()
        return listing_id

    def copy(self, listing_id: ListingId) -> ListingCopy:
        """The copy of a listing as we know it, or NotFound."""
        found = self.books.copies(OWN, SYSTEM, [listing_id])
        if not found:
            raise NotFound(f"listing {listing_id} has no copy")
        return found[0]

    def there(self, listing_id: ListingId) -> PortalFields:
        """What stands there of a listing."""
        return self.portal.listing(self.copy(listing_id).external_id).fields

    @property
    def diff(self) -> DiffListings:
        """What shows drift."""
        return DiffListings(self.books, self.books, self.portal, self.books, SYSTEM)

    @property
    def adopt(self) -> AdoptEdits:
        """What takes edits there over."""
        return AdoptEdits(self.books, self.books, self.portal, self.books, SYSTEM)

    def importer(self, killer: Killer | None = None, **how: Any) -> ImportBookings:  # noqa: ANN401 - any of them
        """What brings bookings."""
        watch: Callable[[Any], Any] = killer.watch if killer else lambda it: it
        return ImportBookings(
            watch(self.portal),
            watch(self.books),
            self.books,
            self.books,
            self.books,
            watch(self.books),
            self.books,
            watch(self.progress),
            self.clock,
            SYSTEM,
            self.rule,
            **how,
        )

    def bring(
        self,
        killer: Killer | None = None,
        *,
        whole: bool = False,
        command: Command | None = None,
        accept_gone: bool = False,
        page_size: int = 500,
    ) -> SyncRun:
        """Bring bookings and settle them."""
        importer = self.importer(killer, accept_gone=accept_gone, page_size=page_size)
        return importer(command or self.command(), whole=whole)

    def mark_let(self) -> Mapping[str, int]:
        """Mark what is let."""
        return MarkLet(self.books, self.books, self.books, self.books, self.clock)(self.command())

    def book(
        self,
        listing_id: ListingId,
        starts_on: date = date(2026, 3, 1),
        last_day: date = date(2026, 8, 31),
        status: BookingStatus = BookingStatus.ACCEPTED,
        applicant: Applicant = JUMA,
        visitor_id: str = "",
    ) -> str:
        """Somebody books there; the booking's id."""
        visitor = visitor_id or self.portal.by_hand.add_visitor(applicant)
        external_id = self.copy(listing_id).external_id
        return self.portal.by_hand.add_booking(external_id, visitor, starts_on, last_day, status)

    def application(self, booking_id: str) -> Application:
        """The application of a booking."""
        (found,) = [it for it in self.books.applications(OWN) if it.external_id == booking_id]
        return found

    def confirm(self, booking_id: str, person_id: PersonId | None) -> Application:
        """A person says who the tenant is."""
        confirm = ConfirmApplication(self.importer().settle)
        return confirm(self.command(), self.application(booking_id).application_id, person_id)

    def leases(self, *statuses: LeaseStatus) -> list[Lease]:
        """The leases, of some statuses where named."""
        return [it for it in self.books.leases(OWN) if not statuses or it.status in statuses]

    def activate(self, booking_id: str) -> Lease:
        """Activate the lease of a booking."""
        lease_id = self.application(booking_id).lease_id
        assert lease_id is not None
        return ChangeLease(self.books).activate(self.command(), lease_id, self.books)

    def book_and_bring(self) -> str:
        """A booking of the third house by somebody unverified, brought; its id."""
        booked = self.book(self.published(3), applicant=Applicant("", "Somebody", "s@example.org"))
        self.later()
        self.bring()
        return booked

    def known(self, person_id: str, name: str, *phones: str, email: str = "") -> PersonId:
        """Somebody known here."""
        person = Person(PersonId(person_id), name, phones, email)
        self.books.record(self.command(), [PersonRecorded(OWN, person)])
        return person.person_id


class _Rendering:
    """The portal, of which rendering and choosing ids are no calls outside."""

    def __init__(self, portal: MemoryPortal, watched: Any) -> None:  # noqa: ANN401 - a watched portal
        self.render, self.choose_id = portal.render, portal.choose_id
        self.look, self.put, self.place_picture = watched.look, watched.put, watched.place_picture


def _renders(portal: MemoryPortal, watched: Any) -> Any:  # noqa: ANN401 - a watched portal
    return _Rendering(portal, watched)


def _kes(amount: int) -> Money:
    return Money(amount * 100, KES)


def place_of(city: str) -> ListingPlace:
    """Somewhere else."""
    return evolve(PLACE, city=city)
