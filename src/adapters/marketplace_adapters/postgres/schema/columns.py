"""How columns and keys look: ids by code point, money as whole minor units, the portfolio first in every key."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

metadata = MetaData()

PORTFOLIO = "portfolio_id"


def identifier(name: str, *, optional: bool = False, default: str | None = None) -> Column[str]:
    """An id or code: compared and ordered by code point, on whatever machine."""
    return Column(name, Text(collation="C"), nullable=optional, server_default=default)


def words(name: str, *, default: str | None = None) -> Column[str]:
    """A text for people; empty, never null."""
    return Column(name, Text(collation="C"), nullable=False, server_default=default)


def minor_units(name: str = "amount_minor", *, default: int | None = None) -> Column[int]:
    """Whole minor units: a bigint has no NaN, no infinity and no fraction."""
    return Column(name, BigInteger, nullable=False, server_default=None if default is None else str(default))


def currency() -> Column[str]:
    """The currency beside an amount."""
    return Column("currency", Text(collation="C"), nullable=False)


def count(name: str) -> Column[int]:
    """A small whole number."""
    return Column(name, Integer, nullable=False)


def day(name: str, *, optional: bool = False) -> Column[object]:
    """A day of the portfolio's calendar."""
    return Column(name, Date, nullable=optional)


def instant(name: str, *, optional: bool = False) -> Column[object]:
    """An instant."""
    return Column(name, DateTime(timezone=True), nullable=optional)


def plain(name: str, *, optional: bool = False) -> Column[object]:
    """A domain value as plain JSON."""
    return Column(name, JSONB(none_as_null=True), nullable=optional)


def key(*columns: str) -> PrimaryKeyConstraint:
    """The primary key."""
    return PrimaryKeyConstraint(*columns)


def unique(name: str, *columns: str, deferred: bool = False) -> UniqueConstraint:
    """What no two rows share; ``deferred`` looks when the transaction ends."""
    return UniqueConstraint(
        *columns, name=name, deferrable=deferred or None, initially="DEFERRED" if deferred else None
    )


def partly_unique(name: str, *columns: str, where: str) -> Index:
    """What no two rows of those that ``where`` names share."""
    return Index(name, *columns, unique=True, postgresql_where=text(where))


def unique_by(name: str, *columns: str, expression: str) -> Index:
    """What no two rows share, an expression over a row's columns last."""
    return Index(name, *columns, text(expression), unique=True)


def index(name: str, *columns: str, where: str | None = None, holds: Sequence[str] = ()) -> Index:
    """A way to find rows; it ``holds`` further columns so that a query need not read the rows themselves."""
    return Index(
        name,
        *columns,
        postgresql_where=None if where is None else text(where),
        postgresql_include=list(holds) or None,
    )


def public_index(name: str, *columns: str, where: str, is_gin: bool = False) -> Index:
    """A way to find what the public sees in all portfolios: the one kind of index that none leads."""
    if not is_gin:
        return Index(name, *columns, postgresql_where=text(where))
    return Index(
        name, *columns, postgresql_where=text(where), postgresql_using="gin", postgresql_with={"fastupdate": "off"}
    )


def holds_one(name: str, expression: str) -> Index:
    """A way to find rows by one of the things that a JSON list has."""
    lists = literal_column(expression, JSONB()).label("lists")
    return Index(name, lists, postgresql_using="gin", postgresql_ops={"lists": "jsonb_path_ops"})


def check(name: str, condition: str) -> CheckConstraint:
    """What is true of every row."""
    return CheckConstraint(condition, name=name)


def points_to(
    name: str, columns: Sequence[str], table: str, targets: Sequence[str] = (), *, deferred: bool = False
) -> ForeignKeyConstraint:
    """A foreign key, added by an ALTER of its own after the tables are distributed."""
    return ForeignKeyConstraint(
        list(columns),
        [f"{table}.{target}" for target in (targets or columns)],
        name=name,
        use_alter=True,
        deferrable=deferred or None,
        initially="DEFERRED" if deferred else None,
    )


def book_table(name: str, *items: SchemaItem) -> Table:
    """A table of the books: partitioned by portfolio, which comes first in each of its keys."""
    return Table(name, metadata, identifier(PORTFOLIO), *items, info={"by": PORTFOLIO})


def shared_table(name: str, *items: SchemaItem) -> Table:
    """A table keyed by its own owner, the collection account: one account may serve many portfolios."""
    return Table(name, metadata, *items, info={"by": None})
