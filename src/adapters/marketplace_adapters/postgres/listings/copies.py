"""Copies of listings on a portal, on PostgreSQL: what was told is written with its link."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import func, select, text
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.engine import single_look
from marketplace_adapters.postgres.listings.copying import choose_each, record_each
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.rows import listings as rows
from marketplace_adapters.postgres.together import accepted, together
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.copies import STATE_OF, ListingCopy, PortalState
from marketplace_core.errors import MarketplaceError
from marketplace_core.ports.listings.listing_copies import Choice, ListingCopies, Word

_COPIES = schema.listing_copies
_BEHIND: Final = text("""
SELECT it.listing_id FROM listings AS it
LEFT JOIN listing_copies AS copy
    ON copy.portfolio_id = it.portfolio_id AND copy.system = :system AND copy.listing_id = it.listing_id
WHERE it.portfolio_id = :portfolio AND it.listing_id > :after AND (
    copy.told_version <> it.version OR copy.trouble <> ''
    OR copy.listing_id IS NULL AND it.status = ANY(:live))
ORDER BY it.listing_id LIMIT :most
""")
_LIVE: Final = tuple(status for status, state in STATE_OF.items() if state is PortalState.LIVE)


class PostgresListingCopies(Reader, ListingCopies):
    """Who writes a copy holds its row."""

    @override
    def copies(
        self, portfolio_id: PortfolioId, system: str, listing_ids: Collection[ListingId]
    ) -> tuple[ListingCopy, ...]:
        statement = select(_COPIES).where(
            _COPIES.c.portfolio_id == portfolio_id,
            _COPIES.c.system == system,
            _COPIES.c.listing_id == func.any(sorted(listing_ids)),
        )
        with single_look(self._engine) as connection:
            found = connection.execute(statement.order_by(_COPIES.c.listing_id)).mappings()
            return tuple(rows.copy_of(row) for row in found)

    @override
    def listings_of(
        self, portfolio_id: PortfolioId, system: str, external_ids: Collection[str]
    ) -> Mapping[str, ListingId]:
        statement = select(_COPIES.c.external_id, _COPIES.c.listing_id).where(
            _COPIES.c.portfolio_id == portfolio_id,
            _COPIES.c.system == system,
            _COPIES.c.external_id == func.any(sorted(external_ids)),
        )
        with single_look(self._engine) as connection:
            found = connection.execute(statement.order_by(_COPIES.c.external_id))
            return {row.external_id: ListingId(row.listing_id) for row in found}

    @override
    def choose(self, copy: ListingCopy, before: ListingCopy | None) -> ListingCopy:
        (result,) = together(self._engine, [(copy, before)], choose_each)
        return accepted(result)

    @override
    def choose_all(self, choices: Sequence[Choice]) -> tuple[ListingCopy | MarketplaceError, ...]:
        return together(self._engine, choices, choose_each)

    @override
    def record_told(self, command: Command, before: ListingCopy, after: ListingCopy) -> None:
        (result,) = together(self._engine, [(command, before, after)], record_each)
        accepted(result)

    @override
    def record_all(self, words: Sequence[Word]) -> tuple[MarketplaceError | None, ...]:
        return together(self._engine, words, record_each)

    @override
    def behind(
        self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 500
    ) -> tuple[ListingId, ...]:
        asked = {"portfolio": portfolio_id, "system": system, "after": after, "most": limit, "live": list(_LIVE)}
        with single_look(self._engine) as connection:
            return tuple(ListingId(it) for it in connection.scalars(_BEHIND, asked))
