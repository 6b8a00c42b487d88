"""Writes SQL that an operator runs by hand to see what differs between what a system outside says and the books."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.outside_property.bringing import told_once, units_of
from marketplace_core.domain.outside_property.identity import clean_label
from marketplace_core.domain.outside_property.records import OutsideProperty

_ROWS_AT_ONCE: Final = 500
_HEAD: Final = """\
-- What {system} says of portfolio {portfolio}, beside the books: one row a difference, nothing is changed.
-- Run with psql -f this file, with the database's role that may read.
BEGIN;
CREATE TEMP TABLE told_properties (
    external_id text COLLATE "C" PRIMARY KEY, name text COLLATE "C", address text COLLATE "C"
) ON COMMIT DROP;
CREATE TEMP TABLE told_units (
    external_id text COLLATE "C" PRIMARY KEY, property text COLLATE "C", kind text COLLATE "C",
    number text COLLATE "C", floor text COLLATE "C", block text COLLATE "C"
) ON COMMIT DROP;
"""
_TAIL: Final = """\
WITH own_properties AS (
    SELECT x.external_id, p.* FROM external_links x
    JOIN properties p ON p.portfolio_id = x.portfolio_id AND p.property_id = x.our_id
    WHERE x.portfolio_id = {portfolio} AND x.system = {system} AND x.kind = 'property'
), own_units AS (
    SELECT x.external_id, u.* FROM external_links x
    JOIN units u ON u.portfolio_id = x.portfolio_id AND u.unit_id = x.our_id
    WHERE x.portfolio_id = {portfolio} AND x.system = {system} AND x.kind = 'unit'
), found AS (
    SELECT CASE WHEN o.external_id IS NULL THEN 'property new'
            WHEN t.external_id IS NULL THEN 'property archived'
            WHEN o.archived_on IS NOT NULL THEN 'property unarchived' ELSE 'property changed' END AS difference,
        coalesce(t.external_id, o.external_id) AS external_id,
        concat_ws(' | ', o.name, o.address) AS ours, concat_ws(' | ', t.name, t.address) AS theirs
    FROM told_properties t FULL JOIN own_properties o ON o.external_id = t.external_id
    WHERE CASE WHEN o.external_id IS NULL THEN true WHEN t.external_id IS NULL THEN o.archived_on IS NULL
        ELSE coalesce(nullif(t.name, ''), nullif(t.address, ''), nullif(o.name, ''), t.external_id) <> o.name
            OR t.address <> o.address OR o.archived_on IS NOT NULL END
    UNION ALL
    SELECT CASE WHEN o.external_id IS NULL THEN 'unit new or adopted'
            WHEN t.external_id IS NULL THEN 'unit archived'
            WHEN o.archived_on IS NOT NULL THEN 'unit unarchived'
            WHEN o.property_id <> p.property_id THEN 'unit moved' ELSE 'unit changed' END,
        coalesce(t.external_id, o.external_id),
        concat_ws(' | ', o.kind, o.number, o.floor, o.block), concat_ws(' | ', t.kind, t.number, t.floor, t.block)
    FROM told_units t LEFT JOIN own_properties p ON p.external_id = t.property
    FULL JOIN own_units o ON o.external_id = t.external_id
    WHERE CASE WHEN o.external_id IS NULL THEN true WHEN t.external_id IS NULL THEN o.archived_on IS NULL
        ELSE o.property_id IS DISTINCT FROM p.property_id OR o.archived_on IS NOT NULL
            OR (o.kind, o.number, o.floor, o.block) IS DISTINCT FROM (t.kind, t.number, t.floor, t.block) END
)
SELECT difference, external_id, ours, theirs FROM found ORDER BY difference, external_id COLLATE "C";
ROLLBACK;
"""


def diff_sql(portfolio_id: PortfolioId, system: str, pages: Iterable[Sequence[OutsideProperty]]) -> Iterator[str]:
    """The SQL, piece by piece, of everything that a source tells, in bounded memory; each property once.

    Every text is a quoted literal: nothing that is told can end one. Units that only we know are not compared.
    """
    quoted = {"portfolio": literal(portfolio_id), "system": literal(system)}
    yield _HEAD.format(portfolio=_comment(portfolio_id), system=_comment(system))
    for page in pages:
        told = [it for it in told_once(page) if not it.is_deleted]
        yield from _insert("told_properties", [(it.external_id, it.name, it.address) for it in told])
        yield from _insert(
            "told_units",
            [
                (key, it.external_id, unit.kind.value, clean_label(unit.label), unit.floor, unit.block)
                for it in told
                for key, unit in units_of(it).items()
            ],
        )
    yield _TAIL.format(**quoted)


def literal(text: str) -> str:
    """The text as a literal of SQL that means the same whatever ``standard_conforming_strings`` says."""
    found = text.replace("\x00", "").replace("'", "''")
    if "\\" in found:
        return " E'" + found.replace("\\", "\\\\") + "'"
    return f"'{found}'"


def _insert(table: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        values = (f"({', '.join(map(literal, row))})" for row in rows[start : start + _ROWS_AT_ONCE])
        lines = ",\n".join(values)
        yield f"INSERT INTO {table} VALUES\n{lines}\nON CONFLICT DO NOTHING;\n"


def _comment(text: str) -> str:
    """The text in one line of comment."""
    return " ".join(text.split())
