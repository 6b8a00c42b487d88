"""Listings on PostgreSQL: the unit's row is the lock of all that offer it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from sqlalchemy import Connection, Select, insert, select, text, update
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.books import in_transaction, known_of
from marketplace_adapters.postgres.engine import lent, snapshot
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.rows import listings as rows
from marketplace_adapters.postgres.writing.chain import append_link
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ListingChanged
from marketplace_core.domain.identifiers import ListingId, PortfolioId, UnitId
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.linking import changed_fact
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import AlreadyExists, NotFound
from marketplace_core.ports.listings.listings import ListingDecision, Listings

_LISTINGS, _CHANGES = schema.listings, schema.listing_changes


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
            return _change(connection, command, listing_id, decide, unit_id, dry_run=dry_run)

        return in_transaction(self._engine, work, dry_run=dry_run)

    @override
    def listing_file(self, portfolio_id: PortfolioId, listing_id: ListingId) -> ListingFile:
        with snapshot(self._engine) as connection:
            found = _file(connection, portfolio_id, listing_id)
        return found or _unknown(portfolio_id, listing_id)

    @override
    def listings(
        self, portfolio_id: PortfolioId, *, unit_id: UnitId | None = None, after: str = ""
    ) -> Iterator[Listing]:
        statement = select(_LISTINGS).where(_LISTINGS.c.portfolio_id == portfolio_id, _LISTINGS.c.listing_id > after)
        if unit_id is not None:
            statement = statement.where(_LISTINGS.c.unit_id == unit_id)
        return self._values(statement.order_by(_LISTINGS.c.listing_id), rows.listing_of)


def _change(
    connection: Connection,
    command: Command,
    listing_id: ListingId,
    decide: ListingDecision,
    unit_id: UnitId | None,
    *,
    dry_run: bool,
) -> ListingFile:
    own = command.portfolio_id
    if not is_open(connection, own):
        raise NotFound(f"there is no portfolio {own}; open it first")
    of_unit = connection.scalar(select(_LISTINGS.c.unit_id).where(*_named(own, listing_id))) or unit_id
    if of_unit is None:
        return _unknown(own, listing_id)
    kind = _lock_unit(connection, own, UnitId(of_unit))
    before = _file(connection, own, listing_id)
    if _is_done(connection, command, listing_id):
        return before or _unknown(own, listing_id)
    others = tuple(it for it in _of_unit(connection, own, UnitId(of_unit)) if it.listing_id != listing_id)
    with lent(connection):
        after = decide(before, others)
    if after is None:
        return _unknown(own, listing_id)
    if after == before:
        return after
    _require_same(listing_id, UnitId(of_unit), after.listing)
    _write(connection, before, after, kind)
    if dry_run:
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    else:
        append_link(connection, command, [changed_fact(after)])
    return after


def _lock_unit(connection: Connection, portfolio_id: PortfolioId, unit_id: UnitId) -> UnitKind:
    """Hold a unit until the transaction ends; what kind it is."""
    table = schema.units
    statement = select(table.c.kind).where(table.c.portfolio_id == portfolio_id, table.c.unit_id == unit_id)
    kind = connection.scalar(statement.with_for_update(key_share=True))
    if kind is None:
        raise NotFound(f"portfolio {portfolio_id} has no unit {unit_id}")
    return UnitKind(kind)


def _is_done(connection: Connection, command: Command, listing_id: ListingId) -> bool:
    """True where the command changed the listing before; refused where it was another's."""
    known = known_of(connection, command)
    if known is None:
        return False
    if not any(isinstance(it, ListingChanged) and it.listing_id == listing_id for it in known.facts):
        raise AlreadyExists(
            f"command id {command.command_id} was that of something else: give this one an id of its own"
        )
    return True


def _require_same(listing_id: ListingId, unit_id: UnitId, after: Listing) -> None:
    if after.listing_id != listing_id:
        raise NotFound(f"portfolio {after.portfolio_id} has no listing {listing_id}: it is {after.listing_id}")
    if after.unit_id != unit_id:
        raise AlreadyExists(f"listing {listing_id} is of unit {unit_id} for good: draft another one")


def _write(connection: Connection, before: ListingFile | None, after: ListingFile, kind: UnitKind) -> None:
    it, row = after.listing, rows.listing_row(after, kind)
    if before is None:
        connection.execute(insert(_LISTINGS).values(row))
    else:
        connection.execute(update(_LISTINGS).where(*_named(it.portfolio_id, it.listing_id)).values(row))
    known = 0 if before is None else len(before.changes)
    own = {"portfolio_id": it.portfolio_id, "listing_id": it.listing_id}
    added = [
        {**own, "position": place, **rows.change_row(line)}
        for place, line in enumerate(after.changes[known:], start=known)
    ]
    if added:
        connection.execute(insert(_CHANGES), added)


def _file(connection: Connection, portfolio_id: PortfolioId, listing_id: ListingId) -> ListingFile | None:
    row = connection.execute(select(_LISTINGS).where(*_named(portfolio_id, listing_id))).mappings().first()
    if row is None:
        return None
    lines = (
        select(_CHANGES)
        .where(_CHANGES.c.portfolio_id == portfolio_id, _CHANGES.c.listing_id == listing_id)
        .order_by(_CHANGES.c.position)
    )
    changes = tuple(rows.change_of(it) for it in connection.execute(lines).mappings())
    return ListingFile(rows.listing_of(row), changes)


def _of_unit(connection: Connection, portfolio_id: PortfolioId, unit_id: UnitId) -> Iterator[Listing]:
    statement: Select[Any] = select(_LISTINGS).where(
        _LISTINGS.c.portfolio_id == portfolio_id, _LISTINGS.c.unit_id == unit_id
    )
    for row in connection.execute(statement.order_by(_LISTINGS.c.listing_id)).mappings():
        yield rows.listing_of(row)


def _named(portfolio_id: PortfolioId, listing_id: ListingId) -> tuple[Any, Any]:
    return _LISTINGS.c.portfolio_id == portfolio_id, _LISTINGS.c.listing_id == listing_id


def _unknown(portfolio_id: PortfolioId, listing_id: ListingId) -> NoReturn:
    raise NotFound(f"portfolio {portfolio_id} has no listing {listing_id}")
