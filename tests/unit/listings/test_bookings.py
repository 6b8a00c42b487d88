"""Bookings that become leases: once each, with the listing's rent, for a verified contact, never over another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count, permutations
from typing import Any

import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.listings.street import (
    DAY,
    HOUR,
    JUMA,
    LANDLORD,
    OWN,
    SYSTEM,
    Killed,
    Killer,
    Street,
)
from typing_extensions import override

from marketplace_core.domain.facts import LeaseRecorded, UnitRecorded
from marketplace_core.domain.identifiers import LeaseId, ListingId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.listings import applications
from marketplace_core.domain.listings.applications import (
    APPLICANT,
    BOOKING,
    LOOK,
    Application,
    ApplicationStatus,
    application_id_of,
    drafted,
    gone,
    take_booking,
)
from marketplace_core.domain.listings.copies import STATE, PortalState
from marketplace_core.domain.listings.listing import ListingStatus
from marketplace_core.domain.listings.records import Applicant, BookingStatus, OutsideBooking
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.errors import IllegalTransition, NotFound, PartnerDrift, PartnerUnavailable, RuleViolation
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.services.leases import ChangeLease
from marketplace_core.services.listings.confirming import ConfirmApplication
from marketplace_core.services.listings.drafting import DraftRule
from marketplace_core.testing.contracts.listing_life import booking
from marketplace_core.testing.life import PortfolioLife

ACCEPTED, REQUESTED, CANCELLED = BookingStatus.ACCEPTED, BookingStatus.REQUESTED, BookingStatus.CANCELLED
DRAFT, ACTIVE = LeaseStatus.DRAFT, LeaseStatus.ACTIVE
UNVERIFIED = Applicant("", "Njeri Kamau", "njeri@example.org", "0722 000 111")


@pytest.fixture
def street() -> Street:
    """Three houses."""
    return Street()


@pytest.fixture
def listing_id(street: Street) -> ListingId:
    """A listing on the portal, for 30,000 a month."""
    return street.published()


def cancelled_and_moved(street: Street, listing_id: ListingId) -> str:
    """A booking whose draft a person cancelled here, and which was then moved to April and May there."""
    booked = street.book(listing_id)
    street.bring()
    lease_id = street.application(booked).lease_id
    assert lease_id is not None
    ChangeLease(street.books).cancel(street.command(), lease_id)
    street.later()
    street.portal.by_hand.move_booking(booked, date(2026, 4, 1), date(2026, 5, 31))
    return booked


def taken(*told: OutsideBooking, known: Application | None = None) -> Application | None:
    """The application after some bookings were told."""
    for it in told:
        known = take_booking(known, it, OWN, SYSTEM, ListingId("lst_1"), UnitId("u1"))
    return known


def test_an_accepted_booking_is_one_draft_lease(street: Street, listing_id: ListingId) -> None:
    """Rent and deposit of the listing, the booking's days with the last one, the tenant made, both linked."""
    booked = street.book(listing_id)
    assert dict(street.bring().counts) == {"drafted": 1, "new": 1}
    (lease,) = street.leases()
    assert (lease.status, lease.unit_id) == (DRAFT, UnitId("u1"))
    assert (lease.start, lease.end) == (date(2026, 3, 1), date(2026, 9, 1))
    assert [it.amount for it in lease.charges[0].rates] == [Money(3_000_000, KES)]
    assert lease.deposit == Money(3_000_000, KES)
    assert lease.reference
    application = street.application(booked)
    assert (application.lease_id, application.drafts, application.trouble) == (lease.lease_id, 1, "")
    (tenant_id,) = lease.tenant_ids
    person = street.books.person(OWN, tenant_id)
    assert (person.name, person.phones, person.email) == ("Juma Were", ("254712345678",), "juma@example.org")
    assert street.books.our_id(OWN, SYSTEM, BOOKING, booked) == lease.lease_id
    assert street.books.our_id(OWN, SYSTEM, APPLICANT, application.applicant.external_id) == tenant_id


def test_a_booking_that_cannot_be_read_stops_no_other(street: Street, listing_id: ListingId) -> None:
    """The others become leases, the run is degraded and names it, a known one stays; mended, it comes."""
    odd = street.book(listing_id)
    street.bring()
    street.later()
    street.portal.by_hand.move_booking(odd, date(2026, 3, 4), date(2026, 3, 1))
    other = street.book(street.published(2))
    for _ in range(2):
        street.later()
        with pytest.raises(PartnerDrift, match=f"1 there cannot be read and were left .booking {odd} there is from"):
            street.bring()
        assert len(street.leases()) == 2
        assert street.application(other).lease_id is not None
        assert street.application(odd).status is ApplicationStatus.ACCEPTED
    street.portal.by_hand.move_booking(odd, date(2026, 3, 1), date(2026, 8, 31))
    street.later()
    assert dict(street.bring().counts)["unchanged"] >= 1
    counts = dict(street.importer()(street.command(), dry_run=True).counts)
    assert "unread" not in counts


def test_what_cannot_be_read_of_a_listing_that_is_none_of_ours_is_none_of_ours(
    street: Street, listing_id: ListingId
) -> None:
    """Others list there too: their rows are nothing that anybody here could have mended."""
    street.book(listing_id)
    hand = street.portal.by_hand
    foreign = hand.add_listing("asha@example.org", "By hand")
    odd = hand.add_booking(foreign, hand.add_visitor(JUMA), date(2026, 3, 1), date(2026, 3, 31), ACCEPTED)
    hand.move_booking(odd, date(2026, 3, 4), date(2026, 3, 1))
    assert dict(street.bring().counts) == {"drafted": 1, "foreign": 1, "new": 1}


def change(street: Street, booked: str, **values: Any) -> None:  # noqa: ANN401 - any of them
    """Somebody writes into a booking's row there."""
    row = evolve(street.portal.booking_rows[booked], **values)
    street.portal.booking_rows[booked] = evolve(row, updated_at=street.portal.now)


