"""The rows of copies on a portal, written without us: in one transaction, or one a listing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

TABLES: Final = (
    "geo_coordinate",
    "listing",
    "listing_location",
    "listing_translation",
    "listing_image",
    "listing_listing_category",
)
"""In the order in which a copy's rows are written."""
Rows = Mapping[str, list[dict[str, object]]]


def by_listing(rows: Rows) -> list[Rows]:
    """The rows of each listing apart, with the point that is its own."""
    keys = {"listing": "id", "listing_translation": "translatable_id"}
    apart = dict[object, dict[str, list[dict[str, object]]]]()
    for table in TABLES[1:]:
        for row in rows[table]:
            apart.setdefault(row[keys.get(table, "listing_id")], {}).setdefault(table, []).append(row)
    points = {it["id"]: it for it in rows["geo_coordinate"]}
    return [{"geo_coordinate": [points[it["listing_location"][0]["coordinate_id"]]], **it} for it in apart.values()]


def insert(cursor: Any, portions: Sequence[Rows]) -> None:  # noqa: ANN401 - PyMySQL's cursor
    """Write each portion in a transaction of its own, the rows of a table together, foreign keys unchecked."""
    cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
    for portion in portions:
        cursor.execute("BEGIN")
        for table, rows in portion.items():
            names = ", ".join(f"`{it}`" for it in rows[0])
            places = ", ".join(["%s"] * len(rows[0]))
            statement = f"INSERT INTO `{table}` ({names}) VALUES ({places})"  # noqa: S608 - names of columns there
            cursor.executemany(statement, [tuple(it.values()) for it in rows])
        cursor.execute("COMMIT")
