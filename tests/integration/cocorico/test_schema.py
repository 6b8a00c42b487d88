"""The tables of the portal to test against are those of Cocorico 0.15.1, as they were read off a MariaDB."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from marketplace_adapters.cocorico.testing import CocoricoPortal

pytestmark = [pytest.mark.cocorico, pytest.mark.shared]

FACTS = Path(__file__).parents[4] / "shared" / "facts" / "cocorico"
COLUMNS = """
    SELECT TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_TYPE, IS_NULLABLE, COALESCE(COLUMN_DEFAULT, ''),
        COLUMN_KEY, EXTRA
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s"""
FOREIGN_KEYS = """
    SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME,
        r.DELETE_RULE
    FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
        ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
        AND r.TABLE_NAME = k.TABLE_NAME
    WHERE k.TABLE_SCHEMA = %s"""
INDEXES = """
    SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME
    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %s"""


@pytest.mark.parametrize(
    ("file", "query", "count"),
    [("columns.csv", COLUMNS, 241), ("foreign_keys.csv", FOREIGN_KEYS, 48), ("indexes.csv", INDEXES, 140)],
)
def test_the_tables_are_as_they_were_read(portal: CocoricoPortal, file: str, query: str, count: int) -> None:
    """Every column, foreign key and index of the facts is there with all that is told of it, and nothing else."""
    if not (FACTS / file).exists():
        pytest.skip(f"the facts of Cocorico are not beside the repository: {FACTS / file}")
    with (FACTS / file).open(encoding="utf-8", newline="") as facts:
        told = sorted(tuple(row.values()) for row in csv.DictReader(facts))
    there = portal.hand.rows.rows(query, [portal.database])
    assert sorted(tuple(str(it) for it in row.values()) for row in there) == told
    assert len(told) == count


def test_every_table_is_kept_as_the_portals_are(portal: CocoricoPortal) -> None:
    """InnoDB, and three bytes a character."""
    query = "SELECT DISTINCT ENGINE, TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s"
    there = portal.hand.rows.rows(query, [portal.database])
    assert [tuple(row.values()) for row in there] == [("InnoDB", "utf8mb3_unicode_ci")]
