"""Rows as COPY's text format: what repeats is written once, what comes from people is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier

NULL: Final = "\\N"
_SPECIAL: Final = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
)
_KEPT_AT_MOST: Final = 50_000


def escaped(text: str) -> str:
    """The text as a field of COPY; a zero byte, which PostgreSQL cannot store, makes the COPY fail."""
    return text if text.isprintable() and "\\" not in text else text.translate(_SPECIAL)


def field_of(text: str | None) -> str:
    """The field of a text that may be missing."""
    return NULL if text is None else escaped(text)


def is_clean(block: str, rows: int, fields: int, nulls: int = 0) -> bool:
    """True where rows of texts written as they are need no escape.

    Then every tab, line break and backslash of the block is one that was written between fields and rows, or for a
    null. To count them costs a fraction of a look at each text.
    """
    return (
        block.count("\t") == rows * (fields - 1)
        and block.count("\n") == max(0, rows - 1)
        and block.count("\\") == nulls
        and "\r" not in block
    )


def block_of(rows: Sequence[Sequence[str]], fields: int) -> str:
    """Rows of texts as one block of COPY; they are escaped only where one of them asks for it."""
    block = "\n".join(["\t".join(row) for row in rows])
    return block if is_clean(block, len(rows), fields) else "\n".join(["\t".join(map(escaped, row)) for row in rows])


class Days:
    """Writes days; each is written once and kept."""

    def __init__(self) -> None:
        """Start with nothing kept."""
        self._kept: dict[date | datetime, str] = {}

    def __call__(self, day: date | datetime | None) -> str:
        """The field of a day or instant, or of none."""
        if day is None:
            return NULL
        text = self._kept.get(day)
        if text is None:
            if len(self._kept) > _KEPT_AT_MOST:
                self._kept.clear()
            text = self._kept[day] = day.isoformat()
        return text


def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[str]) -> None:
    """Write rows of tab-separated fields into a table by one COPY."""
    if not rows:
        return
    with connection.cursor() as cursor:
        copy_into(cursor, table, columns, "\n".join(rows))


def copy_into(cursor: Cursor, table: str, columns: Sequence[str], block: str) -> None:
    """Write one block of rows, without its last line break, by one COPY."""
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), SQL(", ").join(map(Identifier, columns)))
    with cursor.copy(statement) as copy:
        copy.write(block.encode())
        copy.write(b"\n")
