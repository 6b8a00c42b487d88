"""Bookings and inquiries as the real portal tells them, read with the rights of our account."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.fixtures.cocorico_portal import cocorico_of

from marketplace_adapters.cocorico import Cocorico
from marketplace_adapters.cocorico.testing import BEGINNING, CocoricoPortal
from marketplace_adapters.cocorico.testing.hand import BOOKING_STATUSES, CANCELED, PAYED, REQUESTED
from marketplace_core.domain.listings.records import Applicant, BookingStatus, OutsideInquiry
from marketplace_core.domain.outside_property.pages import Unread

pytestmark = pytest.mark.cocorico

FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)


@pytest.fixture
def listing(portal: CocoricoPortal, landlord: int) -> int:
    """Give a listing there."""
    return portal.hand.add_listing(landlord)


def test_a_booking_is_told_whole(portal: CocoricoPortal, cocorico: Cocorico, listing: int) -> None:
    """Days as the calendar has them, the last one included; who books with what the portal verified; no amounts."""
    asker = portal.hand.add_asker()
    made = portal.hand.add_booking(listing, asker, FIRST, LAST, status=PAYED)
    (told,) = cocorico.bookings.bookings(None, "", 10).rows
    assert (told.external_id, told.listing_external_id) == (str(made), str(listing))
    assert (told.status, told.starts_on, told.ends_on) == (BookingStatus.ACCEPTED, FIRST, date(2027, 4, 1))
    assert told.applicant == Applicant(
        str(asker), "Dalmas Ouma", "asker@example.org", "+254733000001", email_verified=True, phone_verified=True
    )
    assert (told.created_at, told.updated_at, told.message) == (BEGINNING, BEGINNING, "We would like to move in.")


def test_a_last_day_may_be_the_day_of_leaving(portal: CocoricoPortal, listing: int) -> None:
    """Where the portal is set up so; a booking of one day stays one."""
    asker = portal.hand.add_asker()
    portal.hand.add_booking(listing, asker, FIRST, LAST)
    portal.hand.add_booking(listing, asker, FIRST, FIRST)
    rows = cocorico_of(portal, end_is_inclusive=False).bookings.bookings(None, "", 10).rows
    assert sorted(it.ends_on for it in rows) == [date(2026, 4, 2), LAST]


def test_each_status_there_is_one_of_ours(portal: CocoricoPortal, cocorico: Cocorico, listing: int) -> None:
    """All that the portal has."""
    asker = portal.hand.add_asker()
    made = {portal.hand.add_booking(listing, asker, FIRST, LAST, status=it): it for it in BOOKING_STATUSES}
    told = {made[int(it.external_id)]: it.status for it in cocorico.bookings.bookings(None, "", 10).rows}
    assert told == dict(
        zip(
            BOOKING_STATUSES,
            [
                BookingStatus.DRAFT,
                BookingStatus.REQUESTED,
                BookingStatus.ACCEPTED,
                BookingStatus.EXPIRED,
                BookingStatus.REFUSED,
                BookingStatus.CANCELLED,
                BookingStatus.PAYMENT_FAILED,
            ],
            strict=True,
        )
    )


def test_an_unknown_status_is_unread(portal: CocoricoPortal, cocorico: Cocorico, listing: int) -> None:
    """The booking is named, and those around it are told, by whatever pages."""
    asker = portal.hand.add_asker()
    first, made, last = (portal.hand.add_booking(listing, asker, FIRST, LAST) for _ in range(3))
    portal.hand.rows.change("booking", made, status=7)
    page = cocorico.bookings.bookings(None, "", 10)
    assert {it.external_id for it in page.rows} == {str(first), str(last)}
    assert page.unread == (Unread(f"booking {made} there has the status 7, which we do not know", str(listing)),)
    told, unread = list[str](), list[Unread]()
    cursor = ""
    for _ in range(3):
        page = cocorico.bookings.bookings(None, cursor, 1)
        told.extend(it.external_id for it in page.rows)
        unread.extend(page.unread)
        cursor = page.next_cursor or ""
    assert (sorted(told), len(unread), cursor) == (sorted([str(first), str(last)]), 1, "")


def test_days_in_the_wrong_order_are_unread(portal: CocoricoPortal, cocorico: Cocorico, listing: int) -> None:
    """No lease is made up from them."""
    made = portal.hand.add_booking(listing, portal.hand.add_asker(), LAST, FIRST)
    page = cocorico.bookings.bookings(None, "", 10)
    assert (page.rows, len(page.unread)) == ((), 1)
    assert page.unread[0].words.startswith(f"booking {made} there is from")


def test_bookings_without_a_time_of_change_are_never_missed(
    portal: CocoricoPortal, cocorico: Cocorico, listing: int
) -> None:
    """A raw write there may leave it out: they come first in each pass, however long ago they were made."""
    asker = portal.hand.add_asker()
    made = [portal.hand.add_booking(listing, asker, FIRST, LAST) for _ in range(5)]
    for it in made[:3]:
        portal.hand.rows.change("booking", it, updatedAt=None)
    told, cursor = list[str](), ""
    while True:
        page = cocorico.bookings.bookings(BEGINNING + timedelta(hours=1), cursor, 2)
        told += [it.external_id for it in page.rows]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert told == sorted((str(it) for it in made[:3]), key=int)


def test_instants_are_those_of_the_portals_zone(portal: CocoricoPortal, listing: int) -> None:
    """What is kept as nine o'clock in Nairobi is six in UTC; so is what is asked for since then."""
    portal.hand.add_booking(listing, portal.hand.add_asker(), FIRST, LAST)
    bookings = cocorico_of(portal, zone="Africa/Nairobi").bookings
    (told,) = bookings.bookings(None, "", 10).rows
    assert told.updated_at == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert bookings.bookings(told.updated_at, "", 10).rows == (told,)
    assert bookings.bookings(told.updated_at + timedelta(seconds=1), "", 10).rows == ()


