"""Compares what is staged of a page with the books: what is as it is told costs no more."""

from __future__ import annotations

from typing import Final

STAGED: Final = ("place", "external_id", "property_id", "kind", "number", "floor", "block")
STAGE: Final = """
CREATE TEMP TABLE staged_units (
    place integer, external_id text COLLATE "C", property_id text COLLATE "C", kind text COLLATE "C",
    number text COLLATE "C", floor text COLLATE "C", block text COLLATE "C"
) ON COMMIT DROP
"""
_LINKED: Final = "x.portfolio_id = %(portfolio)s AND x.system = %(system)s AND x.kind = 'unit'"
_NAMES: Final = ("unit_id", "code", "property_id", "kind", "number", "floor", "block", "archived_on")
_COLUMNS: Final = ", ".join(f"u.{name}" for name in _NAMES)

PROPERTIES: Final = """
SELECT house.external_id, p.property_id, p.name, p.landlord_id, p.address, p.archived_on
FROM unnest(CAST(%(ids)s AS text[])) AS house (external_id) CROSS JOIN LATERAL (
    SELECT x.our_id FROM external_links x
    WHERE x.portfolio_id = %(portfolio)s AND x.system = %(system)s AND x.kind = 'property'
        AND x.external_id = house.external_id COLLATE "C"
    OFFSET 0
) x CROSS JOIN LATERAL (
    SELECT p.* FROM properties p WHERE p.portfolio_id = %(portfolio)s AND p.property_id = x.our_id OFFSET 0
) p
"""
_OF_HOUSE: Final = f"""
    SELECT u.* FROM unnest(CAST(%(houses)s AS text[])) AS house (property_id) CROSS JOIN LATERAL (
        SELECT u.ctid AS row, {_COLUMNS} FROM units u
        WHERE u.portfolio_id = %(portfolio)s AND u.property_id = house.property_id COLLATE "C"
        OFFSET 0
    ) u
"""  # noqa: S608 - words of ours
_IS_TOLD: Final = "(s.property_id = u.property_id AND d.our_id IS NULL)"
"""Where a staged unit that is linked to one of ours needs no more than what is told of it.

A unit of ours for which several of theirs stand is for the planner, with all that is told of it.
"""
_BEFORE: Final = ", ".join(f"CASE WHEN %(named)s OR {_IS_TOLD} IS NOT TRUE THEN u.{name} END" for name in _NAMES[2:-1])
COMPARED: Final = f"""
WITH links AS MATERIALIZED (
    SELECT house.external_id AS house, x.external_id, x.our_id
    FROM unnest(CAST(%(ids)s AS text[])) AS house (external_id) CROSS JOIN LATERAL (
        SELECT x.external_id, x.our_id FROM external_links x
        WHERE {_LINKED} AND x.external_id > (house.external_id || ':') COLLATE "C"
            AND x.external_id < (house.external_id || ';') COLLATE "C"
        OFFSET 0
    ) x
), own AS MATERIALIZED ({_OF_HOUSE}), doubled AS MATERIALIZED (
    SELECT our_id FROM links GROUP BY our_id HAVING count(*) > 1
)
SELECT s.place, CASE WHEN s.place IS NULL THEN l.house END, CASE WHEN s.place IS NULL THEN l.external_id END,
    CASE WHEN u.unit_id IS NULL OR s.place IS NULL THEN l.our_id END, CASE WHEN {_IS_TOLD} THEN u.row END,
    u.unit_id, u.code, {_BEFORE}, u.archived_on
FROM (SELECT * FROM staged_units WHERE place >= %(first)s) s
FULL JOIN links l ON l.external_id = s.external_id LEFT JOIN own u ON u.unit_id = l.our_id
LEFT JOIN doubled d ON d.our_id = l.our_id
WHERE u.unit_id IS NULL OR CASE WHEN s.place IS NULL THEN u.archived_on IS NULL
    ELSE d.our_id IS NOT NULL OR u.property_id <> s.property_id OR u.kind <> s.kind OR u.number <> s.number
        OR u.floor <> s.floor OR u.block <> s.block OR u.archived_on IS NOT NULL END
ORDER BY s.place
"""  # noqa: S608 - words of ours
"""Each staged unit that is not linked or not as it is told, and each link of the properties that is not told.

Links and units are read as one stretch of an index a property, whatever the planner knows of the tables: told the
statistics of an empty table, it would go through all links for each unit, and told those of a large one, through all
links for each page. What was before is read where somebody wants to know.
"""
BY_ID: Final = f"SELECT {_COLUMNS} FROM units u WHERE u.portfolio_id = %(portfolio)s AND u.unit_id = ANY(%(units)s)"  # noqa: S608 - words of ours
STILL_TOLD: Final = f"""
SELECT x.our_id FROM external_links x JOIN staged_units s ON s.external_id = x.external_id
WHERE {_LINKED} AND x.our_id = ANY(%(units)s)
"""  # noqa: S608 - words of ours
UNLINKED: Final = f"""
SELECT {_COLUMNS} FROM ({_OF_HOUSE}) u
WHERE (SELECT true FROM external_links x WHERE {_LINKED} AND x.our_id = u.unit_id LIMIT 1) IS NULL
ORDER BY u.unit_id
"""  # noqa: S608 - words of ours
