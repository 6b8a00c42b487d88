"""Listings: lists, one with what it lacks and its history, what is offered, and each step of its life."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from marketplace_core.domain.access import Action, Target, permits
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId, UnitId
from marketplace_core.domain.listings.decisions import Authority
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.domain.register import LISTINGS, ListingEntry
from marketplace_core.errors import InvalidInput
from marketplace_core.services.listings.working import ChangeListing
from marketplace_entrypoints.http.operation import Answer, Call, Nothing, Raw, operation
from marketplace_entrypoints.http.paging import page_answer, page_query
from marketplace_entrypoints.http.problems import Changed
from marketplace_entrypoints.http.shapes.listings import (
    DraftBody,
    ListingDetail,
    ListingPage,
    ListingShape,
    OfferBody,
    PictureQuery,
    RejectBody,
    WhyBody,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_ALL: Final = "/api/listings"
_ONE: Final = "/api/listings/{listing_id}"
_PICTURES: Final = ("image/jpeg", "image/png", "image/webp")


@operation("GET", _ALL, Action.READ_LISTING, answers=ListingPage, query=page_query(LISTINGS), further=("text/csv",))
def list_listings(call: Call[Any, Any]) -> Answer:
    """Listings, a page at a time, or all as CSV."""
    return page_answer(call, LISTINGS, ListingShape.of, ListingPage)


@operation("GET", _ONE, Action.READ_LISTING, answers=ListingDetail)
def read_listing(call: Call[Any, Any]) -> Answer:
    """A listing with all that is offered and its history; its ETag is what If-Match asks for."""
    entry, file = call.parts.listings.services.list_listings().one(call.reach, ListingId(call.path["listing_id"]))
    return Answer(_detail(call, entry, file), etag=_etag(file.listing))


@operation(
    "POST",
    _ALL,
    Action.WRITE_LISTING,
    answers=ListingDetail,
    body=DraftBody,
    status=HTTPStatus.CREATED,
    takes_key=True,
    plans=True,
)
def draft_listing(call: Call[Any, DraftBody]) -> Answer:
    """Begin a listing of a unit; nothing is offered yet."""
    unit = call.parts.gate.unit(call.actor, call.action, call.portfolio_id, UnitId(call.body.unit_id))
    draft = call.parts.listings.services.draft()
    file = draft(call.command("listing.draft"), unit.unit_id, None, dry_run=call.dry_run)
    return _changed(call, file, HTTPStatus.CREATED)


@operation(
    "PUT",
    _ONE,
    Action.WRITE_LISTING,
    answers=ListingDetail,
    body=OfferBody,
    takes_key=True,
    plans=True,
    matches=True,
)
def edit_listing(call: Call[Any, OfferBody]) -> Answer:
    """Say all that is offered; what stood approved has to be approved again, unless an admin edits it."""
    listing, body = _to_change(call), call.body
    currency = call.portfolio.currency
    file = _service(call, listing).edit(
        call.command("listing.edit"),
        listing.listing_id,
        lambda it: body.offered(it, currency),
        _authority(call, listing),
        dry_run=call.dry_run,
    )
    return _changed(call, file)


@operation(
    "POST",
    _ONE + "/pictures",
    Action.WRITE_LISTING,
    answers=ListingDetail,
    query=PictureQuery,
    body=Raw,
    takes=_PICTURES,
    status=HTTPStatus.CREATED,
    takes_key=True,
    plans=True,
    matches=True,
)
def add_picture(call: Call[PictureQuery, Raw]) -> Answer:
    """Add a picture, JPEG, PNG or WebP, as the last one; the same one again is there once."""
    listing = _to_change(call)
    if not call.body.content:
        raise InvalidInput("send the bytes of a picture")
    picture = call.parts.listings.take_picture(call.body.content, call.query.caption, dry_run=call.dry_run)

    def with_picture(it: Listing) -> Listing:
        kept = tuple(one for one in it.pictures if one.digest != picture.digest)
        return it if len(kept) < len(it.pictures) else evolve(it, pictures=(*kept, picture))

    change = _service(call, listing)
    command, authority = call.command("listing.picture"), _authority(call, listing)
    file = change.edit(command, listing.listing_id, with_picture, authority, dry_run=call.dry_run)
    return _changed(call, file, HTTPStatus.CREATED)


def _step(
    path: str,
    words: str,
    action: Action,
    body: type,
    change: Callable[[ChangeListing], Callable[..., ListingFile]],
) -> Any:  # noqa: ANN401 - an operation
    def step(call: Call[Any, Any]) -> Answer:
        listing = _to_change(call)
        command: Command = call.command(f"listing.{path}", "" if body is Nothing else call.body.reason)
        service = change(_service(call, listing))
        file = service(command, listing.listing_id, _authority(call, listing), dry_run=call.dry_run)
        return _changed(call, file)

    step.__name__ = f"{path}_listing"
    step.__doc__ = words
    declare = operation(
        "POST", f"{_ONE}/{path}", action, answers=ListingDetail, body=body, takes_key=True, plans=True, matches=True
    )
    return declare(step)


submit_listing = _step(
    "submit", "Give a listing to an admin to decide on.", Action.WRITE_LISTING, WhyBody, lambda it: it.submit
)
approve_listing = _step(
    "approve",
    "Approve a listing that lacks nothing; the next publishing shows it.",
    Action.APPROVE_LISTING,
    WhyBody,
    lambda it: it.approve,
)
reject_listing = _step(
    "reject",
    "Reject a listing, and say why; it is shown no more.",
    Action.APPROVE_LISTING,
    RejectBody,
    lambda it: it.reject,
)
withdraw_listing = _step(
    "withdraw", "Take a listing back; it is shown no more.", Action.WRITE_LISTING, WhyBody, lambda it: it.withdraw
)
archive_listing = _step(
    "archive", "Keep a listing only for what was, for good.", Action.WRITE_LISTING, WhyBody, lambda it: it.archive
)
reopen_listing = _step(
    "reopen",
    "Show a listing again whose unit was let, and is let no more.",
    Action.APPROVE_LISTING,
    WhyBody,
    lambda it: it.reopen,
)


def _to_change(call: Call[Any, Any]) -> Listing:
    """The listing in reach, as If-Match names it where it does."""
    listing = call.parts.gate.listing(call.actor, call.action, call.portfolio_id, ListingId(call.path["listing_id"]))
    if call.if_match and call.if_match != _etag(listing):
        raise Changed(f"the listing has changed: it is {_etag(listing)} now, not {call.if_match[:80]}")
    return listing


def _service(call: Call[Any, Any], listing: Listing) -> ChangeListing:
    service = call.parts.listings.services.change()
    return evolve(service, expected_version=listing.version) if call.if_match else service


def _authority(call: Call[Any, Any], listing: Listing) -> Authority:
    """An admin's word, where the caller's roles let them approve."""
    target = Target(listing.portfolio_id, listing.property_id)
    return Authority(permits(call.actor, Action.APPROVE_LISTING, target))


def _changed(call: Call[Any, Any], file: ListingFile, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    it, ports = file.listing, call.parts.ports
    unit = ports.unit(it.portfolio_id, it.unit_id)
    names = {one.property_id: one.name for one in ports.properties(it.portfolio_id)}
    entry = ListingEntry(it, names[it.property_id], unit.code)
    return Answer(_detail(call, entry, file), status, etag="" if call.dry_run else _etag(it))


def _detail(call: Call[Any, Any], entry: ListingEntry, file: ListingFile) -> ListingDetail:
    house = call.parts.listings
    copies = house.copies_of(file.listing)
    return ListingDetail.of(entry, file, house.lacking(file.listing), copies, dry_run=call.dry_run)


def _etag(listing: Listing) -> str:
    return f'"{listing.listing_id}.{listing.version}"'
