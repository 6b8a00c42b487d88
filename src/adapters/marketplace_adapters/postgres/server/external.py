"""A PostgreSQL server that somebody else runs: is it there, and is it one we can use?"""

from __future__ import annotations

import psycopg
from attrs import frozen

from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.errors import ConfigurationError, StoreUnavailable

OLDEST_MAJOR_VERSION = 15
CONNECT_TIMEOUT_SECONDS = 10
# What no later try mends. libpq gives no SQLSTATE for a connection that failed, only words.
_WRONG_SETTING_WORDS = (
    "authentication failed",
    "no password supplied",
    "does not exist",
    "no pg_hba.conf entry",
    "permission denied for database",
    "could not translate host name",
    "failed to resolve host",
    "invalid ",
)


@frozen
class ServerFacts:
    """What a server says about itself: major version, encoding, and whether our role is all-powerful there."""

    major_version: int
    encoding: str
    role_is_superuser: bool


def check_server(dsn: Dsn, *, timeout_seconds: int = CONNECT_TIMEOUT_SECONDS) -> ServerFacts:
    """Return the facts of a server that answers and can hold the books.

    Raises StoreUnavailable if it does not answer, ConfigurationError if the address, role, password, version or
    encoding is wrong. No message holds the password.
    """
    with connect(dsn, timeout_seconds=timeout_seconds) as connection:
        info = connection.info
        facts = ServerFacts(
            info.server_version // 10_000,
            info.parameter_status("server_encoding") or "",
            info.parameter_status("is_superuser") == "on",
        )
    if facts.major_version < OLDEST_MAJOR_VERSION:
        raise ConfigurationError(
            f"{dsn.label} runs PostgreSQL {facts.major_version}: {OLDEST_MAJOR_VERSION} or later is needed"
        )
    if facts.encoding != "UTF8":
        raise ConfigurationError(f"{dsn.label} stores text as {facts.encoding}: make the database with UTF8")
    return facts


def connect(
    dsn: Dsn, *, timeout_seconds: int = CONNECT_TIMEOUT_SECONDS, autocommit: bool = False
) -> psycopg.Connection:
    """Return an open connection, or raise StoreUnavailable or ConfigurationError without the password."""
    try:
        return psycopg.connect(dsn.conninfo(), connect_timeout=timeout_seconds, autocommit=autocommit)
    except psycopg.Error as problem:
        said = dsn.without_secret(str(problem)).strip().splitlines()
        message = f"cannot connect to {dsn.label}: {said[0] if said else 'no reason given'}"
        if any(mark in message for mark in _WRONG_SETTING_WORDS):
            raise ConfigurationError(f"{message}: correct the database's address") from None
        raise StoreUnavailable(f"{message}: is the server running and reachable?") from None