def test_a_booking_of_another_listing_by_now_is_a_lease_of_that_unit(street: Street, listing_id: ListingId) -> None:
    """The draft is cancelled for one of the other unit; an active lease stays, and a person is told."""
    other = street.published(2)
    booked = street.book(listing_id)
    street.bring()
    street.later()
    change(street, booked, listing_id=street.copy(other).external_id)
    street.bring()
    (lease,) = street.leases(DRAFT)
    assert (lease.unit_id, street.application(booked).lease_id) == (UnitId("u2"), lease.lease_id)
    assert (street.application(booked).unit_id, street.application(booked).listing_id) == (UnitId("u2"), other)
    active = street.activate(booked)
    street.later()
    change(street, booked, listing_id=street.copy(listing_id).external_id)
    street.bring()
    assert street.leases(ACTIVE) == [active]
    assert street.leases(DRAFT) == []
    assert "unit u1 by now" in street.application(booked).trouble


def test_a_booking_of_a_listing_that_is_none_of_ours_by_now_is_let_go(street: Street, listing_id: ListingId) -> None:
    """By a whole run, as what was deleted; back at ours it counts again."""
    foreign = street.portal.by_hand.add_listing("asha@example.org", "By hand")
    booked = street.book(listing_id)
    street.bring()
    street.later()
    change(street, booked, listing_id=foreign)
    assert dict(street.bring(whole=True).counts) == {"cancelled": 1, "foreign": 1, "gone": 1}
    assert (street.leases(DRAFT), street.application(booked).status) == ([], ApplicationStatus.GONE)
    street.later()
    change(street, booked, listing_id=street.copy(listing_id).external_id)
    street.bring()
    assert len(street.leases(DRAFT)) == 1


@pytest.mark.parametrize("is_seen", [True, False], ids=["gone in between", "at once"])
def test_an_id_that_comes_again_is_the_booking_that_it_is_now(
    street: Street, listing_id: ListingId, *, is_seen: bool
) -> None:
    """Ids there are drawn: of whom and of which unit the last one was says nothing of the next one."""
    other_listing = street.published(2)
    booked = street.book(listing_id)
    street.bring()
    (first,) = street.leases(DRAFT)
    street.portal.by_hand.delete_booking(booked)
    street.later()
    if is_seen:
        street.bring(whole=True)
        street.later()
    other = Applicant("", "Achieng Odhiambo", "a@example.org", "0700 000 001", email_verified=True, phone_verified=True)
    again = street.portal.booking_rows.pop(street.book(other_listing, applicant=other))
    street.portal.booking_rows[booked] = evolve(again, external_id=booked)
    street.bring()
    (lease,) = street.leases(DRAFT)
    assert (lease.unit_id, lease.tenant_ids == first.tenant_ids) == (UnitId("u2"), False)
    assert street.books.person(OWN, lease.tenant_ids[0]).name == "Achieng Odhiambo"
    assert street.application(booked).lease_id == lease.lease_id


def test_somebody_else_who_books_by_now_has_a_draft_of_their_own(street: Street, listing_id: ListingId) -> None:
    """Who was confirmed for the first one says nothing of the second; an active lease stays, and a person is told."""
    booked = street.book(listing_id, applicant=UNVERIFIED)
    street.bring()
    street.confirm(booked, street.known("t1", "Njeri", "254722000111"))
    street.later()
    change(street, booked, visitor_id=street.portal.by_hand.add_visitor(JUMA))
    street.bring()
    (lease,) = street.leases(DRAFT)
    assert street.books.person(OWN, lease.tenant_ids[0]).name == "Juma Were"
    active = street.activate(booked)
    street.later()
    change(street, booked, visitor_id=street.portal.by_hand.add_visitor(evolve(JUMA, name="Achieng")))
    street.bring()
    assert street.leases(ACTIVE) == [active]
    assert "somebody else books by now" in street.application(booked).trouble


@pytest.mark.parametrize(("first", "then"), [(ACCEPTED, CANCELLED), (REQUESTED, ACCEPTED)])
def test_a_clock_there_that_was_put_back_hides_nothing_for_good(
    street: Street, listing_id: ListingId, first: BookingStatus, then: BookingStatus
) -> None:
    """As in the hour that a zone tells twice: the newest word seems older than what is known; a whole run takes it."""
    booked = street.book(listing_id, status=first)
    street.bring()
    street.later(timedelta(minutes=30))
    street.portal.now -= HOUR
    street.portal.by_hand.change_booking(booked, then)
    street.later()
    street.bring(whole=True)
    assert len(street.leases(DRAFT)) == (1 if then is ACCEPTED else 0)


def test_what_is_booked_of_another_listing_under_a_chosen_id_is_none_of_ours(street: Street) -> None:
    """An id is chosen before anybody knows that it is free: until ours stands under it, its bookings are left."""
    listing_id = street.approved()
    external_id = street.portal.choose_id(f"{OWN}/{listing_id}", 1)
    hand = street.portal.by_hand
    hand.add_listing("asha@example.org", "By hand", external_id)
    hand.add_booking(external_id, hand.add_visitor(JUMA), date(2026, 3, 1), date(2026, 8, 31), ACCEPTED)
    for at in count(1):
        try:
            street.bridge(Killer(at))
        except Killed:
            pass
        else:
            break
        street.later()
        street.bring(whole=True)
        assert (street.leases(), list(street.books.applications(OWN))) == ([], [])
    assert street.copy(listing_id).external_id != external_id


def test_what_is_booked_before_a_copy_was_noted_is_not_missed(street: Street, listing_id: ListingId) -> None:
    """The run that made the copy was killed: the import that reads on after it is noted takes its bookings."""
    street.bring()
    street.later()
    other = street.approved(2)
    for at in count(1):
        try:
            street.bridge(Killer(at, is_after=True))
        except Killed:
            if street.portal.listing_rows.keys() - {street.copy(listing_id).external_id}:
                break
    assert street.copy(other).told is None
    street.book(other)
    assert dict(street.bring().counts) == {"missed": 1}
    street.bridge()
    street.later(DAY)
    assert dict(street.bring().counts) == {"drafted": 1, "new": 1}