def test_a_deletion_there_takes_bookings_along(portal: CocoricoPortal, cocorico: Cocorico, landlord: int) -> None:
    """An admin erases a landlord: listings, bookings and threads are gone, and the sweep tells what is left."""
    hand = portal.hand
    asker, other = hand.add_asker(), hand.add_user("other@example.org")
    for it in (landlord, other):
        hand.add_booking(hand.add_listing(it), asker, FIRST, LAST, status=CANCELED)
    kept = [it.external_id for it in cocorico.bookings.bookings(None, "", 10).rows][1:]
    if hand.rows.one("booking", int(kept[0]))["listing_id"] != hand.rows.all("listing", user_id=other)[0]["id"]:
        kept = [it.external_id for it in cocorico.bookings.bookings(None, "", 10).rows][:1]
    hand.delete_user(landlord)
    assert [it.external_id for it in cocorico.bookings.booking_ids("", 10).rows] == kept
    assert len(hand.rows.all("message_thread")) == 1


def test_an_inquiry_is_told_with_its_messages(portal: CocoricoPortal, cocorico: Cocorico, listing: int) -> None:
    """Who began it asks, the landlord answers; a booking's thread is none."""
    hand = portal.hand
    asker = hand.add_asker(phone="")
    thread = hand.add_inquiry(listing, asker, "Is it still free? 🙂".replace(" 🙂", ""))
    hand.rows.pass_time(timedelta(minutes=3))
    landlord = int(str(hand.rows.one("listing", listing)["user_id"]))
    hand.add_message(thread, landlord, "It is.")
    hand.add_booking(listing, asker, FIRST, LAST, status=REQUESTED)
    (told,) = cocorico.inquiries.inquiries(None, "", 10).rows
    assert (told.external_id, told.listing_external_id, told.subject) == (str(thread), str(listing), "A question")
    assert [(it.text, it.is_asker) for it in told.messages] == [("Is it still free?", True), ("It is.", False)]
    assert (told.created_at, told.updated_at) == (BEGINNING, BEGINNING + timedelta(minutes=3))
    assert (told.applicant.phone, told.applicant.phone_verified, told.is_spam) == ("", False, False)
    hand.mark_spam(thread)
    assert cocorico.inquiries.inquiries(None, "", 10).rows[0].is_spam


