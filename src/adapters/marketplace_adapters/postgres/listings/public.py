"""The public's search over all portfolios' published listings: the one question of the books that crosses them.

First the index of the order is walked a little way: where what is looked for is usual, that fills a page. Where it does
not, what is looked for is rare, and all of it is gathered by the index that finds it best and put in order. The
database's guess of how much there is would not do: it guesses the same for each word that it does not know. Words,
kinds and categories are marks in one index. Where the tables are distributed by portfolio, each node answers so and the
pages are merged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import frozen
from psycopg.rows import dict_row
from sqlalchemy import select, text
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.bulk.driver import driver_of
from marketplace_adapters.postgres.engine import single_look
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.rows import listings as rows
from marketplace_adapters.postgres.rows.values import currency_text
from marketplace_adapters.postgres.schema.listings import SHOWN
from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.public import PublicListing, PublicPage, PublicSearch, PublicSort
from marketplace_core.domain.listings.searching import SHORTEST_BEGINNING, Place, asked_words, is_descending, plain
from marketplace_core.errors import NotFound
from marketplace_core.ports.listings.public_listings import PublicListings

_LISTINGS: Final = schema.listings
_ORDERS: Final[Mapping[PublicSort, tuple[str, ...]]] = {
    PublicSort.NEWEST: ("published_at", "listing_id"),
    PublicSort.CHEAPEST: ("currency", "rent_minor", "listing_id"),
    PublicSort.DEAREST: ("currency", "rent_minor", "listing_id"),
}
"""The columns of each order, as an index has them."""
WALKED: Final = 1_000
"""How far the order is walked."""
Query = tuple[bytes, dict[str, Any]]
"""A statement and its values."""
_COLUMNS: Final = ", ".join(it.name for it in _LISTINGS.columns if it.name not in ("city", "marks"))


class PostgresPublicListings(Reader, PublicListings):
    """Reads rows of `listings` that are shown, by the indexes that are no portfolio's."""

    @override
    def search(self, search: PublicSearch) -> PublicPage:
        with single_look(self._engine) as connection, driver_of(connection).cursor(row_factory=dict_row) as cursor:
            # Planned for just these words and amounts each time: a plan for any would suit few.
            asked = page_queries(search)
            found = cursor.execute(*asked.walk, prepare=False).fetchall()
            is_full = len(found) > search.limit or asked.gather is None
            if asked.gather is not None and not is_full and cursor.execute(*asked.beyond, prepare=False).fetchone():
                found = cursor.execute(*asked.gather, prepare=False).fetchall()
        shown = tuple(rows.public_of(row) for row in found[: search.limit])
        is_more = len(found) > search.limit
        return PublicPage(shown, Place.of(shown[-1], search.sort).cursor if is_more else None)

    @override
    def public_listing(self, listing_id: ListingId) -> PublicListing:
        with single_look(self._engine) as connection:
            row = connection.execute(select(_LISTINGS).where(*_shown(listing_id))).mappings().first()
        if row is None:
            raise _unknown(listing_id)
        return rows.public_of(row)

    @override
    def portfolio_of(self, listing_id: ListingId) -> PortfolioId:
        with single_look(self._engine) as connection:
            found = connection.scalar(select(_LISTINGS.c.portfolio_id).where(*_shown(listing_id)))
        if found is None:
            raise _unknown(listing_id)
        return PortfolioId(found)


@frozen
class Asked:
    """The walk along the order; whether anything is ``beyond`` its end; what then gathers all.

    Walk and gathering give one listing more than a page has. Nothing is gathered where nothing is looked for beside
    what the order's index finds.
    """

    walk: Query
    beyond: Query
    gather: Query | None


def page_queries(search: PublicSearch) -> Asked:
    """The statements of a page."""
    columns = _ORDERS[search.sort]
    names: dict[str, Any] = {"most": search.limit + 1, "walked": WALKED}
    along, aside = _along(search, columns, names), _aside(search, names)
    # Of one currency alone the order need not say it: so the database sees that the index has that order.
    ordered = [it for it in columns if it != "currency" or "currency" not in names]
    order = ", ".join(f"{it} DESC" if is_descending(search.sort) else it for it in ordered)
    walk = f"FROM listings WHERE {_all(along)} ORDER BY {order}"
    beyond = f"SELECT listing_id {walk} OFFSET %(walked)s LIMIT 1"
    if not aside:
        return Asked(_query(f"SELECT {_COLUMNS} {walk} LIMIT %(most)s", names), _query(beyond, names), None)
    page = f"ORDER BY {order} LIMIT %(most)s"
    walked = f"SELECT {_COLUMNS} FROM (SELECT * {walk} LIMIT %(walked)s) AS walked WHERE {_all(aside)} {page}"  # noqa: S608 - names of ours
    # An offset is a fence: all that fit are gathered before they are put in order.
    every = f"SELECT * FROM listings WHERE {_all([*along, *aside])} OFFSET 0"  # noqa: S608 - names of ours
    gather = f"SELECT {_COLUMNS} FROM ({every}) AS few {page}"  # noqa: S608 - names of ours
    return Asked(_query(walked, names), _query(beyond, names), _query(gather, names))


def _query(asked: str, names: dict[str, Any]) -> Query:
    return asked.encode(), names


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(conditions)


def _along(search: PublicSearch, columns: tuple[str, ...], names: dict[str, Any]) -> list[str]:
    """The conditions that the index of the order finds by."""
    found = [SHOWN]
    if search.city:
        names["city"] = plain(search.city)
        found.append("city = %(city)s")
    if "rent_minor" in columns:
        found += _rents(search, names)
    place = Place.read(search)
    if place is not None:
        names |= {f"after_{it}": value for it, value in zip(columns, place.key, strict=True)}
        here, there = ", ".join(columns), ", ".join(f"%(after_{it})s" for it in columns)
        found.append(f"({here}) {'<' if is_descending(search.sort) else '>'} ({there})")
    return found


def _aside(search: PublicSearch, names: dict[str, Any]) -> list[str]:
    """The other conditions."""
    found = [] if search.sort is not PublicSort.NEWEST else _rents(search, names)
    marks = [f"'{it}':*" if len(it) >= SHORTEST_BEGINNING else f"'{it}'" for it in asked_words(search)]
    marks += [f"'{rows.kind_mark(search.kind)}'"] if search.kind else []
    marks += [f"'{rows.category_mark(search.category)}'"] if search.category else []
    if marks:
        names["marks"] = " & ".join([*marks, f"'{rows.city_mark(search.city)}'"] if search.city else marks)
        found.append("marks @@ CAST(%(marks)s AS tsquery)")
    if search.available_on is not None:
        names["available_on"] = search.available_on
        found.append("(available_from IS NULL OR available_from <= %(available_on)s)")
    return found


def _rents(search: PublicSearch, names: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for name, rent, compared in (("rent_from", search.rent_from, ">="), ("rent_to", search.rent_to, "<=")):
        if rent is not None:
            names |= {name: rent.amount_minor, "currency": currency_text(rent.currency)}
            found += ["currency = %(currency)s", f"rent_minor {compared} %({name})s"]
    return found


def _shown(listing_id: ListingId) -> tuple[Any, Any]:
    return _LISTINGS.c.listing_id == listing_id, text(SHOWN)


def _unknown(listing_id: ListingId) -> NotFound:
    return NotFound(f"there is no published listing {listing_id}")
