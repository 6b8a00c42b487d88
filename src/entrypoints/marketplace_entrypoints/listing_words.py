"""What is said of a listing, an inquiry and an application to people and to machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marketplace_core.domain.listings.applications import Application
from marketplace_core.domain.listings.copies import ListingCopy
from marketplace_core.domain.listings.file import ListingChange, ListingFile
from marketplace_core.domain.listings.inquiries import Inquiry
from marketplace_core.domain.listings.listing import FOLLOWS, Listing, ListingPlace, ListingStatus
from marketplace_core.domain.money import Money
from marketplace_core.domain.register import ListingEntry


def follows(listing: Listing) -> tuple[str, ...]:
    """What it may become from here, whoever does it."""
    return tuple(it.value for it in ListingStatus if it in FOLLOWS[listing.status])


def title_of(listing: Listing) -> str:
    """Its first title; empty where it has none yet."""
    return listing.texts[0].title if listing.texts else ""


def plain_listing(entry: ListingEntry) -> dict[str, Any]:
    """A listing for machines."""
    it = entry.listing
    return {
        "listing": it.listing_id,
        "version": it.version,
        "status": it.status.value,
        "status_at": it.status_at.isoformat(),
        "status_reason": it.status_reason,
        "follows": list(follows(it)),
        "property": it.property_id,
        "unit": it.unit_id,
        "unit_code": entry.unit_code,
        "title": title_of(it),
        "rent": _money(it.rent),
        "deposit": _money(it.deposit),
        "category": it.category,
        "pictures": [one.name for one in it.pictures],
        "available_from": it.available_from.isoformat() if it.available_from else None,
    }


def plain_listing_file(
    entry: ListingEntry, file: ListingFile, lacking: Sequence[str], copies: Sequence[ListingCopy]
) -> dict[str, Any]:
    """A listing with all that is offered, its history and its copies outside."""
    it = file.listing
    return {
        **plain_listing(entry),
        "texts": [
            {"locale": one.locale, "title": one.title, "description": one.description, "rules": one.rules}
            for one in it.texts
        ],
        "place": _place(it.place) if it.place else None,
        "lacking": list(lacking),
        "history": [_line(one) for one in file.changes],
        "copies": [plain_copy(one) for one in copies],
    }


def plain_copy(it: ListingCopy) -> dict[str, Any]:
    """A copy outside for machines."""
    return {
        "system": it.system,
        "external_id": it.external_id,
        "told_version": it.told_version,
        "told_at": it.told_at.isoformat() if it.told_at else None,
        "edits": list(it.edits),
        "findings": list(it.findings),
        "trouble": it.trouble,
    }


def plain_inquiry(it: Inquiry) -> dict[str, Any]:
    """An inquiry for machines."""
    return {
        "inquiry": it.inquiry_id,
        "listing": it.listing_id,
        "unit": it.unit_id,
        "system": it.system,
        "status": it.status.value,
        "asked_at": it.asked_at.isoformat(),
        "last_asked_at": it.last_asked_at.isoformat(),
        "name": it.applicant.name,
        "phone": it.applicant.phone,
        "email": it.applicant.email,
        "messages": [
            {"sent_at": one.sent_at.isoformat(), "is_asker": one.is_asker, "text": one.text} for one in it.messages
        ],
    }


def plain_application(it: Application) -> dict[str, Any]:
    """An application for machines."""
    return {
        "application": it.application_id,
        "system": it.system,
        "external_id": it.external_id,
        "listing": it.listing_id,
        "unit": it.unit_id,
        "status": it.status.value,
        "starts_on": it.starts_on.isoformat(),
        "ends_on": it.ends_on.isoformat(),
        "name": it.applicant.name,
        "phone": it.applicant.phone,
        "email": it.applicant.email,
        "is_verified": it.applicant.email_verified or it.applicant.phone_verified,
        "person": it.person_id,
        "lease": it.lease_id,
        "trouble": it.trouble,
    }


def _money(amount: Money | None) -> dict[str, str] | None:
    return {"amount": amount.plain(), "currency": amount.currency.code} if amount else None


def _place(it: ListingPlace) -> dict[str, Any]:
    return {
        "country": it.country,
        "city": it.city,
        "area": it.area,
        "street": it.street,
        "street_number": it.street_number,
        "postal_code": it.postal_code,
        "latitude": f"{it.latitude:f}" if it.latitude is not None else None,
        "longitude": f"{it.longitude:f}" if it.longitude is not None else None,
    }


def _line(it: ListingChange) -> dict[str, Any]:
    return {
        "what": it.what,
        "by": it.by,
        "recorded_at": it.recorded_at.isoformat(),
        "before": it.before,
        "after": it.after,
        "reason": it.reason,
        "note": it.note,
    }
