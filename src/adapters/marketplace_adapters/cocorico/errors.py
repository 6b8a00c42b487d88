"""What MariaDB's errors mean to us: one table by number; what it does not know leaves open what was done."""

from __future__ import annotations

from typing import Final

from attrs import frozen
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from marketplace_core.errors import (
    AlreadyExists,
    ConcurrentChange,
    ConfigurationError,
    InvalidInput,
    MarketplaceError,
    PartnerDrift,
    PartnerUnavailable,
)

_MOST_WORDS: Final = 200
_RIGHTS: Final = "our account there lacks a right: run what `marketplace cocorico grants` prints on that database"
_KNOWS_US: Final = "the database does not let us in: look at cocorico.dsn, and at the account there"
_CLOSED: Final = "the database does not let us in: our account there is locked, its password expired, or it has none"
_OTHER: Final = "its tables are not as they were"
_AWAY: Final = "it went away in the middle: what was not committed is undone there; look, and try again"
_BUSY: Final = "somebody there holds what we need: try again"
_FULL: Final = "its disk or a table there is full"
DUPLICATE: Final = 1062
DEADLOCK: Final = 1213
COLUMN_UNKNOWN, TABLE_UNKNOWN = 1054, 1146
COLUMN_DENIED, TABLE_DENIED = 1143, 1142


@frozen
class Meaning:
    """An error of ours, and what is said of it."""

    kind: type[MarketplaceError]
    says: str


TABLE: Final[dict[int, Meaning]] = {
    1264: Meaning(InvalidInput, "a number does not fit its column: the portal holds at most 999,999.99"),
    1406: Meaning(InvalidInput, "a text is longer than its column"),
    1366: Meaning(InvalidInput, "a text has characters, such as emoji, that its column cannot hold"),
    1048: Meaning(InvalidInput, "a value is missing that a column there needs"),
    1364: Meaning(PartnerDrift, "a column there needs a value and has no default: " + _OTHER),
    1292: Meaning(InvalidInput, "a date or number cannot be read"),
    DUPLICATE: Meaning(AlreadyExists, "a row with that key is there already"),
    1451: Meaning(ConcurrentChange, "rows there still refer to it"),
    1452: Meaning(ConcurrentChange, "what it refers to is no longer there: look again"),
    COLUMN_UNKNOWN: Meaning(PartnerDrift, _OTHER),
    TABLE_UNKNOWN: Meaning(PartnerDrift, _OTHER),
    1049: Meaning(ConfigurationError, "it has no such database: look at cocorico.dsn"),
    COLUMN_DENIED: Meaning(ConfigurationError, _RIGHTS),
    TABLE_DENIED: Meaning(ConfigurationError, _RIGHTS),
    1044: Meaning(ConfigurationError, _KNOWS_US),
    1045: Meaning(ConfigurationError, _KNOWS_US),
    1130: Meaning(ConfigurationError, _KNOWS_US),
    1227: Meaning(ConfigurationError, _RIGHTS),
    **dict.fromkeys((1698, 1820, 1862, 3118, 4151), Meaning(ConfigurationError, _CLOSED)),
    1665: Meaning(ConfigurationError, "it logs statements, and so refuses our writes: set its binlog_format to MIXED"),
    1205: Meaning(PartnerUnavailable, _BUSY),
    DEADLOCK: Meaning(PartnerUnavailable, _BUSY),
    1040: Meaning(PartnerUnavailable, "it takes no more connections"),
    1203: Meaning(PartnerUnavailable, "it takes no more connections of ours"),
    1053: Meaning(PartnerUnavailable, _AWAY),
    1077: Meaning(PartnerUnavailable, _AWAY),
    1317: Meaning(PartnerUnavailable, _AWAY),
    1927: Meaning(PartnerUnavailable, _AWAY),
    2002: Meaning(PartnerUnavailable, "nobody answers there"),
    2003: Meaning(PartnerUnavailable, "nobody answers there"),
    2006: Meaning(PartnerUnavailable, _AWAY),
    2013: Meaning(PartnerUnavailable, _AWAY),
    2014: Meaning(PartnerUnavailable, _AWAY),
    1021: Meaning(PartnerUnavailable, _FULL),
    1114: Meaning(PartnerUnavailable, _FULL),
    1290: Meaning(PartnerUnavailable, "it takes no changes for now"),
    1792: Meaning(PartnerUnavailable, "it takes no changes for now"),
    1836: Meaning(PartnerUnavailable, "it takes no changes for now"),
}
_UNKNOWN: Final = Meaning(PartnerUnavailable, "it does not answer as it should: unclear whether it was done")


def number_of(problem: SQLAlchemyError) -> int:
    """MariaDB's number for an error, 0 where it has none."""
    told = getattr(getattr(problem, "orig", None), "args", ())
    return told[0] if told and isinstance(told[0], int) else 0


def translated(problem: SQLAlchemyError, label: str) -> MarketplaceError:
    """Our error for one of the database's; neither statement nor values are told, for they may be personal."""
    if isinstance(problem, PoolTimeout):
        return PartnerUnavailable(f"Cocorico's database ({label}): all our connections to it are in use, try again")
    number = number_of(problem)
    meaning = TABLE.get(number, _UNKNOWN)
    told = ""
    if isinstance(problem, DBAPIError) and meaning.kind in {PartnerDrift, ConfigurationError}:
        told = f" ({str(problem.orig)[:_MOST_WORDS]})"
    return meaning.kind(f"Cocorico's database ({label}), error {number}: {meaning.says}{told}")