def test_done_twice_it_is_done_once(street: Street, listing_id: ListingId) -> None:
    """A run again, a whole one, and one of the same command write nothing."""
    street.book(listing_id)
    command = street.command()
    street.bring(command=command)
    events = len(list(street.books.events(OWN)))
    for whole in (False, True):
        street.later()
        assert dict(street.bring(whole=whole).counts) == {"unchanged": 1}
        street.bring(command=command, whole=whole)
    assert len(list(street.books.events(OWN))) == events
    assert len(street.leases()) == 1


def test_a_request_waits_for_the_landlord_there(street: Street, listing_id: ListingId) -> None:
    """And a draft is nobody's application yet."""
    booked = street.book(listing_id, status=REQUESTED)
    street.book(listing_id, status=BookingStatus.DRAFT)
    street.bring()
    assert street.leases() == []
    assert [it.status for it in street.books.applications(OWN)] == [ApplicationStatus.OPEN]
    street.later()
    street.portal.by_hand.change_booking(booked, ACCEPTED)
    street.bring()
    assert len(street.leases(DRAFT)) == 1


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        (BookingStatus.EXPIRED, ApplicationStatus.CLOSED),
        (BookingStatus.REFUSED, ApplicationStatus.CLOSED),
        (BookingStatus.CANCELLED, ApplicationStatus.CANCELLED),
        (BookingStatus.PAYMENT_FAILED, ApplicationStatus.CANCELLED),
        (BookingStatus.REQUESTED, ApplicationStatus.OPEN),
    ],
)
def test_what_is_accepted_no_more_frees_its_draft(
    street: Street, listing_id: ListingId, status: BookingStatus, ends: ApplicationStatus
) -> None:
    """The draft is cancelled, and the unit is free for another booking."""
    booked = street.book(listing_id)
    street.bring()
    street.later()
    street.portal.by_hand.change_booking(booked, status)
    other = street.book(listing_id, applicant=evolve(JUMA, phone="+254 700 000 001", email="o@example.org"))
    street.bring()
    assert (street.application(booked).status, street.application(booked).lease_id) == (ends, None)
    assert len(street.leases(LeaseStatus.CANCELLED)) == 1
    (lease,) = street.leases(DRAFT)
    assert street.application(other).lease_id == lease.lease_id


def test_an_active_lease_is_never_touched(street: Street, listing_id: ListingId) -> None:
    """A person is told, each time, until they end it."""
    booked = street.book(listing_id)
    street.bring()
    lease = street.activate(booked)
    street.later()
    street.portal.by_hand.change_booking(booked, CANCELLED)
    assert dict(street.bring().counts) == {"changed": 1, "waiting": 1}
    assert street.leases(ACTIVE) == [lease]
    assert lease.lease_id in street.application(booked).trouble
    ChangeLease(street.books).end(street.command(), lease.lease_id, date(2026, 4, 1))
    street.later()
    street.bring()
    application = street.application(booked)
    assert (application.lease_id, application.trouble) == (None, "")


def test_what_vanished_frees_its_draft_in_a_whole_run(street: Street, listing_id: ListingId) -> None:
    """Deleted there, by itself or with its listing; a run of changes alone does not see it."""
    one = street.book(listing_id)
    other_listing = street.published(2)
    two = street.book(other_listing, applicant=evolve(JUMA, phone="0700000001", email="o@example.org"))
    street.bring()
    assert len(street.leases(DRAFT)) == 2
    street.later(DAY)
    street.portal.by_hand.delete_booking(one)
    street.portal.by_hand.delete_listing(street.copy(other_listing).external_id)
    assert "gone" not in dict(street.bring().counts)
    street.later(DAY)
    assert dict(street.bring(whole=True).counts) == {"cancelled": 2, "gone": 2}
    assert street.leases(DRAFT) == []
    assert {street.application(it).status for it in (one, two)} == {ApplicationStatus.GONE}
    assert street.application(one).gone_on == date(2026, 1, 7)


def test_a_list_cut_short_ends_nothing(street: Street, listing_id: ListingId) -> None:
    """When most bookings are not told any more, a person is asked first."""
    for n in range(12):
        street.book(listing_id, date(2026, 3, 1) + n * 40 * DAY, date(2026, 3, 5) + n * 40 * DAY)
    street.bring()
    bookings = list(street.portal.booking_rows)
    for it in bookings[:11]:
        street.portal.by_hand.delete_booking(it)
    street.later()
    with pytest.raises(PartnerDrift, match="11 of 12"):
        street.bring(whole=True)
    assert len(street.leases(DRAFT)) == 12
    street.later()
    street.bring(whole=True, accept_gone=True)
    assert len(street.leases(DRAFT)) == 1


def test_a_list_cut_short_keeps_no_booking_from_its_lease(street: Street, listing_id: ListingId) -> None:
    """Also where no run was ever good, so that each one reads everything and asks a person."""
    booked = [
        street.book(listing_id, date(2026, 3, 1) + n * 40 * DAY, date(2026, 3, 5) + n * 40 * DAY) for n in range(13)
    ]
    street.portal.by_hand.move_booking(booked[0], date(2026, 3, 4), date(2026, 3, 1))
    with pytest.raises(PartnerDrift, match="cannot be read"):
        street.bring()
    for it in booked[1:]:
        street.portal.by_hand.delete_booking(it)
    street.later()
    added = street.book(street.published(2))
    with pytest.raises(PartnerDrift, match="12 of 13"):
        street.bring()
    assert len(street.leases(DRAFT)) == 13
    assert street.application(added).lease_id is not None


def test_accepted_again_it_is_another_lease(street: Street, listing_id: ListingId) -> None:
    """The cancelled draft stays cancelled; the booking's link names the newest lease."""
    booked = street.book(listing_id)
    street.bring()
    hand = street.portal.by_hand
    for status in (CANCELLED, ACCEPTED, CANCELLED, ACCEPTED):
        street.later()
        hand.change_booking(booked, status)
        street.bring()
    assert len(street.leases(LeaseStatus.CANCELLED)) == 2
    (lease,) = street.leases(DRAFT)
    assert street.books.our_id(OWN, SYSTEM, BOOKING, booked) == lease.lease_id
    assert street.application(booked).drafts == 3
    assert len(street.books.people(OWN)) == 3


