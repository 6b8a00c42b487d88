"""A season on a street, as its seed has it: both sides act, processes are killed; and what must be true in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from itertools import combinations
from random import Random

from attrs import define, evolve, field
from tests.unit.listings.street import ADMIN, DAY, HOUR, LANDLORD, OWN, SYSTEM, Killed, Killer, Street

from marketplace_core.domain.identifiers import ListingId
from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.listings.copies import DELETED, STATE, PortalState
from marketplace_core.domain.listings.listing import ListingStatus
from marketplace_core.domain.listings.records import Applicant, BookingStatus
from marketplace_core.domain.money import KES, Money
from marketplace_core.errors import MarketplaceError
from marketplace_core.services.leases import ChangeLease
from marketplace_core.testing.portal.tables import BookingRow

FIRST_DAY = date(2026, 2, 1)
STANDING = (LeaseStatus.DRAFT, LeaseStatus.ACTIVE, LeaseStatus.NOTICE, LeaseStatus.ENDED)
_WEIGHTS = {
    "list_house": 6,
    "edit_here": 4,
    "landlord_edits": 2,
    "withdraw": 1,
    "edit_there": 2,
    "hide_or_show_there": 2,
    "delete_listing_there": 0.3,
    "book": 12,
    "change_booking": 8,
    "move_booking": 2,
    "delete_booking": 1,
    "activate": 2,
    "bridge": 4,
    "bring": 5,
    "bring_whole": 1,
    "mark_let": 2,
}


@define
class Season:
    """Sixty houses, forty visitors, some of whom never verified who they are."""

    seed: int
    houses: int = 60
    dice: Random = field(init=False)
    street: Street = field(init=False)
    listings: dict[int, ListingId] = field(factory=dict[int, ListingId])
    rents: defaultdict[ListingId, set[int]] = field(factory=lambda: defaultdict[ListingId, set[int]](set))
    visitors: dict[str, Applicant] = field(factory=dict[str, Applicant])
    bookings: dict[str, tuple[ListingId, str]] = field(factory=dict[str, tuple[ListingId, str]])
    titles_there: dict[str, str] = field(factory=dict[str, str])
    kills: int = 0
    words: int = 0

    def __attrs_post_init__(self) -> None:
        self.dice = Random(self.seed)
        self.street = Street(houses=self.houses)
        for n in range(40):
            phone, email = f"+254 7{n:02d} 000 00{n % 10}", f"visitor{n}@example.org"
            is_sure = n % 4 != 0
            who = Applicant("", f"Visitor {n}", email, phone, email_verified=is_sure and n % 3 == 0)
            who = evolve(who, phone_verified=is_sure and not who.email_verified)
            self.visitors[self.street.portal.by_hand.add_visitor(who)] = who

    def play(self, steps: int) -> None:
        """Half of the houses are offered, so many things happen, then everything comes to rest."""
        for _ in range(self.houses // 2):
            with suppress(MarketplaceError):
                self.list_house()
        self.street.bridge()
        for _ in range(steps):
            self.street.later(self.dice.choice([timedelta(minutes=1), HOUR, 5 * HOUR, DAY]))
            name = self.dice.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))[0]
            does: Callable[[], None] = getattr(self, name)
            with suppress(MarketplaceError):
                does()
        self.settle()

    def settle(self) -> None:
        """Bring everything in step until nothing is left to do."""
        for _ in range(2):
            self.street.later()
            self.street.bring(whole=True, accept_gone=True)
            self.street.mark_let()
            self.street.bridge(whole=True)

    def list_house(self) -> None:
        """A landlord offers a house, and it is approved."""
        n = self.dice.randint(1, self.houses)
        listing_id = self.listings.get(n)
        if listing_id is None:
            rent = self.dice.randint(5, 60) * 1_000
            self.listings[n] = listing_id = self.street.drafted(n, rent)
            self.rents[listing_id].add(rent)
        elif self.street.listing(listing_id).status is ListingStatus.RENTED:
            self.street.change.reopen(self.street.command(), listing_id, ADMIN)
            return
        if self.street.listing(listing_id).status is not ListingStatus.SUBMITTED:
            self.street.change.submit(self.street.command(), listing_id, LANDLORD)
        self.street.change.approve(self.street.command(), listing_id, ADMIN)

    def edit_here(self) -> None:
        """An admin changes the rent."""
        self._edit(is_admin=True)

    def landlord_edits(self) -> None:
        """A landlord changes the rent: it is to be approved again."""
        self._edit(is_admin=False)

    def withdraw(self) -> None:
        """A landlord takes a listing back."""
        self.street.change.withdraw(self.street.command(), self._listing(), LANDLORD)

    def edit_there(self) -> None:
        """Somebody writes another title there."""
        external_id = self.street.copy(self._listing()).external_id
        self.words += 1
        self.street.portal.by_hand.rewrite_title(external_id, f"Edited there {self.words}")
        self.titles_there[external_id] = f"Edited there {self.words}"

    def hide_or_show_there(self) -> None:
        """Somebody changes the state there."""
        external_id = self.street.copy(self._listing()).external_id
        self.street.portal.by_hand.set_state(external_id, self.dice.choice([PortalState.LIVE, PortalState.LET]))

    def delete_listing_there(self) -> None:
        """An operator deletes a listing, and its bookings with it."""
        external_id = self.street.copy(self._listing()).external_id
        self.street.portal.by_hand.delete_listing(external_id)
        self.titles_there.pop(external_id, None)

    def book(self) -> None:
        """Somebody books some weeks."""
        listing_id = self._listing()
        visitor = self.dice.choice(list(self.visitors))
        starts_on = FIRST_DAY + self.dice.randint(0, 40) * 7 * DAY
        last_day = starts_on + self.dice.randint(0, 25) * 7 * DAY
        status = self.dice.choice([BookingStatus.ACCEPTED, *BookingStatus])
        booked = self.street.book(listing_id, starts_on, last_day, status, visitor_id=visitor)
        self.bookings[booked] = (listing_id, visitor)

    def change_booking(self) -> None:
        """A booking gets another status."""
        status = self.dice.choice([BookingStatus.ACCEPTED, BookingStatus.CANCELLED, *BookingStatus])
        self.street.portal.by_hand.change_booking(self._booking(), status)

    def move_booking(self) -> None:
        """A booking gets other days."""
        starts_on = FIRST_DAY + self.dice.randint(0, 300) * DAY
        self.street.portal.by_hand.move_booking(self._booking(), starts_on, starts_on + self.dice.randint(0, 100) * DAY)

    def delete_booking(self) -> None:
        """A booking is deleted."""
        self.street.portal.by_hand.delete_booking(self._booking())

    def activate(self) -> None:
        """A person signs a lease that was drafted, be it that a crash left its booking not knowing of it."""
        drafts = sorted(it.lease_id for it in self.street.leases(LeaseStatus.DRAFT))
        if drafts:
            ChangeLease(self.street.books).activate(self.street.command(), self.dice.choice(drafts))

    def bridge(self) -> None:
        """The bridge runs, and may be killed."""
        with suppress(Killed):
            self.street.bridge(self._killer(), whole=self.dice.random() < 0.3)

    def bring(self) -> None:
        """Bookings are brought, and the run may be killed."""
        with suppress(Killed):
            self.street.bring(self._killer(), page_size=self.dice.choice([3, 500]))

    def bring_whole(self) -> None:
        """All of them."""
        with suppress(Killed):
            self.street.bring(self._killer(), whole=True, accept_gone=True)

    def mark_let(self) -> None:
        """What is let is marked."""
        self.street.mark_let()

    def _killer(self) -> Killer | None:
        if self.dice.random() < 0.4:
            return None
        self.kills += 1
        return Killer(self.dice.randint(1, 60), is_after=self.dice.random() < 0.5)

    def _edit(self, *, is_admin: bool) -> None:
        listing_id, rent = self._listing(), self.dice.randint(5, 60) * 1_000
        self.street.edit(listing_id, ADMIN if is_admin else LANDLORD, rent=Money(rent * 100, KES))
        self.rents[listing_id].add(rent)

    def _listing(self) -> ListingId:
        return self.dice.choice(list(self.listings.values()) or [ListingId("none")])

    def _booking(self) -> str:
        return self.dice.choice(list(self.bookings) or ["none"])


def broken(season: Season) -> Iterator[str]:
    """What is not as it must be, worked out from what was done and what stands there; nothing where all is well."""
    yield from _double_let(season)
    yield from _wrong_leases(season)
    yield from _wrong_copies(season)
    yield from _not_at_rest(season)


def _double_let(season: Season) -> Iterator[str]:
    of_unit: defaultdict[str, list[Lease]] = defaultdict(list)
    for it in season.street.leases(*STANDING):
        of_unit[it.unit_id].append(it)
    for unit, leases in of_unit.items():
        for one, other in combinations(leases, 2):
            if one.start < (other.end or date.max) and other.start < (one.end or date.max):
                yield f"unit {unit} is let twice: {one.lease_id} and {other.lease_id}"


def _wrong_leases(season: Season) -> Iterator[str]:
    street, made = season.street, set[str]()
    applications = {it.external_id: it for it in street.books.applications(OWN)}
    leases = {it.lease_id: it for it in street.leases()}
    for booked, (listing_id, visitor) in season.bookings.items():
        row = street.portal.booking_rows.get(booked)
        application = applications.get(booked)
        lease = leases.get(application.lease_id) if application and application.lease_id else None
        if lease is not None:
            made.add(lease.lease_id)
            rent = lease.charges[0].rates[0].amount.amount_minor // 100
            if rent not in season.rents[listing_id]:
                yield f"booking {booked}: a rent of {rent} was never the listing's"
            phone = "".join(it for it in season.visitors[visitor].phone if it.isdigit())
            person = street.books.person(OWN, lease.tenant_ids[0])
            if phone not in person.phones and season.visitors[visitor].email != person.email:
                yield f"booking {booked}: {person.name} is not who booked"
        if row is None or row.status is not BookingStatus.ACCEPTED:
            if lease is not None and lease.status is LeaseStatus.DRAFT:
                yield f"booking {booked} is over, and draft {lease.lease_id} stands"
        else:
            yield from _wrong_accepted(season, row, lease, application.trouble if application else "no application")
    for it in street.leases(LeaseStatus.DRAFT, LeaseStatus.ACTIVE):
        if it.lease_id not in made:
            yield f"lease {it.lease_id} is of no booking"


def _wrong_accepted(season: Season, row: BookingRow, lease: Lease | None, trouble: str) -> Iterator[str]:
    listing_id, visitor = season.bookings[row.external_id]
    unit_id = season.street.listing(listing_id).unit_id
    ends_on = row.last_day + DAY
    if lease is not None and lease.status is not LeaseStatus.CANCELLED:
        if lease.status is LeaseStatus.DRAFT and (lease.start, lease.end) != (row.starts_on, ends_on):
            yield f"booking {row.external_id}: its draft is of other days"
        return
    who = season.visitors[visitor]
    is_sure = who.phone_verified or who.email_verified
    is_over = ends_on <= season.street.clock.now().date()
    is_taken = any(
        it.unit_id == unit_id and it.start < ends_on and row.starts_on < (it.end or date.max)
        for it in season.street.leases(*STANDING)
    )
    if is_sure and not is_over and not is_taken:
        yield f"booking {row.external_id} is accepted, and has no lease: {trouble or 'nobody says why'}"
    if not trouble:
        yield f"booking {row.external_id} waits, and nobody says why"


def _wrong_copies(season: Season) -> Iterator[str]:
    street = season.street
    ours = {it.external_id: it for it in street.books.copies(OWN, SYSTEM, list(season.listings.values()))}
    for stray in street.portal.listing_rows.keys() - ours.keys():
        yield f"row {stray} there is nobody's"
    for external_id, copy in ours.items():
        listing = street.listing(copy.listing_id)
        row = street.portal.listing_rows.get(external_id)
        if row is None:
            if listing.status is ListingStatus.PUBLISHED and copy.edits != (DELETED,):
                yield f"listing {listing.listing_id} is published, and not there"
            continue
        if row.fields[STATE] == PortalState.LIVE and listing.status is not ListingStatus.PUBLISHED:
            yield f"listing {listing.listing_id} is {listing.status}, and shown there"
        is_hidden = listing.status is ListingStatus.PUBLISHED and row.fields[STATE] != PortalState.LIVE
        if is_hidden and STATE not in copy.edits:
            yield f"listing {listing.listing_id} is published, and hidden without a word"
        title = season.titles_there.get(external_id)
        if title is not None and row.fields["title.en"] != title:
            yield f"listing {listing.listing_id}: what was written there was written over"
        if listing.rent is not None and row.fields["price"] != str(round(listing.rent.amount_minor / 30)):
            yield f"listing {listing.listing_id}: the price there is not of its rent"


def _not_at_rest(season: Season) -> Iterator[str]:
    street = season.street
    before = (street.portal.writes, sum(1 for _ in street.books.events(OWN)))
    season.settle()
    if before != (street.portal.writes, sum(1 for _ in street.books.events(OWN))):
        yield "another run writes what was written"
