"""Brings an outside system's units into the books as sets: compared first, so what is unchanged costs no write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

import psycopg
from attrs import define, frozen
from sqlalchemy import Connection, Engine

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.bulk.copying import copy_into, escaped, is_clean
from marketplace_adapters.postgres.bulk.driver import driver_of
from marketplace_adapters.postgres.bulk.overlap import few_collections
from marketplace_adapters.postgres.errors import only_ours
from marketplace_adapters.postgres.writing.chain import append_link
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_core.domain.codec import canonical, digest, to_plain
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ExternalLinked, UnitRecorded
from marketplace_core.domain.party import Unit
from marketplace_core.errors import AlreadyExists, NotFound, PortfolioMismatch

CHUNK_SIZE: Final = 10_000
"""How many units one transaction and link take at most."""

KIND: Final = "unit"

_STAGE: Final = """
CREATE TEMP TABLE staged_units (
    unit_id text COLLATE "C", property_id text COLLATE "C", code text COLLATE "C", external_id text COLLATE "C"
) ON COMMIT DROP
"""
_DIFFERENT: Final = """
SELECT coalesce(bool_or(u.unit_id IS NULL OR u.property_id <> s.property_id OR u.code <> s.code), false),
       coalesce(bool_and(u.unit_id IS NULL OR u.property_id <> s.property_id OR u.code <> s.code), false),
       coalesce(bool_or(x.our_id IS NULL), false),
       min(s.unit_id || ' stands for ' || x.our_id) FILTER (WHERE x.our_id <> s.unit_id)
FROM staged_units s
LEFT JOIN units u ON u.portfolio_id = %(portfolio)s AND u.unit_id = s.unit_id
     AND u.unit_id BETWEEN %(first)s AND %(last)s
LEFT JOIN external_links x ON x.portfolio_id = %(portfolio)s AND x.system = %(system)s AND x.kind = 'unit'
     AND x.external_id = s.external_id AND x.external_id BETWEEN %(first_outside)s AND %(last_outside)s
"""
"""Whether any and all units are new or changed, whether any is not linked, and whose external id is another's.

Between the least and the greatest id of the chunk: what an outside system lists in the order of its ids is read as
one stretch of the key, not searched for one by one, and how long the rest of the table is does not matter.
"""

_WHERE_DIFFERENT: Final = """
LEFT JOIN units u ON u.portfolio_id = %(portfolio)s AND u.unit_id = s.unit_id
     AND u.unit_id BETWEEN %(first)s AND %(last)s
WHERE u.unit_id IS NULL OR u.property_id <> s.property_id OR u.code <> s.code
"""

_WRITE_UNITS: Final = """
WITH written AS (INSERT INTO units (portfolio_id, unit_id, property_id, code)
SELECT %(portfolio)s, s.unit_id, s.property_id, s.code
FROM staged_units s {only}
ORDER BY s.unit_id
ON CONFLICT (portfolio_id, unit_id) DO UPDATE SET property_id = excluded.property_id, code = excluded.code
WHERE units.property_id <> excluded.property_id OR units.code <> excluded.code
RETURNING unit_id)
SELECT count(*), CASE WHEN count(*) < %(count)s THEN coalesce(array_agg(unit_id), '{{}}') END FROM written
"""
"""The second comparison is made under the row's lock: of two syncs at once, one writes a change and tells of it.

How many were written, and which if not all.
"""

_WRITE_LINKS: Final = """
WITH linked AS (INSERT INTO external_links (portfolio_id, system, kind, external_id, our_id)
SELECT %(portfolio)s, %(system)s, 'unit', s.external_id, s.unit_id
FROM staged_units s
LEFT JOIN external_links x ON x.portfolio_id = %(portfolio)s AND x.system = %(system)s AND x.kind = 'unit'
     AND x.external_id = s.external_id AND x.external_id BETWEEN %(first_outside)s AND %(last_outside)s
WHERE x.our_id IS NULL
ORDER BY s.external_id
ON CONFLICT (portfolio_id, system, kind, external_id) DO NOTHING
RETURNING external_id)
SELECT count(*), CASE WHEN count(*) < %(count)s THEN coalesce(array_agg(external_id), '{}') END FROM linked
"""

_NOTHING: Final[tuple[int, Sequence[str] | None]] = (0, ())
"""What a write that is not needed would have said: how many, and which if not all."""


@frozen
class ExternalUnit:
    """A unit as an outside system has it, under that system's id."""

    external_id: str
    unit: Unit