def test_a_draft_that_a_person_cancelled_is_not_made_again(street: Street, listing_id: ListingId) -> None:
    """It was decided here."""
    booked = street.book(listing_id)
    street.bring()
    lease_id = street.application(booked).lease_id
    assert lease_id is not None
    ChangeLease(street.books).cancel(street.command(), lease_id)
    for whole in (False, True):
        street.later()
        street.bring(whole=whole)
    assert street.leases(DRAFT) == []


def test_a_draft_cancelled_here_is_made_again_when_the_booking_is_accepted_again(
    street: Street, listing_id: ListingId
) -> None:
    """Also where nobody looked in between: the two acts there are newer than ours."""
    cancelled_and_moved(street, listing_id)
    street.bring()
    (lease,) = street.leases(DRAFT)
    assert (lease.start, lease.end) == (date(2026, 4, 1), date(2026, 6, 1))


def test_days_that_change_there_are_drafted_anew(street: Street, listing_id: ListingId) -> None:
    """While it is a draft; an active lease stays, and a person is told until they have changed it."""
    booked = street.book(listing_id)
    street.bring()
    street.later()
    street.portal.by_hand.move_booking(booked, date(2026, 4, 1), date(2026, 6, 30))
    street.bring()
    (lease,) = street.leases(DRAFT)
    assert (lease.start, lease.end) == (date(2026, 4, 1), date(2026, 7, 1))
    assert street.application(booked).lease_id == lease.lease_id
    street.activate(booked)
    street.later()
    street.portal.by_hand.move_booking(booked, date(2026, 4, 1), date(2026, 7, 31))
    street.bring()
    assert "2026-08-01" in street.application(booked).trouble
    assert [(it.start, it.end) for it in street.leases(ACTIVE)] == [(date(2026, 4, 1), date(2026, 7, 1))]
    street.later()
    street.portal.by_hand.move_booking(booked, date(2026, 4, 1), date(2026, 6, 30))
    street.bring()
    assert street.application(booked).trouble == ""


def test_a_unit_is_never_booked_twice(street: Street, listing_id: ListingId) -> None:
    """By another booking's draft; it waits, and is drafted once the unit is free."""
    first = street.book(listing_id)
    street.later()
    second = street.book(
        listing_id, date(2026, 8, 31), date(2026, 9, 30), applicant=evolve(JUMA, phone="0700000001", email="")
    )
    right_after = street.book(
        listing_id, date(2026, 9, 1), date(2026, 9, 30), applicant=evolve(JUMA, phone="0700000002", email="")
    )
    assert dict(street.bring().counts) == {"drafted": 2, "new": 3, "waiting": 1}
    assert "not free" in street.application(second).trouble
    street.later()
    for it in (first, right_after):
        street.portal.by_hand.change_booking(it, CANCELLED)
    street.bring()
    (lease,) = street.leases(DRAFT)
    assert street.application(second).lease_id == lease.lease_id


@pytest.mark.parametrize("status", [DRAFT, ACTIVE])
def test_a_lease_made_here_takes_its_days(street: Street, listing_id: ListingId, status: LeaseStatus) -> None:
    """Whether it is drafted or stands; one that ends before does not."""
    tenant = street.known("t1", "Somebody", "254700000009")
    life = PortfolioLife(street.books, OWN, first_step=9_000)
    taking = life.lease(1, start="2026-05-01", tenant_ids=(tenant,), status=status)
    street.books.record(street.command(), [LeaseRecorded(taking)])
    booked = street.book(listing_id)
    street.bring()
    assert street.application(booked).lease_id is None
    assert "l1" in street.application(booked).trouble
    if status is ACTIVE:
        ChangeLease(street.books).end(street.command(), LeaseId("l1"), date(2026, 5, 2))
    else:
        ChangeLease(street.books).cancel(street.command(), LeaseId("l1"))
    street.later()
    street.bring()
    assert (street.application(booked).lease_id is None) == (status is ACTIVE)


def test_the_rent_is_the_listings_as_it_stands_when_it_is_drafted(street: Street, listing_id: ListingId) -> None:
    """What the portal shows for a day, or was edited there, is never read."""
    street.portal.by_hand.set_price(street.copy(listing_id).external_id, 1)
    street.edit(listing_id, rent=Money(3_456_700, KES), deposit=None)
    street.book(listing_id)
    street.bring()
    (lease,) = street.leases(DRAFT)
    assert (lease.charges[0].rates[0].amount, lease.deposit) == (Money(3_456_700, KES), None)


def test_terms_that_lack_or_do_not_go_together_wait(street: Street, listing_id: ListingId) -> None:
    """No rent, another currency, an archived unit, days that are over: each with its reason, until it is mended."""
    booked = street.book(listing_id)
    street.edit(listing_id, rent=None, deposit=None)
    street.bring()
    assert "no rent" in street.application(booked).trouble
    street.edit(listing_id, rent=Money(100_000, Currency.of("EUR")))
    street.later()
    street.bring()
    assert "EUR" in street.application(booked).trouble
    street.edit(listing_id, rent=Money(3_000_000, KES))
    unit = street.books.unit(OWN, UnitId("u1"))
    street.books.record(street.command(), [UnitRecorded(evolve(unit, archived_on=date(2026, 1, 1)))])
    street.later()
    street.bring()
    assert "archived" in street.application(booked).trouble
    street.books.record(street.command(), [UnitRecorded(unit)])
    street.later()
    street.bring()
    assert len(street.leases(DRAFT)) == 1
    past = street.book(listing_id, date(2025, 11, 1), date(2025, 12, 31), applicant=evolve(JUMA, phone="0700000001"))
    street.later()
    street.bring()
    assert "are over" in street.application(past).trouble
    assert len(street.leases()) == 1


