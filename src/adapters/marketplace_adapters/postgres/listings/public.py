"""The public's search over all portfolios' published listings: the one question of the books that crosses them.

A page goes by an index whatever is looked for, in its order or by its marks, and reads no more than about as many rows
as fit. Where the tables are distributed by portfolio, each node answers so and the pages are merged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

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
_COLUMNS: Final = ", ".join(it.name for it in _LISTINGS.columns if it.name not in ("city", "marks"))


class PostgresPublicListings(Reader, PublicListings):
    """Reads rows of `listings` that are shown, by the indexes that are no portfolio's."""

    @override
    def search(self, search: PublicSearch) -> PublicPage:
        asked, names = page_query(search)
        with single_look(self._engine) as connection, driver_of(connection).cursor(row_factory=dict_row) as cursor:
            # Planned for just these words and amounts each time: a plan for any would suit few.
            found = cursor.execute(asked.encode(), names, prepare=False).fetchall()
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


def page_query(search: PublicSearch) -> tuple[str, dict[str, Any]]:
    """The statement of a page, one listing more than asked for, and its values."""
    columns = _ORDERS[search.sort]
    names: dict[str, Any] = {"most": search.limit + 1}
    conditions = [SHOWN, *_conditions(search, names)]
    place = Place.read(search)
    if place is not None:
        names |= {f"after_{it}": value for it, value in zip(columns, place.key, strict=True)}
        here, there = ", ".join(columns), ", ".join(f"%(after_{it})s" for it in columns)
        conditions.append(f"({here}) {'<' if is_descending(search.sort) else '>'} ({there})")
    direction = " DESC" if is_descending(search.sort) else ""
    order = ", ".join(f"{it}{direction}" for it in columns)
    asked = f"SELECT {_COLUMNS} FROM listings WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT %(most)s"  # noqa: S608 - names of ours
    return asked, names


def _conditions(search: PublicSearch, names: dict[str, Any]) -> Iterator[str]:
    marks = [f"'{it}':*" if len(it) >= SHORTEST_BEGINNING else f"'{it}'" for it in asked_words(search)]
    marks += [f"'{rows.kind_mark(search.kind)}'"] if search.kind else []
    marks += [f"'{rows.category_mark(search.category)}'"] if search.category else []
    if search.city:
        names["city"] = plain(search.city)
        yield "city = %(city)s"
        marks += [f"'{rows.city_mark(search.city)}'"] if marks else []
    if marks:
        names["marks"] = " & ".join(marks)
        yield "marks @@ CAST(%(marks)s AS tsquery)"
    for name, rent, compared in (("rent_from", search.rent_from, ">="), ("rent_to", search.rent_to, "<=")):
        if rent is not None:
            names |= {name: rent.amount_minor, "currency": currency_text(rent.currency)}
            yield f"currency = %(currency)s AND rent_minor {compared} %({name})s"
    if search.available_on is not None:
        names["available_on"] = search.available_on
        yield "(available_from IS NULL OR available_from <= %(available_on)s)"


def _shown(listing_id: ListingId) -> tuple[Any, Any]:
    return _LISTINGS.c.listing_id == listing_id, text(SHOWN)


def _unknown(listing_id: ListingId) -> NotFound:
    return NotFound(f"there is no published listing {listing_id}")