@define
class Upserted:
    """How many units were new or changed, how many ids were newly linked, and how many units were as they are."""

    written: int = 0
    linked: int = 0
    unchanged: int = 0


class PostgresUnitSync:
    """Upserts units with their external links and events, a bounded chunk in one transaction and link."""

    def __init__(self, engine: Engine) -> None:
        """Write through the pool; the tables must be there."""
        self._engine = engine

    def units(self, command: Command, system: str, units: Iterable[ExternalUnit]) -> Upserted:
        """Write what is new or differs; what does not costs no write and no event.

        Each unit and each external id comes once at most. A long sync commits in chunks; the same one again
        completes it. ``NotFound`` for an unknown property, ``AlreadyExists`` where a code or an external id is
        another unit's.
        """
        found = Upserted()
        stream = iter(units)
        with only_ours(), few_collections():
            while chunk := tuple(islice(stream, CHUNK_SIZE)):
                done = in_transaction(self._engine, partial(_write, command=command, system=system, chunk=chunk))
                found.written += done.written
                found.linked += done.linked
                found.unchanged += done.unchanged
        return found


def _write(connection: Connection, *, command: Command, system: str, chunk: Sequence[ExternalUnit]) -> Upserted:
    if not is_open(connection, command.portfolio_id):
        raise NotFound(f"there is no portfolio {command.portfolio_id}; open it first")
    for it in chunk:
        if it.unit.portfolio_id != command.portfolio_id:
            raise PortfolioMismatch(f"unit {it.unit.unit_id} is of portfolio {it.unit.portfolio_id}")
    driver = driver_of(connection)
    ids, outside = [it.unit.unit_id for it in chunk], [it.external_id for it in chunk]
    names = {
        "portfolio": command.portfolio_id,
        "system": system,
        "count": len(chunk),
        "first": min(ids),
        "last": max(ids),
        "first_outside": min(outside),
        "last_outside": max(outside),
    }
    driver.execute(_STAGE)
    with driver.cursor() as cursor:
        copy_into(cursor, "staged_units", ("unit_id", "property_id", "code", "external_id"), _block(chunk))
    changes, all_changed, unlinked, other = _row_of(driver, _DIFFERENT, names)
    if other is not None:
        raise AlreadyExists(f"the {system} id of unit {other}: a link is for good")
    write = _WRITE_UNITS.format(only="" if all_changed else _WHERE_DIFFERENT)
    written, only = _row_of(driver, write, names) if changes else _NOTHING
    recorded = [UnitRecorded(it.unit) for it in _among(chunk, only, lambda it: it.unit.unit_id)]
    linked, only = _row_of(driver, _WRITE_LINKS, names) if unlinked else _NOTHING
    links = [
        ExternalLinked(command.portfolio_id, system, KIND, it.external_id, it.unit.unit_id)
        for it in _among(chunk, only, lambda it: it.external_id)
    ]
    if recorded or links:
        append_link(connection, _part(command, recorded, links), [*recorded, *links])
    return Upserted(written, linked, len(chunk) - written)


def _among(
    chunk: Sequence[ExternalUnit], only: Sequence[str] | None, key: Callable[[ExternalUnit], str]
) -> Sequence[ExternalUnit]:
    """Those whose key is listed; all where no list is given."""
    if only is None:
        return chunk
    listed = frozenset(only)
    return [it for it in chunk if key(it) in listed] if listed else ()


def _row_of(driver: psycopg.Connection[Any], statement: str, names: dict[str, Any]) -> tuple[Any, ...]:
    # Never prepared: a plan for any stretch of ids would read long ones too where each id is better searched for.
    row: tuple[Any, ...] | None = driver.execute(statement.encode(), names, prepare=False).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has a row
    return row


def _part(command: Command, recorded: Sequence[UnitRecorded], links: Sequence[ExternalLinked]) -> Command:
    """The command of a chunk, named by where in the outside system's data it begins."""
    first = to_plain(recorded[0]) if recorded else to_plain(links[0])
    return command.part(digest(canonical([first, len(recorded), len(links)])))


def _block(chunk: Sequence[ExternalUnit]) -> str:
    """The chunk for COPY; its texts are escaped only where one of them asks for it."""
    rows = [(it.unit.unit_id, it.unit.property_id, it.unit.code, it.external_id) for it in chunk]
    block = "\n".join(["\t".join(row) for row in rows])
    return block if is_clean(block, len(rows), 4) else "\n".join(["\t".join(map(escaped, row)) for row in rows])
