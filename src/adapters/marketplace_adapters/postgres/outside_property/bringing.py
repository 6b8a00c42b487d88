"""Brings a page of properties and units into the books: compared in SQL, decided in the core, written as sets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from attrs import evolve
from sqlalchemy import Connection
from typing_extensions import override

from marketplace_adapters.postgres.books import PostgresBooks, in_transaction
from marketplace_adapters.postgres.bulk.copying import block_of, copy_into
from marketplace_adapters.postgres.bulk.driver import driver_of
from marketplace_adapters.postgres.bulk.overlap import Overlap, few_collections
from marketplace_adapters.postgres.errors import only_ours
from marketplace_adapters.postgres.listings.following import follow_kinds
from marketplace_adapters.postgres.outside_property.comparing import Compared, Comparison, Driver
from marketplace_adapters.postgres.outside_property.locks import hold_properties
from marketplace_adapters.postgres.outside_property.payload import payload_of
from marketplace_adapters.postgres.outside_property.telling import write_told
from marketplace_adapters.postgres.writing.chain import append_payload, last_sequence
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_adapters.postgres.writing.lease_lock import share_leases
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ExternalLinked
from marketplace_core.domain.identifiers import UnitId
from marketplace_core.domain.outside_property.bringing import Page, Plan, plan_page, told_once
from marketplace_core.domain.outside_property.changes import Brought, PropertyChangeKind
from marketplace_core.domain.outside_property.identity import PROPERTY
from marketplace_core.domain.outside_property.records import OutsideProperty
from marketplace_core.domain.party import Property, Unit, UnitKind
from marketplace_core.errors import ConcurrentChange, Conflict, NotFound
from marketplace_core.ports.outside_property.property_books import PropertyBooks

ATTEMPTS: Final = 4
"""How often a page is begun that somebody else's change of the same units undoes."""

_KIND: Final = 2
"""Where the kind stands in `UnitTexts`."""
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_PROPERTIES: Final = """
INSERT INTO properties (portfolio_id, property_id, name, landlord_id, address, archived_on)
SELECT %(portfolio)s, * FROM unnest(
    CAST(%(ids)s AS text[]), CAST(%(names)s AS text[]), CAST(%(landlords)s AS text[]), CAST(%(addresses)s AS text[]),
    CAST(%(archived)s AS date[])
)
ON CONFLICT (portfolio_id, property_id) DO UPDATE
SET name = excluded.name, address = excluded.address, archived_on = excluded.archived_on
RETURNING property_id, landlord_id
"""
_OTHERS: Final = """
UPDATE units u SET property_id = d.property_id, kind = d.kind, number = d.number, floor = d.floor, block = d.block,
    archived_on = d.archived_on
FROM unnest(
    CAST(%(ids)s AS text[]), CAST(%(properties)s AS text[]), CAST(%(kinds)s AS text[]), CAST(%(numbers)s AS text[]),
    CAST(%(floors)s AS text[]), CAST(%(blocks)s AS text[]), CAST(%(archived)s AS date[])
) AS d (unit_id, property_id, kind, number, floor, block, archived_on)
WHERE u.portfolio_id = %(portfolio)s AND u.unit_id = d.unit_id COLLATE "C"
RETURNING u.unit_id, u.code
"""
_TAKEN: Final = "SELECT code FROM units WHERE portfolio_id = %(portfolio)s AND code = ANY(%(codes)s)"
_UNIT_COLUMNS: Final = ("portfolio_id", "unit_id", "property_id", "code", "kind", "number", "floor", "block")
_LINK_COLUMNS: Final = ("portfolio_id", "system", "kind", "external_id", "our_id")


class PostgresPropertyBooks(PostgresBooks, PropertyBooks):
    """Pages of one portfolio queue for each other; whoever else writes its units is waited for row by row.

    What nobody but a sync says is overwritten. A unit's code and a property's landlord are never written: where one
    changed between the comparison and the write, the page begins again.
    """

    @override
    def bring_properties(
        self,
        command: Command,
        system: str,
        properties: Sequence[OutsideProperty],
        seen_on: date,
        *,
        dry_run: bool = False,
        named: bool = True,
    ) -> Brought:
        page = Page(command.portfolio_id, system, seen_on)
        told = told_once(properties)

        def work(connection: Connection) -> Brought:
            return _bring(connection, command, page, told, dry_run=dry_run, named=named)

        attempt = 1
        while True:
            try:
                with only_ours(), few_collections():
                    return in_transaction(self._engine, work, dry_run=dry_run)
            except Conflict:
                if attempt == ATTEMPTS:
                    raise
            attempt += 1

    @override
    def archive_properties(
        self,
        command: Command,
        system: str,
        external_ids: Collection[str],
        seen_on: date,
        *,
        dry_run: bool = False,
        named: bool = True,
    ) -> Brought:
        gone = [OutsideProperty(it, "", "", (), _NEVER, is_deleted=True) for it in sorted(set(external_ids))]
        return self.bring_properties(command, system, gone, seen_on, dry_run=dry_run, named=named)