def test_a_booking_of_another_listing_is_none_of_ours(street: Street, listing_id: ListingId) -> None:
    """It is counted and left."""
    del listing_id
    foreign = street.portal.by_hand.add_listing("asha@example.org", "By hand")
    street.portal.by_hand.add_booking(
        foreign, street.portal.by_hand.add_visitor(JUMA), date(2026, 3, 1), date(2026, 3, 31), ACCEPTED
    )
    assert dict(street.bring().counts) == {"foreign": 1}
    assert list(street.books.applications(OWN)) == []


def test_a_contact_that_nobody_verified_waits_for_a_person(street: Street, listing_id: ListingId) -> None:
    """Who names somebody known, or takes them for who they wrote to be."""
    one = street.book(listing_id, applicant=UNVERIFIED)
    two = street.book(street.published(2), applicant=evolve(UNVERIFIED, name="Achieng"))
    street.bring()
    assert {("verified" in street.application(it).trouble) for it in (one, two)} == {True}
    assert street.leases() == []
    known = street.known("t1", "Njeri", "254722000111")
    after = street.confirm(one, known)
    assert after.lease_id is not None
    assert (after.person_id, after.trouble) == (known, "")
    made = street.confirm(two, None)
    assert made.lease_id is not None
    assert made.person_id is not None
    person = street.books.person(OWN, made.person_id)
    assert (person.name, person.phones) == ("Achieng", ("254722000111",))
    with pytest.raises(IllegalTransition):
        street.confirm(one, known)
    with pytest.raises(NotFound):
        street.confirm(street.book_and_bring(), PersonId("nobody"))


def test_where_the_rule_says_so_an_unverified_contact_will_do(street: Street, listing_id: ListingId) -> None:
    """Then the contact as written is who they are."""
    street.rule = DraftRule(needs_verified=False, billing_day=5, due_day=10, grace_days=3)
    street.book(listing_id, applicant=UNVERIFIED)
    street.bring()
    (lease,) = street.leases(DRAFT)
    assert (lease.billing_day, lease.due_day, lease.grace_days) == (5, 10, 3)
    assert street.books.person(OWN, lease.tenant_ids[0]).phones == ("254722000111",)


@pytest.mark.parametrize("phone", ["254712345678", "0712345678", "+254 712 345 678", "712345678"])
def test_a_tenant_is_found_by_a_verified_phone_in_any_form(street: Street, listing_id: ListingId, phone: str) -> None:
    """Nobody is made twice."""
    known = street.known("t1", "J. Were", phone)
    street.book(listing_id)
    street.bring()
    assert street.leases(DRAFT)[0].tenant_ids == (known,)
    assert len(street.books.people(OWN)) == 3


def test_a_tenant_is_found_by_a_verified_address(street: Street, listing_id: ListingId) -> None:
    """In any case; an address that was not verified tells nobody."""
    known = street.known("t1", "J. Were", email="JUMA@example.org")
    street.book(listing_id, applicant=evolve(JUMA, phone="", phone_verified=False))
    two = street.published(2)
    street.book(two, applicant=evolve(JUMA, phone="0733000001", email_verified=False))
    street.bring()
    tenants = {it.unit_id: it.tenant_ids for it in street.leases(DRAFT)}
    assert tenants[UnitId("u1")] == (known,)
    assert tenants[UnitId("u2")] != (known,)
    assert street.books.person(OWN, tenants[UnitId("u2")][0]).email == ""


def test_two_people_with_the_contact_wait_until_they_are_one(street: Street, listing_id: ListingId) -> None:
    """Merged people stand for each other."""
    one, two = street.known("t1", "J. Were", "0712345678"), street.known("t2", "Juma W.", "254712345678")
    booked = street.book(listing_id)
    street.bring()
    trouble = street.application(booked).trouble
    assert one in trouble
    assert two in trouble
    street.books.merge_people(street.command(), two, one)
    street.later()
    street.bring()
    assert street.leases(DRAFT)[0].tenant_ids == (one,)


def test_one_account_is_one_person_whatever_it_says_later(street: Street, listing_id: ListingId) -> None:
    """The link of the account counts before the contact; merged, the kept person stands for it."""
    visitor = street.portal.by_hand.add_visitor(JUMA)
    street.book(listing_id, visitor_id=visitor)
    street.bring()
    (tenant,) = street.leases(DRAFT)[0].tenant_ids
    kept = street.known("t1", "J. Were", "254700000001")
    street.books.merge_people(street.command(), tenant, kept)
    street.portal.by_hand.change_visitor(visitor, evolve(JUMA, phone="0799999999", email="new@example.org"))
    street.later()
    street.book(street.published(2), visitor_id=visitor)
    street.bring()
    assert {it.tenant_ids for it in street.leases(DRAFT)} == {(kept,)}
    assert len(street.books.people(OWN)) == 4


def test_who_was_erased_waits_for_a_person(street: Street, listing_id: ListingId) -> None:
    """Also where the account there is known, and where the booking itself was emptied."""
    visitor = street.portal.by_hand.add_visitor(JUMA)
    first = street.book(listing_id, status=REQUESTED, visitor_id=visitor)
    other = street.book(street.published(2), visitor_id=visitor)
    street.bring()
    (tenant,) = street.leases(DRAFT)[0].tenant_ids
    assert ErasePerson(street.books)(street.command("they asked"), tenant).applications == 2
    assert street.application(other).applicant.name == ""
    street.later()
    street.portal.by_hand.change_booking(first, ACCEPTED)
    street.bring()
    application = street.application(first)
    assert (application.lease_id, application.applicant.name) == (None, "")
    assert "erased" in application.trouble
    with pytest.raises(RuleViolation):
        street.confirm(first, None)
    known = street.known("t1", "Somebody", "254700000001")
    assert street.confirm(first, known).lease_id is not None


def test_a_booking_taken_marks_the_listing_as_let(street: Street, listing_id: ListingId) -> None:
    """By its draft, by an active lease; freed, it is opened again by a person."""
    booked = street.book(listing_id)
    street.bring()
    assert street.mark_let() == {"rented": 1}
    assert street.listing(listing_id).status is ListingStatus.RENTED
    assert street.mark_let() == {}
    street.later()
    street.portal.by_hand.change_booking(booked, CANCELLED)
    street.bring()
    street.change.reopen(street.command(), listing_id, evolve(LANDLORD, may_moderate=True))
    assert street.mark_let() == {"published": 1}


