"""What PostgreSQL and its driver say, as errors of ours: one table."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from marketplace_core.errors import (
    AlreadyExists,
    ConcurrentChange,
    ConfigurationError,
    DuplicateInvoice,
    InvalidAmount,
    InvalidInput,
    LawBroken,
    LeaseOverlap,
    MarketplaceError,
    NotFound,
    OverAllocation,
    StorageFull,
    StoreUnavailable,
)

_Rule = tuple[type[MarketplaceError], str]

_BY_CONSTRAINT: Final[dict[str, _Rule]] = {
    "uq_invoices_standing": (
        DuplicateInvoice,
        "the lease already has such an invoice for the period: void that first",
    ),
    "uq_invoices_number": (AlreadyExists, "the invoice's number is taken"),
    "uq_leases_occupied_until": (LeaseOverlap, "another lease has the unit on one of these days: end that one first"),
    "uq_leases_occupied_after": (LeaseOverlap, "another lease has the unit on one of these days: end that one first"),
    "fk_leases_follows": (LeaseOverlap, "another lease has the unit on one of these days: end that one first"),
    "ck_leases_occupation": (LeaseOverlap, "another lease has the unit on one of these days: end that one first"),
    "ck_invoices_allocated": (OverAllocation, "more would be allocated to an invoice than its amount"),
    "ck_credits_given": (OverAllocation, "more of a credit would be allocated or used than its amount"),
    "ck_payments_given": (OverAllocation, "more of a payment would be given to leases than its amount"),
    "ck_payments_credited": (OverAllocation, "more of a payment would be credited to leases than its amount"),
    "uq_leases_reference": (AlreadyExists, "the payment reference is that of another lease"),
    "payment_references_pkey": (AlreadyExists, "the payment reference is that of another lease of the account"),
    "uq_users_email": (AlreadyExists, "another user has the address"),
    "uq_units_code": (AlreadyExists, "the code is that of another unit"),
    "fk_properties_landlord": (NotFound, "the landlord is none of the portfolio's people: record the person first"),
    "fk_units_property": (NotFound, "the unit's property is not in the portfolio: record the property first"),
    "inbox_transactions_pkey": (AlreadyExists, "the transaction of the collection account is in the books already"),
    "uq_payments_transaction": (AlreadyExists, "the transaction of the collection account is in the books already"),
}

_BY_STATE: Final[tuple[tuple[str, type[MarketplaceError], str], ...]] = (
    ("53100", StorageFull, "the database's disk is full: free some space and run the same command again"),
    ("53", StoreUnavailable, "the database lacks memory or connections: try again later"),
    ("08", StoreUnavailable, "the connection to the database was lost: try again"),
    ("57", StoreUnavailable, "the database stopped or cancelled the work: try again"),
    ("58", StoreUnavailable, "the database's own files cannot be read or written: look at its log"),
    ("55P03", StoreUnavailable, "a lock was not to be had in time: try again"),
    ("25006", StoreUnavailable, "the database is read-only: is it a standby?"),
    ("25P03", StoreUnavailable, "the database undid what was left open for too long: try again"),
    ("40", ConcurrentChange, "others changed the same rows again and again: run the command again"),
    ("23505", AlreadyExists, "an id is taken by a different thing"),
    ("23503", NotFound, "something that is named is not in the portfolio"),
    ("23", LawBroken, "a rule of the tables refuses it"),
    ("22003", InvalidAmount, "a number does not fit its column"),
    ("22", InvalidInput, "a text or number cannot be stored"),
    ("42501", ConfigurationError, "the database's role may not do this: run migrations as the owner"),
    ("42P01", ConfigurationError, "a table is missing: migrate the database first"),
    ("42703", ConfigurationError, "a column is missing: migrate the database first"),
    ("28", ConfigurationError, "the database refuses the role or its password"),
    ("3D000", ConfigurationError, "there is no such database"),
    ("XX", StoreUnavailable, "the database failed inside: look at its log and try again"),
)

_SHARD_SUFFIX: Final = re.compile(r"_\d{5,}$")
_NAMED: Final = re.compile(r'constraint "([^"]+)"')
_RETRIED: Final = frozenset({"40001", "40P01"})


def sql_state(error: BaseException) -> str | None:
    """The SQLSTATE of an error, None where there is none."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return getattr(original, "sqlstate", None)


def constraint_of(error: BaseException) -> str | None:
    """The name of the constraint that was broken, without the suffix that a shard's copy has."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(original, psycopg.Error):
        return None
    name = original.diag.constraint_name
    if name is None and (found := _NAMED.search(str(original))):
        name = found[1]
    return None if name is None else _SHARD_SUFFIX.sub("", name)


def may_retry(error: BaseException, *, on_commit: bool = False) -> bool:
    """True where the same transaction may succeed when it runs again: a failed serialisation or a deadlock.

    A distributed database says that its commit failed for such a reason with XX000.
    """
    state = sql_state(error)
    return state in _RETRIED or (on_commit and state == "XX000")


def translated(error: SQLAlchemyError | psycopg.Error) -> MarketplaceError:
    """The error of ours that a vendor's error means."""
    if isinstance(error, PoolTimeout):
        return StoreUnavailable("all connections to the database are in use: try again later")
    state = sql_state(error) or ""
    name = constraint_of(error)
    if name in _BY_CONSTRAINT and state.startswith("23"):
        kind, says = _BY_CONSTRAINT[name]
        return kind(says)
    for prefix, kind, says in _BY_STATE:
        if state.startswith(prefix):
            return kind(f"{says} ({name or state})")
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, psycopg.DataError):
        return InvalidInput("a text holds a character that cannot be stored, such as NUL")
    if isinstance(original, psycopg.OperationalError | psycopg.InterfaceError):
        return StoreUnavailable("the database does not answer: is it running? Try again")
    return LawBroken(f"the database refused what was asked of it: {type(original).__name__} {state}".rstrip())


@contextmanager
def only_ours() -> Generator[None]:
    """Let only errors of ours out of a block that speaks to the database."""
    try:
        yield
    except (SQLAlchemyError, psycopg.Error) as error:
        raise translated(error) from error
