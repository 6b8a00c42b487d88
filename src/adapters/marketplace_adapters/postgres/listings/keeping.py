"""Listings on PostgreSQL: the unit's row is the lock of all that offer it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, func, select
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import single_look, snapshot
from marketplace_adapters.postgres.listings.changing import change_each, files_of, unknown_listing
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.rows import listings as rows
from marketplace_adapters.postgres.together import accepted, together
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId, PortfolioId, UnitId
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.errors import MarketplaceError
from marketplace_core.ports.listings.listings import ListingDecision, Listings, ListingStep

_LISTINGS = schema.listings


class PostgresListings(Reader, Listings):
    """Who changes a listing holds the row of its unit: listings of one unit are decided one after the other."""

    @override
    def change_listing(
        self,
        command: Command,
        listing_id: ListingId,
        decide: ListingDecision,
        *,
        unit_id: UnitId | None = None,
        dry_run: bool = False,
    ) -> ListingFile:
        def work(connection: Connection) -> ListingFile:
            (result,) = change_each(connection, [(command, listing_id, decide)], unit_id, dry_run=dry_run)
            return accepted(result)

        return in_transaction(self._engine, work, dry_run=dry_run)

    @override
    def change_all(self, steps: Sequence[ListingStep]) -> tuple[ListingFile | MarketplaceError, ...]:
        return together(self._engine, steps, change_each)

    @override
    def listing_file(self, portfolio_id: PortfolioId, listing_id: ListingId) -> ListingFile:
        named = select(_LISTINGS).where(_LISTINGS.c.portfolio_id == portfolio_id, _LISTINGS.c.listing_id == listing_id)
        with snapshot(self._engine) as connection:
            row = connection.execute(named).mappings().first()
            if row is None:
                raise unknown_listing(portfolio_id, listing_id)
            (found,) = files_of(connection, portfolio_id, [rows.listing_of(row)])
        return found

    @override
    def named_listings(self, portfolio_id: PortfolioId, listing_ids: Collection[ListingId]) -> tuple[Listing, ...]:
        ids = sorted(set(listing_ids))
        named = select(_LISTINGS).where(
            _LISTINGS.c.portfolio_id == portfolio_id, _LISTINGS.c.listing_id == func.any(ids)
        )
        with single_look(self._engine) as connection:
            found = {row["listing_id"]: row for row in connection.execute(named).mappings()}
        for it in ids:
            if it not in found:
                raise unknown_listing(portfolio_id, it)
        return tuple(rows.listing_of(found[it]) for it in ids)

    @override
    def listings(
        self, portfolio_id: PortfolioId, *, unit_id: UnitId | None = None, after: str = ""
    ) -> Iterator[Listing]:
        statement = select(_LISTINGS).where(_LISTINGS.c.portfolio_id == portfolio_id, _LISTINGS.c.listing_id > after)
        if unit_id is not None:
            statement = statement.where(_LISTINGS.c.unit_id == unit_id)
        return self._values(statement.order_by(_LISTINGS.c.listing_id), rows.listing_of)