def test_what_is_offered_of_an_archived_unit_is_withdrawn(street: Street, listing_id: ListingId) -> None:
    """Nobody books what is not let any more: it goes from the portal, and the landlord reads why."""
    unit = street.books.unit(OWN, street.listing(listing_id).unit_id)
    street.books.record(street.command(), [UnitRecorded(evolve(unit, archived_on=date(2026, 3, 1)))])
    assert street.mark_let() == {"withdrawn": 1}
    listing = street.listing(listing_id)
    assert (listing.status, listing.status_reason) == (
        ListingStatus.WITHDRAWN,
        f"unit {unit.code} is archived since 2026-03-01",
    )
    street.bridge()
    assert street.there(listing_id)[STATE] == PortalState.REFUSED


def test_a_lease_that_ends_before_the_offer_lets_nothing(street: Street) -> None:
    """A flat that comes free in June is offered from June."""
    listing_id = street.published(1, available_from=date(2026, 6, 1))
    tenant = street.known("t1", "Somebody", "254700000009")
    life = PortfolioLife(street.books, OWN, first_step=9_000)
    street.books.record(street.command(), [LeaseRecorded(life.lease(1, start="2025-06-01", tenant_ids=(tenant,)))])
    assert street.mark_let() == {"rented": 1}
    ChangeLease(street.books).give_notice(street.command(), LeaseId("l1"), date(2026, 6, 1))
    street.change.reopen(street.command(), listing_id, evolve(LANDLORD, may_moderate=True))
    assert street.mark_let() == {"published": 1}


def scenes() -> list[tuple[str, str]]:
    """What happened there before the run that is killed, and what happens there before it is begun again."""
    return [
        ("accept", ""),
        ("accept", "cancel"),
        ("accept", "delete"),
        ("accept", "move"),
        ("accept bring cancel", ""),
        ("accept bring cancel", "accept"),
        ("accept bring cancel", "accept bring"),
        ("accept bring move", ""),
        ("accept bring move", "cancel"),
        ("accept bring cancel bring accept", "cancel"),
        ("accept bring delete", ""),
    ]


def act(street: Street, listing_id: ListingId, verb: str, booked: str) -> str:
    """Somebody does something there, an hour later."""
    street.later()
    hand = street.portal.by_hand
    match verb:
        case "accept" if not booked:
            return street.book(listing_id)
        case "accept":
            hand.change_booking(booked, ACCEPTED)
        case "cancel":
            hand.change_booking(booked, CANCELLED)
        case "move":
            hand.move_booking(booked, date(2026, 4, 1), date(2026, 5, 31))
        case "delete":
            hand.delete_booking(booked)
        case "bring":
            street.bring()
    return booked


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("same_command", [False, True], ids=["another command", "same command"])
@pytest.mark.parametrize(("script", "meanwhile"), scenes())
def test_killed_at_every_call_and_run_again_each_booking_is_one_lease(
    script: str, meanwhile: str, *, is_after: bool, same_command: bool
) -> None:
    """Each call of the portal, the store and the progress; what happens there between the two runs counts too."""
    for at in count(1):
        street = Street()
        listing_id, booked = street.published(), ""
        for verb in script.split():
            booked = act(street, listing_id, verb, booked)
        street.later()
        command, killer = street.command(), Killer(at, is_after)
        try:
            street.bring(killer, command=command, whole=True)
        except Killed:
            pass
        else:
            assert at > 6
            return
        for verb in meanwhile.split():
            act(street, listing_id, verb, booked)
        street.later()
        street.bring(command=command if same_command else None, whole=True)
        street.later()
        street.bring(whole=True)
        stands = street.portal.booking_rows.get(booked)
        drafts = street.leases(DRAFT)
        if stands is None or stands.status is not ACCEPTED:
            assert drafts == [], at
        else:
            (lease,) = drafts
            assert (lease.start, lease.end) == (stands.starts_on, stands.last_day + DAY), at
            assert street.application(booked).lease_id == lease.lease_id
        assert len(street.books.people(OWN)) <= 3
        assert not [it for it in street.books.applications(OWN) if it.trouble]


def test_a_settling_that_does_not_look_first_drafts_twice(street: Street, listing_id: ListingId) -> None:
    """The control: with an id that is not derived, a crash after the lease makes a second one."""
    booked = street.book(listing_id)
    street.bring()
    application = street.application(booked)
    (lease,) = street.leases(DRAFT)
    forgotten = evolve(application, lease_id=None, drafts=0)
    street.books.change_application(OWN, application.application_id, lambda _: evolve(forgotten, drafts=7))
    street.later()
    street.bring()
    assert "not free" in street.application(booked).trouble
    street.books.change_application(OWN, application.application_id, lambda _: forgotten)
    street.later()
    street.bring()
    assert street.application(booked).lease_id == lease.lease_id
    assert street.leases(DRAFT) == [lease]


@pytest.mark.parametrize("looks", [True, False], ids=["ours", "a twin that does not look"])
def test_a_draft_that_nobody_noted_is_found_once_its_booking_is_over(
    street: Street, listing_id: ListingId, monkeypatch: pytest.MonkeyPatch, *, looks: bool
) -> None:
    """A confirmation was killed between the lease and the note of it; then the booking was cancelled there."""
    booked = street.book(listing_id, applicant=UNVERIFIED)
    street.bring()
    known = street.known("t1", "Njeri", "254722000111")
    settle = street.importer().settle
    lossy = evolve(settle, applications=Killer(4, is_after=False).watch(street.books))
    with pytest.raises(Killed):
        ConfirmApplication(lossy)(street.command(), street.application(booked).application_id, known)
    assert street.application(booked).lease_id is None
    assert len(street.leases(DRAFT)) == 1
    if not looks:
        monkeypatch.setattr(applications, "LOOK", "")
    street.later()
    street.portal.by_hand.change_booking(booked, CANCELLED)
    street.bring()
    assert len(street.leases(DRAFT)) == (0 if looks else 1)


