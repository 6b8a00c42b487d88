"""The public side: published listings for everybody, kept for seconds, and what somebody asks about one."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from marketplace_core.domain.identifiers import ListingId
from marketplace_core.errors import NotFound
from marketplace_entrypoints.http.converter import plain_of
from marketplace_entrypoints.http.kept_pages import KeptPage
from marketplace_entrypoints.http.operation import Answer, Call, Public, operation
from marketplace_entrypoints.http.shapes.portal import (
    PortalInquiry,
    PortalInquiryTaken,
    PortalListing,
    PortalPage,
    PortalSearch,
)

_ALL: Final = "/portal/listings"
_ONE: Final = "/portal/listings/{listing_id}"
_SHOWN: Final = Public("what it shows is published for everybody")
_KINDS: Final = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
_PICTURE_AGE: Final = 31_536_000
"""A picture's name is the digest of its bytes, so that it never changes."""


@operation("GET", _ALL, _SHOWN, answers=PortalPage, query=PortalSearch, limit="portal", caches=True)
def search_portal(call: Call[PortalSearch, Any]) -> Answer:
    """Published listings that fit, a page at a time."""

    def make() -> bytes:
        return _bytes_of(PortalPage.of(call.parts.ports.search(call.query.search()), _server(call)))

    page = _kept(call, f"search {call.query!r}", make)
    following = json.loads(page.content)["next"]
    headers = (("Link", f'<{_next(call, following)}>; rel="next"'),) if following else ()
    return _answer(call, page, headers)


@operation("GET", _ONE, _SHOWN, answers=PortalListing, limit="portal", caches=True)
def read_portal_listing(call: Call[Any, Any]) -> Answer:
    """A published listing, with what search engines read as JSON-LD."""
    listing_id = ListingId(call.path["listing_id"])

    def make() -> bytes:
        return _bytes_of(PortalListing.of(call.parts.ports.public_listing(listing_id), _server(call)))

    return _answer(call, _kept(call, f"listing {listing_id}", make))


@operation(
    "GET",
    "/portal/pictures/{picture}",
    Public("a picture's name is the digest of its bytes: who has it was shown it"),
    answers=None,
    further=tuple(_KINDS.values()),
    limit="portal",
    caches=True,
)
def read_portal_picture(call: Call[Any, Any]) -> Answer:
    """A picture of a listing, by the name that the listing gives."""
    name = call.path["picture"]
    digest, _, suffix = name.partition(".")
    if suffix not in _KINDS:
        raise NotFound("there is no such picture")
    etag = f'"{digest[:32]}"'
    age = (("Cache-Control", f"public, max-age={_PICTURE_AGE}, immutable"),)
    content = call.parts.listings.pictures.content(name)
    if _is_known(call, etag):
        return Answer(None, HTTPStatus.NOT_MODIFIED, etag, age)
    return Answer(content, etag=etag, headers=age, content_type=_KINDS[suffix])


@operation(
    "POST",
    _ONE + "/inquiries",
    Public("whoever looks for a home asks without an account"),
    answers=PortalInquiryTaken,
    body=PortalInquiry,
    status=HTTPStatus.CREATED,
    limit="inquiries",
)
def ask_about_listing(call: Call[Any, PortalInquiry]) -> Answer:
    """Ask the landlord about a published listing; the same question again is kept once."""
    receive = call.parts.listings.services.receive_inquiry()
    receive(ListingId(call.path["listing_id"]), call.body.applicant, call.body.text)
    return Answer(PortalInquiryTaken(received=True), HTTPStatus.CREATED)


def _kept(call: Call[Any, Any], key: str, make: Callable[[], bytes]) -> KeptPage:
    return call.parts.pages.get(key, call.now, make)


def _answer(call: Call[Any, Any], page: KeptPage, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    age = ("Cache-Control", f"public, max-age={call.parts.settings.listings.max_age}")
    if _is_known(call, page.etag):
        return Answer(None, HTTPStatus.NOT_MODIFIED, page.etag, (age,))
    return Answer(page.content, etag=page.etag, headers=(age, *headers))


def _is_known(call: Call[Any, Any], etag: str) -> bool:
    """True where the caller has it already, compared as weak tags are."""
    told = [it.strip().removeprefix("W/") for it in call.headers.get("if-none-match", "").split(",")]
    return etag in told or "*" in told


def _bytes_of(shape: object) -> bytes:
    return json.dumps(plain_of(shape), ensure_ascii=False, separators=(",", ":")).encode()


def _server(call: Call[Any, Any]) -> str:
    return call.parts.settings.public_url.rstrip("/")


def _next(call: Call[PortalSearch, Any], after: str) -> str:
    asked = {name: text for name, text in plain_of(call.query).items() if text not in (None, "")}
    return f"{_ALL}?{urlencode({**asked, 'after': after})}"
