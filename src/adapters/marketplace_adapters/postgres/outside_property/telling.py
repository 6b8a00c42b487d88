"""Writes what is told of units that were compared: by where their rows are, and only as they were compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from marketplace_adapters.postgres.bulk.arrays import array_of
from marketplace_adapters.postgres.outside_property.payload import ToldRow, UnitTexts
from marketplace_core.domain.outside_property.bringing import Page
from marketplace_core.errors import ConcurrentChange

_BY_ROW: Final = "SELECT set_config('enable_hashjoin', %(is)s, true), set_config('enable_mergejoin', %(is)s, true)"
"""Left to itself, the planner would read the whole table for each page rather than go to the rows it is given."""
_TOLD: Final = """
UPDATE units u SET kind = s.kind, number = s.number, floor = s.floor, block = s.block, archived_on = NULL
FROM unnest(
    CAST(%(rows)s AS tid[]), CAST(%(units)s AS text[]), CAST(%(codes)s AS text[]), CAST(%(kinds)s AS text[]),
    CAST(%(numbers)s AS text[]), CAST(%(floors)s AS text[]), CAST(%(blocks)s AS text[])
) AS s (row, unit_id, code, kind, number, floor, block)
WHERE u.ctid = s.row AND u.portfolio_id = %(portfolio)s AND u.unit_id IS NOT DISTINCT FROM s.unit_id COLLATE "C"
    AND u.code IS NOT DISTINCT FROM s.code COLLATE "C"
"""
"""What somebody changed since it was compared stands in another row by now, and is not written.

Nothing is null here; by ``=`` the planner would search an index for each unit, though it is told where the row is.
"""


def write_told(
    driver: psycopg.Connection[Any], page: Page, texts: Sequence[UnitTexts], told: Sequence[ToldRow]
) -> None:
    """Write what is told of units of ours; ``ConcurrentChange`` where one is no longer as it was compared.

    Their properties are known: what is linked was brought with its property. So this need not wait for the plan.
    """
    found = {it.unit_id: it for it in told}.values()  # of two outside ids of one unit, the later one
    _, _, kinds, numbers, floors, blocks = zip(*(texts[it.place] for it in found), strict=True)
    names = {
        "portfolio": page.portfolio_id,
        "rows": array_of([it.row for it in found]),
        "units": array_of([it.unit_id for it in found]),
        "codes": array_of([it.code for it in found]),
        "kinds": array_of(kinds),
        "numbers": array_of(numbers),
        "floors": array_of(floors),
        "blocks": array_of(blocks),
    }
    driver.execute(_BY_ROW, {"is": "off"})
    written = driver.execute(_TOLD.encode(), names, prepare=False).rowcount
    driver.execute(_BY_ROW, {"is": "on"})
    if written != len(found):
        raise ConcurrentChange(f"{len(found) - written} units were changed while they were compared: try again")
