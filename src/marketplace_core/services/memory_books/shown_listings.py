"""Listings, applications and inquiries of a book in memory, where their property is in reach."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace_core.domain.access import Target
from marketplace_core.domain.identifiers import UnitId
from marketplace_core.domain.party import Property
from marketplace_core.domain.register import ApplicationEntry, InquiryEntry, ListingEntry, Waiting
from marketplace_core.services.memory_books.shown_rows import Shown, ShownRow


def listings(shown: Shown) -> Iterator[ShownRow]:
    """The rows of listings."""
    for it in (file.listing for file in shown.book.listings.values()):
        place = _place(shown, it.unit_id)
        if place is None:
            continue
        entry = ListingEntry(it, place.name, shown.book.units[it.unit_id].code)
        values = {
            "listing_id": it.listing_id,
            "property_id": place.property_id,
            "unit_id": it.unit_id,
            "status": it.status,
            "changed_on": entry.changed_on,
        }
        yield ShownRow(it.listing_id, entry, values)


def applications(shown: Shown) -> Iterator[ShownRow]:
    """The rows of applications."""
    for it in shown.book.applications.values():
        place = _place(shown, it.unit_id)
        if place is None:
            continue
        entry = ApplicationEntry(it, place.property_id, place.name, shown.book.units[it.unit_id].code)
        values = {
            "application_id": it.application_id,
            "property_id": place.property_id,
            "unit_id": it.unit_id,
            "listing_id": it.listing_id,
            "status": it.status,
            "waiting": Waiting.of(it),
            "starts_on": it.starts_on,
        }
        yield ShownRow(it.application_id, entry, values)


def inquiries(shown: Shown) -> Iterator[ShownRow]:
    """The rows of inquiries."""
    for it in shown.book.inquiries.values():
        place = _place(shown, it.unit_id)
        if place is None:
            continue
        entry = InquiryEntry(it, place.property_id, place.name, shown.book.units[it.unit_id].code)
        values = {
            "inquiry_id": it.inquiry_id,
            "property_id": place.property_id,
            "unit_id": it.unit_id,
            "listing_id": it.listing_id,
            "status": it.status,
            "asked_on": entry.asked_on,
        }
        yield ShownRow(it.inquiry_id, entry, values)


def _place(shown: Shown, unit_id: UnitId) -> Property | None:
    """The property of a unit, None where it is out of reach."""
    book = shown.book
    found = book.properties[book.units[unit_id].property_id]
    return found if shown.reach.shows(Target(book.portfolio_id, found.property_id)) else None