def test_a_source_that_does_not_answer_is_gone_on_with(street: Street, listing_id: ListingId) -> None:
    """At the page where it stopped, so that nothing is missed."""
    for n in range(5):
        street.later(timedelta(minutes=1))
        street.book(listing_id, date(2026, 3, 1) + n * 40 * DAY, date(2026, 3, 5) + n * 40 * DAY)
    calls = count(1)

    def die(call: str) -> None:
        if call == "bookings" and next(calls) == 3:
            raise PartnerUnavailable("the portal does not answer")

    street.portal.before_each = die
    with pytest.raises(PartnerUnavailable):
        street.bring(page_size=2)
    assert len(list(street.books.applications(OWN))) == 4
    assert dict(street.bring(page_size=2).counts) == {"drafted": 5, "new": 5}


def test_a_whole_run_is_whole_also_after_one_that_was_cut_off(street: Street, listing_id: ListingId) -> None:
    """It goes on with that one, which reads what changed, and then reads everything."""
    booked = street.book(listing_id)
    street.bring()
    street.later()

    def die(_: str) -> None:
        raise PartnerUnavailable("the portal does not answer")

    street.portal.before_each = die
    with pytest.raises(PartnerUnavailable):
        street.bring()
    street.portal.before_each = lambda _: None
    street.portal.by_hand.delete_booking(booked)
    street.later()
    assert dict(street.bring(whole=True).counts) == {"cancelled": 1, "gone": 1}
    assert street.leases(DRAFT) == []


def test_what_confirming_comes_to_is_told_without_doing_it(street: Street, listing_id: ListingId) -> None:
    """The same refusals and the same reason to wait, and nothing is written."""
    booked = street.book(listing_id, applicant=UNVERIFIED)
    street.bring()
    application_id = street.application(booked).application_id
    confirm = ConfirmApplication(street.importer().settle)
    events = len(list(street.books.events(OWN)))
    with pytest.raises(NotFound, match="no person nosuch"):
        confirm.preview(street.command(), application_id, PersonId("nosuch"))
    planned = confirm.preview(street.command(), application_id, None)
    assert (planned.trouble, planned.lease_id, planned.person_id is None) == ("", None, False)
    assert len(list(street.books.events(OWN))) == events
    assert street.application(booked).person_id is None
    done = street.confirm(booked, None)
    assert (done.person_id, done.lease_id is None) == (planned.person_id, False)
    with pytest.raises(IllegalTransition):
        confirm.preview(street.command(), application_id, None)
    other = street.book(listing_id, applicant=UNVERIFIED)
    street.later()
    street.bring()
    taken = confirm.preview(street.command(), street.application(other).application_id, None)
    assert "free" in taken.trouble
    assert street.confirm(other, None).trouble == taken.trouble


def test_a_dry_run_counts_and_writes_nothing(street: Street, listing_id: ListingId) -> None:
    """It tells what a whole run would take."""
    street.book(listing_id)
    run = street.importer()(street.command(), dry_run=True)
    assert dict(run.counts) == {"new": 1}
    assert list(street.books.applications(OWN)) == []
    assert street.progress.latest() == ()


def test_the_order_of_news_does_not_matter() -> None:
    """However they come, and how often: the newest word stands."""
    news = [
        booking(status=REQUESTED, minutes=0),
        booking(status=ACCEPTED, minutes=1),
        booking(status=CANCELLED, minutes=2),
        booking(status=ACCEPTED, minutes=3, ends_on=date(2026, 5, 1)),
    ]
    ends = {taken(*order, *order[:2]) for order in map(list, permutations(news))}
    assert {(it.status, it.ends_on, it.updated_at) for it in ends if it} == {
        (ApplicationStatus.ACCEPTED, date(2026, 5, 1), news[3].updated_at)
    }


@given(st.lists(st.tuples(st.sampled_from(BookingStatus), st.integers(0, 5)), max_size=8))
def test_a_word_repeated_changes_nothing(told: list[tuple[BookingStatus, int]]) -> None:
    """Each right after itself, and older ones at any time."""
    known: Application | None = None
    for status, minutes in told:
        it = booking(status=status, minutes=minutes)
        after = taken(it, known=known)
        assert taken(it, known=after) == after
        if known is not None and it.updated_at < known.updated_at:
            assert after == known
        known = after


def test_what_was_gone_counts_again_when_it_comes_back() -> None:
    """A listing restored from a backup brings its bookings back."""
    known = taken(booking(status=ACCEPTED, minutes=1))
    assert known is not None
    away = gone(known, date(2026, 2, 1))
    assert (away.status, away.trouble) == (ApplicationStatus.GONE, LOOK)
    back = taken(booking(status=ACCEPTED, minutes=1), known=away)
    assert back is not None
    assert (back.status, back.gone_on) == (ApplicationStatus.ACCEPTED, None)
    over = taken(booking(status=CANCELLED, minutes=1))
    assert over is not None
    assert gone(over, date(2026, 2, 1)) == over


def test_a_lease_noted_late_is_noted_where_it_is_the_next() -> None:
    """And not over another one."""
    known = taken(booking(status=ACCEPTED, minutes=1))
    assert known is not None
    noted = drafted(known, known.next_lease_id, PersonId("t1"))
    assert noted.lease_id == known.next_lease_id != noted.next_lease_id
    assert drafted(noted, noted.next_lease_id, PersonId("t2")) == noted
    assert drafted(known, LeaseId("another"), PersonId("t2")) == known


def test_ids_derive_from_the_booking_and_the_portfolio() -> None:
    """Another booking, portfolio or system has others."""
    one, two = taken(booking(external_id="1")), taken(booking(external_id="2"))
    other = take_booking(None, booking(external_id="1"), PortfolioId("p2"), SYSTEM, ListingId("l"), UnitId("u"))
    assert one is not None
    assert two is not None
    assert other is not None
    assert len({it.next_lease_id for it in (one, two, other)}) == 3
    assert len({it.application_id for it in (one, two, other)}) == 3


