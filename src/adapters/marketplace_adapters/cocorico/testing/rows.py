"""Rows of the portal's database as its own program writes them: as the owner, each statement or step committed."""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

import pymysql
from attrs import define, field
from pymysql.cursors import Cursor

from marketplace_adapters.cocorico.testing.server import MariaDb

BEGINNING: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST_ID: Final = 10_000
LAST_ID: Final = 2_147_483_640


@define
class Rows:
    """One database on a server, the portal's clock and its dice; ``now`` stands still until it is moved."""

    server: MariaDb
    database: str
    now: datetime = BEGINNING
    dice: random.Random = field(factory=lambda: random.Random(7))  # noqa: S311 - seeded, so that tests repeat
    _connection: pymysql.Connection[Cursor] | None = None

    def pass_time(self, span: timedelta) -> None:
        """Move the portal's clock."""
        self.now += span

    @property
    def stamp(self) -> datetime:
        """The clock as a column keeps it: whole seconds in UTC, without a zone."""
        return self.now.astimezone(UTC).replace(tzinfo=None, microsecond=0)

    def new_id(self) -> int:
        """An id such as the portal makes up for listings, bookings and users."""
        return self.dice.randint(FIRST_ID, LAST_ID)

    def add(self, table: str, **values: object) -> int:
        """A new row; its id."""
        names = ", ".join(f"`{it}`" for it in values)
        places = ", ".join(["%s"] * len(values))
        with self._cursor() as cursor:
            cursor.execute(f"INSERT INTO `{table}` ({names}) VALUES ({places})", list(values.values()))  # noqa: S608
            return int(str(values.get("id", cursor.lastrowid)))

    def change(self, table: str, row_id: int, **values: object) -> None:
        """Other values in a row."""
        told = ", ".join(f"`{it}` = %s" for it in values)
        self.run(f"UPDATE `{table}` SET {told} WHERE id = %s", [*values.values(), row_id])  # noqa: S608

    def delete(self, table: str, **where: object) -> None:
        """Take away the rows that have these values, with all that the database's own cascades take with them."""
        told = " AND ".join(f"`{it}` = %s" for it in where)
        self.run(f"DELETE FROM `{table}` WHERE {told}", list(where.values()))  # noqa: S608

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[dict[str, object]]:
        """What a query gives."""
        with self._cursor() as cursor:
            cursor.execute(statement, list(parameters))
            names = [it[0] for it in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def all(self, table: str, **where: object) -> list[dict[str, object]]:
        """The rows of a table that have these values, by id."""
        told = " AND ".join(f"`{it}` = %s" for it in where) or "TRUE"
        return self.rows(f"SELECT * FROM `{table}` WHERE {told} ORDER BY id", list(where.values()))  # noqa: S608

    def one(self, table: str, row_id: int) -> Mapping[str, object]:
        """The row of that id."""
        (row,) = self.all(table, id=row_id)
        return row

    def run(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement; how many rows it changed."""
        with self._cursor() as cursor:
            return cursor.execute(statement, list(parameters))

    @contextmanager
    def at_once(self) -> Generator[None]:
        """What is done within is one transaction, as one click there is."""
        with self._cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _cursor(self) -> Generator[Cursor]:
        if self._connection is None or not _is_alive(self._connection):
            self._connection = self.server.connect(self.database)
        with closing(self._connection.cursor()) as cursor:
            yield cursor


def _is_alive(connection: pymysql.Connection[Cursor]) -> bool:
    try:
        connection.ping(reconnect=False)
    except pymysql.err.Error:
        return False
    return True
