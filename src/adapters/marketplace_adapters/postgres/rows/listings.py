"""Listings, their history and their copies as rows, with what the public's search asks by."""

from __future__ import annotations

from typing import Any, Final

from attrs import evolve, fields, frozen

from marketplace_adapters.postgres.rows.values import Columns, Row, currency_of, currency_text
from marketplace_core.domain.codec import digest, from_plain, to_plain
from marketplace_core.domain.identifiers import ListingId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.listings.copies import ListingCopy
from marketplace_core.domain.listings.file import ListingChange, ListingFile
from marketplace_core.domain.listings.listing import Listing, ListingPlace, ListingStatus, ListingText, Picture
from marketplace_core.domain.listings.public import PublicListing
from marketplace_core.domain.listings.searching import plain, public_listing_of, words_of
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import UnitKind

_COPY: Final = tuple(it.name for it in fields(ListingCopy))


@frozen
class Offer:
    """What of a listing is said at length."""

    texts: tuple[ListingText, ...] = ()
    place: ListingPlace | None = None
    pictures: tuple[Picture, ...] = ()


def listing_row(file: ListingFile, kind: UnitKind) -> Row:
    """The columns of a listing whose unit is of that kind."""
    it = file.listing
    priced = it.rent or it.deposit
    return {
        "portfolio_id": it.portfolio_id,
        "listing_id": it.listing_id,
        "property_id": it.property_id,
        "unit_id": it.unit_id,
        "created_at": it.created_at,
        "status": it.status,
        "status_at": it.status_at,
        "status_reason": it.status_reason,
        "version": it.version,
        "offer": to_plain(Offer(it.texts, it.place, it.pictures)),
        "category": it.category,
        "available_from": it.available_from,
        "currency": priced and currency_text(priced.currency),
        "rent_minor": it.rent and it.rent.amount_minor,
        "deposit_minor": None if it.deposit is None else it.deposit.amount_minor,
        "changed_at": max((line.recorded_at for line in file.changes), default=it.status_at),
        "changed_on": it.status_at.date(),
        "unit_kind": kind,
        **shown_row(public_listing_of(file, kind)),
    }


def shown_row(it: PublicListing | None) -> Row:
    """What the search asks by; nothing of what the public does not see."""
    if it is None:
        return {"published_at": None, "city": "", "marks": ""}
    marks = (*words_of(it), kind_mark(it.kind), category_mark(it.category), city_mark(it.place.city))
    return {
        "published_at": it.published_at,
        "city": plain(it.place.city),
        "marks": " ".join(f"'{mark}'" for mark in marks),
    }


def kind_mark(kind: UnitKind) -> str:
    """A mark of a unit's kind: like the others none that a word is, and without signs that would end it."""
    return f"=kind={kind}"


def listing_columns(row: Columns) -> Row:
    """What a listing's row should say by itself; when it was changed last, its history says."""
    said = listing_row(ListingFile(listing_of(row)), UnitKind(row["unit_kind"]))
    del said["changed_at"]
    if set(said["marks"].split()) == set(row["marks"].split()):
        said["marks"] = row["marks"]
    return said


def category_mark(category: str) -> str:
    """A mark of a category."""
    return f"=category={digest(category)[:32]}"


def city_mark(city: str) -> str:
    """A mark of a city, without regard to case."""
    return f"=city={digest(plain(city))[:32]}"


def listing_of(row: Columns) -> Listing:
    """The listing of a row."""
    offer = from_plain(row["offer"], Offer)
    return Listing(
        PortfolioId(row["portfolio_id"]),
        ListingId(row["listing_id"]),
        PropertyId(row["property_id"]),
        UnitId(row["unit_id"]),
        row["created_at"],
        ListingStatus(row["status"]),
        row["status_at"],
        offer.texts,
        _money(row, "rent_minor"),
        _money(row, "deposit_minor"),
        offer.place,
        row["category"],
        offer.pictures,
        row["available_from"],
        row["status_reason"],
        row["version"],
    )


def _money(row: Columns, name: str) -> Money | None:
    return None if row[name] is None else Money(row[name], currency_of(row["currency"]))


def public_of(row: Columns) -> PublicListing:
    """What the public sees of a row that it sees."""
    it = listing_of(row)
    assert it.rent is not None  # noqa: S101 - of what is shown: a constraint says so
    assert it.place is not None  # noqa: S101 - what has none is not shown
    return PublicListing(
        it.listing_id,
        it.texts,
        it.rent,
        it.place,
        UnitKind(row["unit_kind"]),
        row["published_at"],
        row["changed_at"],
        it.category,
        it.deposit,
        tuple(picture.name for picture in it.pictures),
        it.available_from,
    )


def change_row(it: ListingChange) -> Row:
    """The columns of a line of history."""
    return {"change_id": it.change_id, "reason": it.reason, "body": to_plain(evolve(it, reason=""))}


def change_of(row: Columns) -> ListingChange:
    """The line of history of a row."""
    return evolve(from_plain(row["body"], ListingChange), reason=row["reason"])


def copy_row(it: ListingCopy) -> Row:
    """The columns of a copy."""
    return {
        "portfolio_id": it.portfolio_id,
        "listing_id": it.listing_id,
        "system": it.system,
        "external_id": it.external_id,
        "chosen_at": it.chosen_at,
        "attempt": it.attempt,
        "told": None if it.told is None else dict(it.told),
        "told_version": it.told_version,
        "told_at": it.told_at,
        "edits": list(it.edits),
        "findings": list(it.findings),
        "trouble": it.trouble,
        "telling": None if it.telling is None else dict(it.telling),
    }


def copy_of(row: Columns) -> ListingCopy:
    """The copy of a row."""
    values: dict[str, Any] = {name: row[name] for name in _COPY}
    values |= {name: tuple(row[name]) for name in ("edits", "findings")}
    return ListingCopy(**values)
