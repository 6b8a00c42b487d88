"""Whether the portal's tables are as we need them: asked of ``information_schema``, and of the columns it hides.

``information_schema`` shows an account only columns on which it has a right. So a column that is not shown is asked
for once: the database then says whether there is none, or whether we may not see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import frozen
from sqlalchemy import Column, Connection, String, Table, text
from sqlalchemy.dialects.mysql import LONGTEXT, TINYINT
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import DateTime, Integer, Numeric, SmallInteger, Text
from typing_extensions import override

from marketplace_adapters.cocorico.errors import COLUMN_UNKNOWN, TABLE_UNKNOWN, number_of
from marketplace_adapters.cocorico.tables import METADATA, USES

_RIGHTS: Final = {"r": "select", "i": "insert", "u": "update"}
_WHOLE: Final = ("tinyint", "smallint", "mediumint", "int", "bigint")
_TEXTS: Final = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext")
_TEXT_LENGTH: Final = 65_535
_SHOWN: Final = text(
    "SELECT TABLE_NAME AS `table`, COLUMN_NAME AS name, DATA_TYPE AS type, COLUMN_TYPE AS told,"
    " IS_NULLABLE AS nullable, COLUMN_DEFAULT AS standing, EXTRA AS extra, CHARACTER_MAXIMUM_LENGTH AS length,"
    " NUMERIC_PRECISION AS digits, NUMERIC_SCALE AS decimals, PRIVILEGES AS rights"
    " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
)

_WITHOUT_TRANSACTIONS: Final = text(
    "SELECT t.TABLE_NAME AS `table`, t.ENGINE AS engine FROM information_schema.TABLES t"
    " JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE"
    " WHERE t.TABLE_SCHEMA = DATABASE() AND e.TRANSACTIONS <> 'YES'"
)


@frozen
class Findings:
    """What is not as it should be: of the tables, and of our rights; each names table and column."""

    drift: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """True where there is any."""
        return bool(self.drift or self.rights)

    @override
    def __str__(self) -> str:
        """All of them, and what to do."""
        told = list[str]()
        if self.drift:
            told.append(
                f"the portal's tables are not as we need them: {'; '.join(self.drift)}."
                " Bring them back, or take a version of this package that knows them"
            )
        if self.rights:
            told.append(
                f"our account lacks rights: {'; '.join(self.rights)}."
                " Run what `marketplace cocorico grants` prints on that database"
            )
        return " And ".join(told)


@frozen
class _Shown:
    """A column as the database shows it."""

    type: str
    told: str
    nullable: bool
    default: str | None
    extra: str
    length: int
    digits: int
    decimals: int
    rights: frozenset[str]


def findings(connection: Connection) -> Findings:
    """Compare all that we use with what is there."""
    shown = dict[str, dict[str, _Shown]]()
    for row in connection.execute(_SHOWN).mappings():
        shown.setdefault(row["table"], {})[row["name"]] = _Shown(
            row["type"], row["told"], row["nullable"] == "YES", row["standing"], row["extra"] or "",
            row["length"] or 0, row["digits"] or 0, row["decimals"] or 0, frozenset(row["rights"].split(",")),
        )  # fmt: skip
    drift, rights = list[str](), list[str]()
    loose = {row["table"]: row["engine"] for row in connection.execute(_WITHOUT_TRANSACTIONS).mappings()}
    for table in METADATA.sorted_tables:
        there = shown.get(table.name, {})
        for column in table.columns:
            if column.name in there:
                drift += _wrong(column, there[column.name])
                rights += _denied(column, there[column.name])
            elif _is_missing(connection, column):
                drift.append(f"{_name(column)} is missing")
            else:
                rights.append(f"{_name(column)} is not to be seen by us")
        drift += _unexpected(table, there)
        if table.name in loose and any("i" in it.info[USES] for it in table.columns):
            drift.append(f"{table.name} is kept by {loose[table.name]}, which has no transactions")
    return Findings(tuple(drift), tuple(rights))


def _name(column: Column[Any]) -> str:
    return f"{column.table.name}.{column.name}"


def _wrong(column: Column[Any], there: _Shown) -> Iterator[str]:
    if not _fits(column, there):
        yield f"{_name(column)} is {there.told}"
    uses = column.info[USES]
    if column.nullable and "i" in uses and not there.nullable:
        yield f"{_name(column)} must not be NULL there"
    if not column.nullable and there.nullable:
        yield f"{_name(column)} may be NULL there"


def _fits(column: Column[Any], there: _Shown) -> bool:
    """True where every value that we write fits, and every value there can be read."""
    kind = column.type
    if isinstance(kind, DateTime):
        return there.type == "datetime"
    if isinstance(kind, (TINYINT, SmallInteger, Integer)) and not isinstance(kind, Numeric):
        least = "tinyint" if isinstance(kind, TINYINT) else "smallint" if isinstance(kind, SmallInteger) else "int"
        return there.type in _WHOLE[_WHOLE.index(least) :]
    if isinstance(kind, Numeric):
        is_alike = there.type == "decimal" and there.decimals == (kind.scale or 0)
        return is_alike and there.digits >= (kind.precision or 0)
    if isinstance(kind, (Text, LONGTEXT)):
        return there.type in _TEXTS and there.length >= _TEXT_LENGTH
    return isinstance(kind, String) and there.type in _TEXTS and there.length >= (kind.length or 0)


def _denied(column: Column[Any], there: _Shown) -> Iterator[str]:
    lacking = [right for use, right in _RIGHTS.items() if use in column.info[USES] and right not in there.rights]
    if lacking:
        yield f"{_name(column)}: {' and '.join(lacking)}"


def _unexpected(table: Table, there: Mapping[str, _Shown]) -> Iterator[str]:
    """Columns that a new row of ours would need a value for, though we know of none."""
    if not any("i" in it.info[USES] for it in table.columns):
        return
    written: Sequence[str] = [it.name for it in table.columns if "i" in it.info[USES]]
    for name, it in there.items():
        is_filled = it.nullable or it.default is not None or "auto_increment" in it.extra or "GENERATED" in it.extra
        if name not in written and not is_filled:
            yield f"{table.name}.{name} needs a value in a new row and has no default"


def _is_missing(connection: Connection, column: Column[Any]) -> bool:
    """Ask for a column that is not shown: False where it is there and only our right is lacking.

    Of a table on which we have no right at all the database does not say whether there is one.
    """
    try:
        connection.execute(text(f"SELECT `{column.name}` FROM `{column.table.name}` LIMIT 0"))  # noqa: S608 - our own names
    except DBAPIError as problem:
        number = number_of(problem)
        if number in {COLUMN_UNKNOWN, TABLE_UNKNOWN}:
            return True
        if problem.connection_invalidated:
            raise
    return False