def test_news_within_the_overlap_are_read_again(street: Street, listing_id: ListingId) -> None:
    """What changed right before a run began and was seen after it is not missed by the next one."""
    street.bring()
    street.later(HOUR)
    booked = street.book(listing_id)
    street.portal.booking_rows[booked] = evolve(
        street.portal.booking_rows[booked], updated_at=street.clock.now() - HOUR - timedelta(minutes=8)
    )
    street.bring()
    assert len(street.leases(DRAFT)) == 1


@define
class Meanwhile(Killer):
    """Lets something else come to pass before the n-th call of a port."""

    other: Callable[[], object] = field(default=lambda: None, kw_only=True)

    @override
    def call(self, do: Callable[[], Any]) -> Any:
        self.calls += 1
        if self.calls == self.at:
            self.other()
        return do()


def take(street: Street, told: OutsideBooking, listing_id: ListingId) -> None:
    """Take a booking, and settle nothing."""

    def decide(known: Application | None) -> Application | None:
        return take_booking(known, told, OWN, SYSTEM, listing_id, UnitId("u1"))

    street.books.change_application(OWN, application_id_of(OWN, SYSTEM, told.external_id), decide)


def take_all(street: Street, listing_id: ListingId) -> None:
    """Take each booking there as one of a listing, and settle nothing."""
    for told in street.portal.bookings(None, "", 500).rows:
        take(street, told, listing_id)


@pytest.mark.parametrize("at", range(1, 5))
@pytest.mark.parametrize("of", ["all", "one"])
def test_two_passes_at_once_draft_no_two_leases_over_one_day(at: int, of: str) -> None:
    """Another pass in the middle of one, of all or of the other booking: one draft stands, the other one waits."""
    street = Street()
    listing_id = street.published()
    other = evolve(JUMA, phone="+254 700 000 001", email="o@example.org")
    booked = [street.book(listing_id), street.book(listing_id, date(2026, 5, 1), date(2026, 12, 31), applicant=other)]
    take_all(street, listing_id)
    settle, second = street.importer().settle, application_id_of(OWN, SYSTEM, booked[1])
    one = {"all": lambda: settle(street.command()), "one": lambda: settle.one(street.command(), second)}
    meanwhile = Meanwhile(at, other=one[of])
    street.importer(meanwhile).settle(street.command())
    assert meanwhile.calls >= at
    street.importer().settle(street.command())
    (draft,) = street.leases(DRAFT)
    after = [street.application(it) for it in booked]
    assert [it.lease_id for it in after].count(draft.lease_id) == 1
    (waits,) = [it for it in after if it.lease_id is None]
    assert f"lease {draft.lease_id}, draft, has it" in waits.trouble


@pytest.mark.parametrize("at", range(1, 4))
def test_days_that_change_while_their_lease_is_drafted_are_drafted_anew(
    street: Street, listing_id: ListingId, at: int
) -> None:
    """An import takes the news while a pass drafts of what it read before."""
    booked = street.book(listing_id)
    take_all(street, listing_id)
    street.later()

    def move() -> None:
        street.portal.by_hand.move_booking(booked, date(2026, 4, 1), date(2026, 5, 31))
        take_all(street, listing_id)

    street.importer(Meanwhile(at, other=move)).settle(street.command())
    street.importer().settle(street.command())
    (lease,) = street.leases(DRAFT)
    assert (lease.start, lease.end, lease.lease_id) == (
        date(2026, 4, 1),
        date(2026, 6, 1),
        street.application(booked).lease_id,
    )


@pytest.mark.parametrize("at", range(1, 7))
def test_two_passes_at_once_let_go_of_no_draft_of_the_other(street: Street, listing_id: ListingId, at: int) -> None:
    """What was cancelled here is drafted anew by both: the draft of one is not freed by the other."""
    booked = cancelled_and_moved(street, listing_id)
    take_all(street, listing_id)
    settle = street.importer().settle
    street.importer(Meanwhile(at, other=lambda: settle(street.command()))).settle(street.command())
    settle(street.command())
    (draft,) = street.leases(DRAFT)
    application = street.application(booked)
    assert (application.lease_id, application.trouble) == (draft.lease_id, "")


def test_a_pass_does_not_settle_what_it_did_not_read(street: Street, listing_id: ListingId) -> None:
    """Days that were moved and moved back are settled; moved once more meanwhile, a person is still told."""
    booked = street.book(listing_id)
    street.bring()
    street.activate(booked)
    for last_day in (date(2026, 9, 30), date(2026, 8, 31)):
        street.later()
        street.portal.by_hand.move_booking(booked, date(2026, 3, 1), last_day)
        take_all(street, listing_id)
    street.later()

    def move() -> None:
        street.portal.by_hand.move_booking(booked, date(2026, 3, 1), date(2026, 12, 31))
        take_all(street, listing_id)

    street.importer(Meanwhile(2, other=move)).settle(street.command())
    street.importer().settle(street.command())
    assert "2027-01-01 by now" in street.application(booked).trouble


@define
class MeanwhileKilled(Meanwhile):
    """And ends the process right after that call."""

    @override
    def call(self, do: Callable[[], Any]) -> Any:
        found = super().call(do)
        if self.calls == self.at:
            raise Killed
        return found


def test_a_draft_of_what_was_settled_meanwhile_is_found_by_a_whole_run(street: Street, listing_id: ListingId) -> None:
    """A pass drafts of a booking that another one settled as cancelled, and is killed before it notes the lease."""
    for at in count(1):
        booked = street.book(listing_id)
        take_all(street, listing_id)
        street.later()

        def cancel(booked: str = booked) -> None:
            street.portal.by_hand.change_booking(booked, CANCELLED)
            take_all(street, listing_id)
            street.importer().settle(street.command())

        try:
            street.importer(MeanwhileKilled(at, other=cancel)).settle(street.command())
        except Killed:
            street.later(DAY)
            street.bring(whole=True)
            assert street.leases(DRAFT) == [], at
        else:
            return