def test_inquiries_come_in_the_order_of_the_last_message(
    portal: CocoricoPortal, cocorico: Cocorico, listing: int
) -> None:
    """By pages, from an instant on; an old thread comes again, whole, when somebody writes in it."""
    hand = portal.hand
    asker = hand.add_asker()
    threads = list[int]()
    for number in range(5):
        hand.rows.now = BEGINNING + timedelta(minutes=number)
        threads.append(hand.add_inquiry(listing, asker, f"Question {number}"))
    hand.rows.now = BEGINNING + timedelta(minutes=9)
    hand.add_message(threads[1], asker, "And the deposit?")

    def read(since: datetime | None) -> list[int]:
        told, cursor = list[int](), ""
        while True:
            page = cocorico.inquiries.inquiries(since, cursor, 2)
            told += [int(it.external_id) for it in page.rows]
            if page.next_cursor is None:
                return told
            cursor = page.next_cursor

    assert read(None) == [threads[0], *threads[2:], threads[1]]
    assert read(BEGINNING + timedelta(minutes=3)) == [threads[3], threads[4], threads[1]]
    (again,) = cocorico.inquiries.inquiries(BEGINNING + timedelta(minutes=5), "", 10).rows
    assert [it.text for it in again.messages] == ["Question 1", "And the deposit?"]


def test_a_thread_whose_beginner_is_unknown_is_left_out(
    portal: CocoricoPortal, cocorico: Cocorico, listing: int
) -> None:
    """Nobody could be answered."""
    thread = portal.hand.add_inquiry(listing, portal.hand.add_asker())
    portal.hand.rows.change("message_thread", thread, createdBy_id=None)
    assert cocorico.inquiries.inquiries(None, "", 10).rows == ()


def test_what_our_books_cannot_hold_is_left_out_of_texts(
    portal: CocoricoPortal, cocorico: Cocorico, listing: int
) -> None:
    """Their forms and columns take NUL, and PostgreSQL does not: one message would stop every import for good."""
    hand = portal.hand
    asker = hand.add_asker()
    hand.rows.change("user", asker, first_name="Dal\0mas")
    hand.add_inquiry(listing, asker, "Is it\0 free?", "A\0 question")
    hand.add_booking(listing, asker, FIRST, LAST, message="We\0 would")
    (told,) = cocorico.inquiries.inquiries(None, "", 10).rows
    assert (told.subject, told.messages[0].text, told.applicant.name) == ("A question", "Is it free?", "Dalmas Ouma")
    (booked,) = cocorico.bookings.bookings(None, "", 10).rows
    assert (booked.message, booked.applicant.name) == ("We would", "Dalmas Ouma")


def test_a_phone_is_one_number_however_it_was_typed(portal: CocoricoPortal, cocorico: Cocorico, listing: int) -> None:
    """Their form checks none: beside the prefix stands the zero that is dialled at home, or the whole number again."""
    typed = {
        "+254 712345678": "+254712345678",
        "+254 0712345678": "+254712345678",
        "+254 0712 345 678": "+254712 345 678",
        "+254 +254712345678": "+254712345678",
        "+254 00254712345678": "00254712345678",
        "0712345678": "0712345678",
        "+39 0612345678": "+390612345678",
    }
    for at, phone in enumerate(typed):
        asker = portal.hand.add_asker(f"asker{at}@example.org", phone=phone)
        portal.hand.add_booking(listing, asker, FIRST, LAST)
    told = {it.applicant.email: it.applicant.phone for it in cocorico.bookings.bookings(None, "", 10).rows}
    assert [told[f"asker{at}@example.org"] for at in range(len(typed))] == list(typed.values())


def test_days_in_no_calendar_are_unread(portal: CocoricoPortal, cocorico: Cocorico, listing: int) -> None:
    """Zeros, which its tables let in, and the last day that there is; those around them are told, by whatever pages."""
    asker = portal.hand.add_asker()
    fine = portal.hand.add_booking(listing, asker, FIRST, LAST)
    odd = [portal.hand.add_booking(listing, asker, FIRST, LAST) for _ in range(4)]
    portal.hand.rows.change("booking", odd[0], start="0000-00-00 00:00:00")
    portal.hand.rows.change("booking", odd[1], end="9999-12-31 00:00:00")
    portal.hand.rows.change("booking", odd[2], updatedAt="0000-00-00 00:00:00")
    portal.hand.rows.change("booking", odd[3], end=FIRST - timedelta(days=1))
    for limit in (1, 2, 10):
        told, unread, cursor = list[str](), list[str](), ""
        while True:
            page = cocorico.bookings.bookings(None, cursor, limit)
            told.extend(it.external_id for it in page.rows)
            unread.extend(it.words for it in page.unread)
            if page.next_cursor is None:
                break
            cursor = page.next_cursor
        assert told == [str(fine)]
        assert sorted(int(it.split()[1]) for it in unread) == sorted(odd)
    assert len(cocorico.bookings.booking_ids("", 10).rows) == 5


