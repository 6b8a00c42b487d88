"""Listings as people name them: by an id, or by the unit that is offered."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.access import Reach
from marketplace_core.domain.listings.listing import ListingStatus
from marketplace_core.domain.paging import Filter, PageAsk, Sort
from marketplace_core.domain.register import LISTINGS, ListingEntry
from marketplace_core.errors import NotFound
from marketplace_entrypoints.cli.failures import Refused
from marketplace_entrypoints.cli.session import Session
from marketplace_entrypoints.register_pages import everything

ListingName = Annotated[str, Parameter(help="Id of the listing, or its unit's code or id.")]


def listing_entries(here: Session, filters: tuple[Filter, ...] = ()) -> list[ListingEntry]:
    """Listings of the portfolio, what changed last first."""
    ask = PageAsk(500, sort=Sort("changed_on", descending=True), filters=filters)
    return list(everything(here.ports.page, Reach(here.portfolio_id, is_whole=True), LISTINGS, ask))


def find_listing(here: Session, text: str) -> ListingEntry:
    """The listing of an id, or the one of a unit that is not archived."""
    found = [it for it in listing_entries(here) if text in (it.listing.listing_id, it.unit_code, it.listing.unit_id)]
    standing = [it for it in found if it.listing.status is not ListingStatus.ARCHIVED] or found[:1]
    if not standing:
        raise NotFound(f"no listing {text!r} in {here.portfolio_id}; see marketplace listings list")
    if len(standing) > 1:
        known = ", ".join(it.listing.listing_id for it in standing)
        raise Refused(f"unit {text} has {len(standing)} listings: name one by its id ({known})")
    return standing[0]
