"""Copies of listings on a portal, on PostgreSQL: what was told is written with its link."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, text, update
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.books import in_transaction, known_of
from marketplace_adapters.postgres.engine import single_look
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.rows import listings as rows
from marketplace_adapters.postgres.writing.chain import append_link
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ListingTold
from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.copies import STATE_OF, ListingCopy, PortalState
from marketplace_core.domain.listings.linking import told_fact
from marketplace_core.errors import AlreadyExists, ConcurrentChange, NotFound
from marketplace_core.ports.listings.listing_copies import ListingCopies

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
        def work(connection: Connection) -> ListingCopy:
            _require_listing(connection, copy)
            standing = _locked(connection, copy)
            if standing == copy:
                return copy
            if standing != before:
                raise _otherwise(copy)
            _require_free(connection, copy)
            if before is None:
                connection.execute(insert(_COPIES).values(rows.copy_row(copy)))
            else:
                _replace(connection, copy)
            return copy

        return in_transaction(self._engine, work)

    @override
    def record_told(self, command: Command, before: ListingCopy, after: ListingCopy) -> None:
        def work(connection: Connection) -> None:
            standing = _locked(connection, before)
            if _is_done(connection, command, before) or standing == after:
                return
            if standing != before:
                raise _otherwise(before)
            _replace(connection, after)
            if after.told != before.told:
                append_link(connection, command, [told_fact(after)])

        in_transaction(self._engine, work)

    @override
    def behind(
        self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 500
    ) -> tuple[ListingId, ...]:
        asked = {"portfolio": portfolio_id, "system": system, "after": after, "most": limit, "live": list(_LIVE)}
        with single_look(self._engine) as connection:
            return tuple(ListingId(it) for it in connection.scalars(_BEHIND, asked))


def _own(it: ListingCopy) -> tuple[Any, ...]:
    table = _COPIES.c
    return table.portfolio_id == it.portfolio_id, table.system == it.system, table.listing_id == it.listing_id


def _locked(connection: Connection, it: ListingCopy) -> ListingCopy | None:
    row = connection.execute(select(_COPIES).where(*_own(it)).with_for_update()).mappings().first()
    return None if row is None else rows.copy_of(row)


def _replace(connection: Connection, after: ListingCopy) -> None:
    connection.execute(update(_COPIES).where(*_own(after)).values(rows.copy_row(after)))


def _require_listing(connection: Connection, it: ListingCopy) -> None:
    """Hold the listing's row, so that of two who choose its first copy one waits."""
    if not is_open(connection, it.portfolio_id):
        raise NotFound(f"there is no portfolio {it.portfolio_id}; open it first")
    table = schema.listings
    statement = select(table.c.listing_id).where(
        table.c.portfolio_id == it.portfolio_id, table.c.listing_id == it.listing_id
    )
    if connection.scalar(statement.with_for_update(key_share=True)) is None:
        raise NotFound(f"portfolio {it.portfolio_id} has no listing {it.listing_id}")


def _require_free(connection: Connection, it: ListingCopy) -> None:
    table = _COPIES.c
    taken = select(table.listing_id).where(
        table.portfolio_id == it.portfolio_id,
        table.system == it.system,
        table.external_id == it.external_id,
        table.listing_id != it.listing_id,
    )
    other = connection.scalar(taken)
    if other is not None:
        raise AlreadyExists(f"{it.system} {it.external_id} stands for listing {other}, not for {it.listing_id}")


def _is_done(connection: Connection, command: Command, before: ListingCopy) -> bool:
    known = known_of(connection, command)
    if known is None:
        return False
    if not any(isinstance(it, ListingTold) and it.listing_id == before.listing_id for it in known.facts):
        raise AlreadyExists(
            f"command id {command.command_id} was that of something else: give this one an id of its own"
        )
    return True


def _otherwise(it: ListingCopy) -> ConcurrentChange:
    return ConcurrentChange(f"the copy of listing {it.listing_id} on {it.system} changed meanwhile: look again")