def _all_pages(cocorico: Cocorico, limit: int) -> tuple[list[str], list[str]]:
    """The ids that a pass over all bookings tells, and the words of what it leaves; it ends within ten pages."""
    told, unread, cursor = list[str](), list[str](), ""
    for _ in range(10):
        page = cocorico.bookings.bookings(None, cursor, limit)
        told.extend(it.external_id for it in page.rows)
        unread.extend(it.words for it in page.unread)
        if page.next_cursor is None:
            return told, unread
        cursor = page.next_cursor
    raise AssertionError(f"no end: {told}")


@pytest.mark.parametrize("limit", [1, 2])
def test_a_time_of_change_of_no_day_skips_no_other(
    portal: CocoricoPortal, cocorico: Cocorico, listing: int, limit: int
) -> None:
    """Such as the tenth of no month, which the tables sort before each month of that year; also two of the same."""
    asker = portal.hand.add_asker()
    made = sorted(portal.hand.add_booking(listing, asker, FIRST, LAST) for _ in range(4))
    times = ("0000-00-00 00:00:00", "0000-00-00 00:00:00", "2026-00-10 00:00:00", "2026-01-05 00:00:00")
    for it, time in zip(made, times, strict=True):
        portal.hand.rows.change("booking", it, updatedAt=time)
    told, unread = _all_pages(cocorico, limit)
    assert (told, [int(it.split()[1]) for it in unread]) == ([str(made[3])], made[:3])


def test_parts_of_seconds_are_gone_on_behind(portal: CocoricoPortal, cocorico: Cocorico, listing: int) -> None:
    """A finer column passes the check of columns; a place cut to seconds would tell its rows for ever."""
    asker = portal.hand.add_asker()
    made = [portal.hand.add_booking(listing, asker, FIRST, LAST) for _ in range(3)]
    portal.alter(["ALTER TABLE booking MODIFY updatedAt DATETIME(6)"])
    for it, part in zip(made, (250_000, 500_000, 0), strict=True):
        portal.hand.rows.change("booking", it, updatedAt=datetime(2026, 3, 2, 9, 0, 0, part))  # noqa: DTZ001 - as kept
    assert not cocorico.check()
    assert _all_pages(cocorico, 1) == ([str(made[2]), str(made[0]), str(made[1])], [])


@pytest.mark.parametrize("time", ["0000-00-00 00:00:00", "9999-12-31 23:59:59"])
@pytest.mark.parametrize("limit", [1, 10])
def test_an_inquiry_of_no_day_is_told(portal: CocoricoPortal, listing: int, time: str, limit: int) -> None:
    """With another time of its thread: the landlord is to hear who asks, and the others are told, by whatever pages."""
    hand = portal.hand
    asker = hand.add_asker()
    inquiries = cocorico_of(portal, zone="America/New_York").inquiries
    threads = [hand.add_inquiry(listing, asker, f"Question {number}") for number in range(5)]
    hand.rows.change("message_thread", threads[0], createdAt=time)
    for thread in threads[1:3]:
        hand.rows.run("UPDATE message SET created_at = %s WHERE thread_id = %s", [time, thread])
    hand.rows.change("message_thread", threads[2], createdAt=time)
    told, cursor = dict[str, OutsideInquiry](), ""
    for _ in range(10):
        page = inquiries.inquiries(None, cursor, limit)
        told |= {it.external_id: it for it in page.rows}
        cursor = page.next_cursor or ""
        if not cursor:
            break
    assert (cursor, sorted(told, key=int)) == ("", [str(it) for it in threads])
    fine, odd = told[str(threads[3])], told[str(threads[1])]
    assert told[str(threads[0])].created_at == fine.created_at
    assert odd.messages[0].sent_at == odd.updated_at == fine.created_at
