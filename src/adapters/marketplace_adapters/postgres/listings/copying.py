"""Writes copies of listings, many of one portfolio in one transaction; each is kept, or refused by itself.

Locks are taken in one order: listings by id, copies by listing, the head of the portfolio's chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.books import lock
from marketplace_adapters.postgres.listings.doing import require_own
from marketplace_adapters.postgres.rows import listings as rows
from marketplace_adapters.postgres.writing.chain import append_links, commands_that_wrote
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import Fact, ListingTold
from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.copies import ListingCopy
from marketplace_core.domain.listings.linking import told_fact
from marketplace_core.errors import REFUSALS, AlreadyExists, ConcurrentChange, MarketplaceError, NotFound
from marketplace_core.ports.listings.listing_copies import Choice, Word

_COPIES = schema.listing_copies
_KEY: Final = ("portfolio_id", "system", "listing_id")
_Key = tuple[str, str]


def choose_each(connection: Connection, choices: Sequence[Choice]) -> tuple[ListingCopy | MarketplaceError, ...]:
    """Keep each choice that holds; of each the copy, or why not."""
    copies = [copy for copy, _ in choices]
    own = copies[0].portfolio_id
    listed = _hold_listings(connection, own, copies)
    standing = _locked(connection, own, copies)
    taken = _taken(connection, own, copies)
    known, kept = set(standing), dict[_Key, ListingCopy]()
    results = list[ListingCopy | MarketplaceError]()
    for copy, before in choices:
        now = standing.get(_key(copy))
        try:
            if now != copy:
                _require_choice(copy, before, now, listed, taken)
        except REFUSALS as problem:
            results.append(problem)
            continue
        if now is not None and now != copy:
            taken.pop((now.system, now.external_id), None)
        taken[copy.system, copy.external_id] = copy.listing_id
        standing[_key(copy)] = copy
        if now != copy:
            kept[_key(copy)] = copy
        results.append(copy)
    _replace(connection, [it for key, it in kept.items() if key in known])
    added = [rows.copy_row(it) for key, it in kept.items() if key not in known]
    if added:
        connection.execute(insert(_COPIES), added)
    return tuple(results)


def record_each(connection: Connection, words: Sequence[Word]) -> tuple[MarketplaceError | None, ...]:
    """Keep what was told of each where it stands as it was seen, with a link each; of each None, or why not."""
    own = words[0][1].portfolio_id
    standing = _locked(connection, own, [before for _, before, _ in words])
    written = commands_that_wrote(connection, own, [command.command_id for command, _, _ in words])
    kept, links = dict[_Key, ListingCopy](), list[tuple[Command, Sequence[Fact]]]()
    results = list[MarketplaceError | None]()
    for command, before, after in words:
        now = standing.get(_key(before))
        try:
            if command.command_id in written:
                require_own(connection, command, ListingTold, before.listing_id)
            elif now not in (before, after):
                raise _otherwise(before)
            elif now != after:
                standing[_key(after)] = kept[_key(after)] = after
                if after.told != before.told:
                    links.append((command, [told_fact(after)]))
            results.append(None)
        except REFUSALS as problem:
            results.append(problem)
    _replace(connection, list(kept.values()))
    append_links(connection, links)
    return tuple(results)


def _key(it: ListingCopy) -> _Key:
    return it.system, it.listing_id


def _hold_listings(connection: Connection, own: PortfolioId, copies: Sequence[ListingCopy]) -> frozenset[str]:
    """Hold the listings' rows, so that of two who choose the first copy of one the second waits; those that are."""
    if not is_open(connection, own):
        raise NotFound(f"there is no portfolio {own}; open it first")
    ids = sorted({it.listing_id for it in copies})
    lock(connection, schema.listings, "listing_id", own, ids)
    table = schema.listings.c
    statement = select(table.listing_id).where(table.portfolio_id == own, table.listing_id == func.any(ids))
    return frozenset(connection.scalars(statement))


def _locked(connection: Connection, own: PortfolioId, copies: Iterable[ListingCopy]) -> dict[_Key, ListingCopy]:
    """The copies as they stand, held until the transaction ends."""
    keys = {_key(it) for it in copies}
    statement = select(_COPIES).where(
        _COPIES.c.portfolio_id == own,
        _COPIES.c.system == func.any(sorted({system for system, _ in keys})),
        _COPIES.c.listing_id == func.any(sorted({listing_id for _, listing_id in keys})),
    )
    held = statement.order_by(_COPIES.c.listing_id, _COPIES.c.system).with_for_update()
    found = [rows.copy_of(row) for row in connection.execute(held).mappings()]
    return {_key(it): it for it in found if _key(it) in keys}


def _taken(connection: Connection, own: PortfolioId, copies: Iterable[ListingCopy]) -> dict[_Key, ListingId]:
    """Which listing has each outside id that is chosen."""
    asked = {(it.system, it.external_id) for it in copies}
    statement = select(_COPIES.c.system, _COPIES.c.external_id, _COPIES.c.listing_id).where(
        _COPIES.c.portfolio_id == own,
        _COPIES.c.system == func.any(sorted({system for system, _ in asked})),
        _COPIES.c.external_id == func.any(sorted({external_id for _, external_id in asked})),
    )
    return {(row.system, row.external_id): ListingId(row.listing_id) for row in connection.execute(statement)}


def _require_choice(
    copy: ListingCopy,
    before: ListingCopy | None,
    now: ListingCopy | None,
    listed: frozenset[str],
    taken: dict[_Key, ListingId],
) -> None:
    if copy.listing_id not in listed:
        raise NotFound(f"portfolio {copy.portfolio_id} has no listing {copy.listing_id}")
    if now != before:
        raise _otherwise(copy)
    other = taken.get((copy.system, copy.external_id), copy.listing_id)
    if other != copy.listing_id:
        raise AlreadyExists(f"{copy.system} {copy.external_id} stands for listing {other}, not for {copy.listing_id}")


def _replace(connection: Connection, copies: Sequence[ListingCopy]) -> None:
    if not copies:
        return
    own = [_COPIES.c[it] == bindparam(f"own_{it}") for it in _KEY]
    written = list[dict[str, Any]]()
    for row in map(rows.copy_row, copies):
        key = {f"own_{it}": row.pop(it) for it in _KEY}
        written.append(row | key)
    connection.execute(update(_COPIES).where(*own), written)


def _otherwise(it: ListingCopy) -> ConcurrentChange:
    return ConcurrentChange(f"the copy of listing {it.listing_id} on {it.system} changed meanwhile: look again")
