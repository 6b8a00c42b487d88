"""Compares what is told of a page with the books: what is as it is told costs no more."""

from __future__ import annotations

from typing import Final

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
    SELECT u.* FROM unnest(CAST(%(properties)s AS text[])) AS house (property_id) CROSS JOIN LATERAL (
        SELECT u.ctid AS row, {_COLUMNS} FROM units u
        WHERE u.portfolio_id = %(portfolio)s AND u.property_id = house.property_id COLLATE "C"
        OFFSET 0
    ) u
"""  # noqa: S608 - words of ours
_BEFORE: Final = ", ".join(f"CASE WHEN %(named)s OR f.is_told IS NOT TRUE THEN f.{name} END" for name in _NAMES[2:-1])
COMPARED: Final = f"""
WITH links AS MATERIALIZED (
    SELECT house.external_id AS house, house.property_id, x.external_id, x.our_id
    FROM unnest(CAST(%(ids)s AS text[]), CAST(%(properties)s AS text[])) AS house (external_id, property_id)
    CROSS JOIN LATERAL (
        SELECT x.external_id, x.our_id FROM external_links x
        WHERE {_LINKED} AND x.external_id > (house.external_id || ':') COLLATE "C"
            AND x.external_id < (house.external_id || ';') COLLATE "C"
        OFFSET 0
    ) x
), own AS MATERIALIZED ({_OF_HOUSE}), doubled AS (
    SELECT our_id FROM links GROUP BY our_id HAVING count(*) > 1
)
SELECT %(first)s + f.place - 1, CASE WHEN f.place IS NULL THEN f.house END,
    CASE WHEN f.place IS NULL THEN f.external_id END, CASE WHEN f.unit_id IS NULL OR f.place IS NULL THEN f.our_id END,
    CASE WHEN f.is_told THEN f.row END, CASE WHEN f.is_doubled THEN f.our_id END,
    f.unit_id, f.code, {_BEFORE}, f.archived_on
FROM (
    SELECT d.*, d.place IS NOT NULL AND d.property_id = d.told_property_id AND NOT d.is_doubled AS is_told FROM (
        SELECT s.place, l.house, l.external_id, l.our_id, l.property_id AS told_property_id, u.*,
            l.our_id IN (SELECT our_id FROM doubled) AS is_doubled
        FROM unnest(
            CAST(%(keys)s AS text[]), CAST(%(kinds)s AS text[]), CAST(%(numbers)s AS text[]),
            CAST(%(floors)s AS text[]), CAST(%(blocks)s AS text[])
        ) WITH ORDINALITY AS s (key, kind, number, floor, block, place)
        FULL JOIN links l ON l.external_id = s.key LEFT JOIN own u ON u.unit_id = l.our_id
        WHERE u.unit_id IS NULL OR CASE WHEN s.place IS NULL THEN u.archived_on IS NULL
            ELSE u.property_id <> l.property_id OR u.kind <> s.kind OR u.number <> s.number OR u.floor <> s.floor
                OR u.block <> s.block OR u.archived_on IS NOT NULL OR u.unit_id = ANY(CAST(%(also)s AS text[])) END
        OFFSET 0
    ) d OFFSET 0
) f ORDER BY f.place
"""  # noqa: S608 - words of ours
"""Each unit told that is not linked or not as it is told, and each link of the properties that is not told.

A unit told that is linked to one of ours in its property needs no more than what is told of it: then its row is
given. One of ours for which several of theirs stand is for the planner, with all that is told of it: at least one of
them differs, so the others are looked for only where one does; its id comes beside, to be asked for by ``also``.

Links and units are read as one stretch of an index a property, whatever the planner knows of the tables: told the
statistics of an empty table, it would go through all links for each unit, and told those of a large one, through all
links for each page. What was before is read where somebody wants to know.
"""
BY_ID: Final = f"SELECT {_COLUMNS} FROM units u WHERE u.portfolio_id = %(portfolio)s AND u.unit_id = ANY(%(units)s)"  # noqa: S608 - words of ours
LINKS_OF: Final = f"SELECT x.our_id, x.external_id FROM external_links x WHERE {_LINKED} AND x.our_id = ANY(%(units)s)"  # noqa: S608 - words of ours
UNLINKED: Final = f"""
SELECT {_COLUMNS} FROM ({_OF_HOUSE}) u
WHERE (SELECT true FROM external_links x WHERE {_LINKED} AND x.our_id = u.unit_id LIMIT 1) IS NULL
ORDER BY u.unit_id
"""  # noqa: S608 - words of ours