def _bring(
    connection: Connection,
    command: Command,
    page: Page,
    told: Sequence[OutsideProperty],
    *,
    dry_run: bool,
    named: bool,
) -> Brought:
    share_leases(connection, page.portfolio_id)
    hold_properties(connection, page.portfolio_id)
    if not is_open(connection, page.portfolio_id):
        raise NotFound(f"there is no portfolio {page.portfolio_id}; open it first")
    driver = driver_of(connection)

    def taken(codes: Collection[str]) -> set[str]:
        names = {"portfolio": page.portfolio_id, "codes": list(codes)}
        return {code for (code,) in driver.execute(_TAKEN, names, prepare=False)}  # an array that is known is hashed

    with Overlap(driver.cancel_safe) as overlap, overlap.cancelling():
        compared = Comparison(driver, overlap, page, named=named, write=None if dry_run else write_told)(told)
        plan = plan_page(page, compared.told, taken)
        brought = plan.brought if named else _counted(plan.brought, compared)
        if dry_run or not (plan.facts or compared.written):
            return brought
        overlap.write(lambda: _write(driver, page, plan, compared))
        payload = payload_of(plan.facts, compared.facts)
        overlap.settle()
    follow_kinds(connection, page.portfolio_id, _of_new_kinds(plan, compared))
    part = command.part(f"page {last_sequence(connection, page.portfolio_id)}")
    append_payload(connection, part, payload)
    return brought


def _counted(brought: Brought, compared: Compared) -> Brought:
    """How many changes of each kind, with those that needed no plan: to the planner they were unchanged."""
    kinds, count = PropertyChangeKind, len(compared.written)
    back = sum(it.archived_on is not None for it in compared.written)
    found = evolve(brought, unchanged=brought.unchanged - count)
    return found.unnamed({kinds.UNIT_UNARCHIVED: back, kinds.UNIT_CHANGED: count - back})


def _of_new_kinds(plan: Plan, compared: Compared) -> Iterator[tuple[UnitId, UnitKind]]:
    """The units that may be of another kind by now: those that were written by their rows are not looked at again."""
    for told in compared.written:
        yield UnitId(told.unit_id), UnitKind(compared.texts[told.place][_KIND])
    for it in plan.brought.changes:
        if isinstance(it.before, Unit) and isinstance(it.after, Unit) and it.before.kind is not it.after.kind:
            yield it.after.unit_id, it.after.kind


def _write(driver: Driver, page: Page, plan: Plan, compared: Compared) -> None:
    """Write all that is planned and not written yet."""
    is_written = {it.unit_id for it in compared.written}
    properties: list[Property] = []
    new: list[Unit] = []
    others: list[Unit] = []
    for change in plan.brought.changes:
        after = change.after
        if isinstance(after, Property):
            properties.append(after)
        elif after is not None and change.kind is PropertyChangeKind.UNIT_NEW:
            new.append(after)
        elif after is not None and after.unit_id not in is_written:
            others.append(after)
    _write_properties(driver, page, properties)
    if others:
        names: dict[str, Any] = {"portfolio": page.portfolio_id, **_columns(others)}
        _require_codes(dict(driver.execute(_OTHERS.encode(), names, prepare=False).fetchall()), others)
    rows = (
        (it.portfolio_id, it.unit_id, it.property_id, it.code, it.kind.value, it.number, it.floor, it.block)
        for it in new
    )
    _copy(driver, "units", _UNIT_COLUMNS, rows)
    links = (it for it in plan.facts if isinstance(it, ExternalLinked))
    link_rows = ((it.portfolio_id, it.system, it.kind, it.external_id, it.our_id) for it in links)
    _copy(driver, "external_links", _LINK_COLUMNS, link_rows)


def _write_properties(driver: Driver, page: Page, properties: Sequence[Property]) -> None:
    if not properties:
        return
    names: dict[str, Any] = {
        "portfolio": page.portfolio_id,
        "ids": [it.property_id for it in properties],
        "names": [it.name for it in properties],
        "landlords": [it.landlord_id for it in properties],
        "addresses": [it.address for it in properties],
        "archived": [it.archived_on for it in properties],
    }
    found = dict(driver.execute(_PROPERTIES, names).fetchall())
    for it in properties:
        if found[it.property_id] != it.landlord_id:
            raise ConcurrentChange(f"{PROPERTY} {it.property_id} got another landlord while it was compared: try again")


def _require_codes(written: dict[str, str], units: Sequence[Unit]) -> None:
    """Refuse to go on where a unit's code, or which units differ, changed since they were compared."""
    planned = {it.unit_id: it.code for it in units}
    if written != planned:
        raise ConcurrentChange(f"{len(written)} units were changed while they were compared: try again")


def _columns(units: Sequence[Unit]) -> dict[str, Any]:
    return {
        "ids": [it.unit_id for it in units],
        "properties": [it.property_id for it in units],
        "kinds": [it.kind.value for it in units],
        "numbers": [it.number for it in units],
        "floors": [it.floor for it in units],
        "blocks": [it.block for it in units],
        "archived": [it.archived_on for it in units],
    }


def _copy(driver: Driver, table: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    found = list(rows)
    if found:
        with driver.cursor() as cursor:
            copy_into(cursor, table, columns, block_of(found, len(columns)))
