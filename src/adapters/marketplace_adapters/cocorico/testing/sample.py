"""A portal with landlords, listings, inquiries and bookings: the same ones each time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from marketplace_adapters.cocorico.testing.hand import BOOKING_STATUSES, CocoricoHand

_CITIES: Final = ("Nairobi", "Mombasa", "Kisumu", "Nakuru", "Eldoret")
_CATEGORIES: Final = ("Flats", "Houses", "Rooms", "Shops")
_NAMES: Final = (("Amina", "Otieno"), ("Baraka", "Mwangi"), ("Chebet", "Koech"), ("Dalmas", "Ouma"))
_FIRST_DAY: Final = date(2026, 4, 1)
_A_YEAR: Final = 364
_SPAM_EACH: Final = 17


def furnish(
    hand: CocoricoHand, *, landlords: int = 5, listings: int = 20, inquiries: int = 50, bookings: int = 30
) -> None:
    """Make so many of each; bookings go round all statuses, one asker in three has no verified phone."""
    hand.add_admin()
    categories = [hand.add_category(it) for it in _CATEGORIES]
    points = {it: hand.add_coordinate(hand.add_city(it, area=f"{it} County")) for it in _CITIES}
    owners = [
        hand.add_user(f"landlord{number}@example.org", *_NAMES[number % len(_NAMES)], phone=f"+254 7220{number:05}")
        for number in range(landlords)
    ]
    askers = [
        hand.add_user(
            f"asker{number}@example.org",
            *_NAMES[number % len(_NAMES)],
            phone=f"+254 7330{number:05}",
            phone_verified=number % 3 != 0,
        )
        for number in range(max(1, (inquiries + bookings) // 2))
    ]
    offered = [
        hand.add_listing(
            owners[number % landlords],
            f"Home {number + 1}",
            price=50_000 + 1_000 * number,
            city=(city := _CITIES[number % len(_CITIES)]),
            coordinate_id=points[city],
            category_ids=[categories[number % len(categories)]],
            pictures=[f"home-{number + 1}.jpg"],
        )
        for number in range(listings if landlords else 0)
    ]
    for number in range(inquiries if offered else 0):
        hand.rows.pass_time(timedelta(minutes=1))
        thread = hand.add_inquiry(
            offered[number * 7 % len(offered)], askers[number % len(askers)], f"Is it free? ({number})"
        )
        if number % _SPAM_EACH == _SPAM_EACH - 1:
            hand.mark_spam(thread)
    for number in range(bookings if offered else 0):
        hand.rows.pass_time(timedelta(minutes=1))
        start = _FIRST_DAY + timedelta(days=number % 28)
        hand.add_booking(
            offered[number * 3 % len(offered)],
            askers[number * 5 % len(askers)],
            start,
            start + timedelta(days=_A_YEAR),
            status=BOOKING_STATUSES[number % len(BOOKING_STATUSES)],
        )
