"""Changes listings, many of one portfolio in one transaction; each is decided on its whole file, or refused by itself.

Locks are taken in one order: units by id, listings by id, the head of the portfolio's chain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import define, field
from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.books import lock
from marketplace_adapters.postgres.engine import lent
from marketplace_adapters.postgres.listings.doing import require_own
from marketplace_adapters.postgres.rows import listings as rows
from marketplace_adapters.postgres.writing.chain import append_links, commands_that_wrote
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import Fact, ListingChanged
from marketplace_core.domain.identifiers import CommandId, ListingId, PortfolioId, UnitId
from marketplace_core.domain.listings.file import ListingChange, ListingFile
from marketplace_core.domain.listings.linking import changed_fact
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import REFUSALS, AlreadyExists, MarketplaceError, NotFound
from marketplace_core.ports.listings.listings import ListingStep

_LISTINGS, _CHANGES = schema.listings, schema.listing_changes


def change_each(
    connection: Connection, steps: Sequence[ListingStep], unit_id: UnitId | None = None, *, dry_run: bool = False
) -> tuple[ListingFile | MarketplaceError, ...]:
    """Lock units and listings, decide one after the other, write what differs; of each its file, or why not."""
    own = steps[0][0].portfolio_id
    if not is_open(connection, own):
        raise NotFound(f"there is no portfolio {own}; open it first")
    batch = _read(connection, own, steps, unit_id)
    results = list[ListingFile | MarketplaceError]()
    for step in steps:
        try:
            results.append(batch.decided(step))
        except REFUSALS as problem:
            results.append(problem)
    batch.write()
    if dry_run:
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    else:
        append_links(connection, batch.links)
    return tuple(results)


def unknown_listing(portfolio_id: PortfolioId, listing_id: str) -> NotFound:
    """What is told of a listing that is none."""
    return NotFound(f"portfolio {portfolio_id} has no listing {listing_id}")


def files_of(connection: Connection, portfolio_id: PortfolioId, listings: Sequence[Listing]) -> list[ListingFile]:
    """The files of listings that were read in the same transaction."""
    changes = defaultdict[str, list[ListingChange]](list)
    lines = (
        select(_CHANGES)
        .where(
            _CHANGES.c.portfolio_id == portfolio_id,
            _CHANGES.c.listing_id == func.any(sorted(it.listing_id for it in listings)),
        )
        .order_by(_CHANGES.c.listing_id, _CHANGES.c.position)
    )
    for row in connection.execute(lines).mappings():
        changes[row["listing_id"]].append(rows.change_of(row))
    return [ListingFile(it, tuple(changes[it.listing_id])) for it in listings]


@define
class _Batch:
    """The listings of some units, as they stand while they are locked, and what is decided of them."""

    connection: Connection
    own: PortfolioId
    kinds: Mapping[UnitId, UnitKind]
    files: dict[ListingId, ListingFile]
    """Those that are to be changed."""
    listings: dict[ListingId, Listing]
    """All of these units, by id."""
    done: Collection[CommandId]
    """The commands that wrote something before."""
    new_unit: UnitId | None
    before: dict[ListingId, ListingFile | None] = field(factory=dict[ListingId, ListingFile | None])
    links: list[tuple[Command, Sequence[Fact]]] = field(factory=list[tuple[Command, Sequence[Fact]]])

    def decided(self, step: ListingStep) -> ListingFile:
        """The file as it stands after a step."""
        command, listing_id, decide = step
        before = self.files.get(listing_id)
        unit_id = self.new_unit if before is None else before.listing.unit_id
        if unit_id is None:
            raise unknown_listing(self.own, listing_id)
        if unit_id not in self.kinds:
            raise NotFound(f"portfolio {self.own} has no unit {unit_id}")
        if command.command_id in self.done:
            require_own(self.connection, command, ListingChanged, listing_id)
            after = before
        else:
            others = (it for it in self.listings.values() if it.unit_id == unit_id and it.listing_id != listing_id)
            with lent(self.connection):
                after = decide(before, tuple(others))
        if after is None:
            raise unknown_listing(self.own, listing_id)
        if after != before:
            _require_same(listing_id, unit_id, after.listing)
            self.before.setdefault(listing_id, before)
            self.files[listing_id] = after
            self.listings = dict(sorted({**self.listings, listing_id: after.listing}.items()))
            self.links.append((command, [changed_fact(after)]))
        return after

    def write(self) -> None:
        """Write the rows and the lines of history that were added, by listing."""
        added, changed, lines = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
        for listing_id, before in sorted(self.before.items()):
            after = self.files[listing_id]
            row = rows.listing_row(after, self.kinds[after.listing.unit_id])
            if before is None:
                added.append(row)
            else:
                key = {f"own_{it}": row.pop(it) for it in ("portfolio_id", "listing_id")}
                changed.append(row | key)
            known = 0 if before is None else len(before.changes)
            own = {"portfolio_id": self.own, "listing_id": listing_id}
            lines += [
                {**own, "position": place, **rows.change_row(line)}
                for place, line in enumerate(after.changes[known:], start=known)
            ]
        if added:
            self.connection.execute(insert(_LISTINGS), added)
        if changed:
            named = (_LISTINGS.c[it] == bindparam(f"own_{it}") for it in ("portfolio_id", "listing_id"))
            self.connection.execute(update(_LISTINGS).where(*named), changed)
        if lines:
            self.connection.execute(insert(_CHANGES), lines)


def _read(connection: Connection, own: PortfolioId, steps: Sequence[ListingStep], unit_id: UnitId | None) -> _Batch:
    ids = sorted({listing_id for _, listing_id, _ in steps})
    listed = select(_LISTINGS.c.unit_id).where(
        _LISTINGS.c.portfolio_id == own, _LISTINGS.c.listing_id == func.any(list(ids))
    )
    named = {str(it) for it in connection.scalars(listed)}
    units = sorted(named if unit_id is None else named | {unit_id})
    kinds = _lock_units(connection, own, units)
    of_units = select(_LISTINGS).where(_LISTINGS.c.portfolio_id == own, _LISTINGS.c.unit_id == func.any(units))
    found = connection.execute(of_units.order_by(_LISTINGS.c.listing_id)).mappings()
    listings = {it.listing_id: it for it in map(rows.listing_of, found)}
    files = files_of(connection, own, [listings[it] for it in ids if it in listings])
    done = commands_that_wrote(connection, own, [command.command_id for command, _, _ in steps])
    return _Batch(connection, own, kinds, {it.listing.listing_id: it for it in files}, listings, done, unit_id)


def _lock_units(connection: Connection, own: PortfolioId, units: Sequence[str]) -> Mapping[UnitId, UnitKind]:
    """Hold units until the transaction ends; what kind each of them is."""
    lock(connection, schema.units, "unit_id", own, units)
    table = schema.units.c
    statement = select(table.unit_id, table.kind).where(
        table.portfolio_id == own, table.unit_id == func.any(list(units))
    )
    return {UnitId(row.unit_id): UnitKind(row.kind) for row in connection.execute(statement)}


def _require_same(listing_id: ListingId, unit_id: UnitId, after: Listing) -> None:
    if after.listing_id != listing_id:
        raise NotFound(f"portfolio {after.portfolio_id} has no listing {listing_id}: it is {after.listing_id}")
    if after.unit_id != unit_id:
        raise AlreadyExists(f"listing {listing_id} is of unit {unit_id} for good: draft another one")
