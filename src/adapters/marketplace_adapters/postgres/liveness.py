"""Pooled connections are asked whether they live only where that is in doubt: each asking is a round trip."""

from __future__ import annotations

import select
import time
from typing import Any, Final

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

TRUSTED_SECONDS: Final = 5.0
"""How long an unused connection is believed to live, if its server has not said otherwise."""
_LAST_USED: Final = "last_used"


def replace_dead_connections(engine: Engine) -> None:
    """Let the pool give out no connection whose server has gone; all that are pooled are then made anew.

    A server that ends a connection says so, which shows at the socket without asking; after ``TRUSTED_SECONDS`` of
    silence the server is asked.
    """

    @event.listens_for(engine, "checkin")
    def remember(_connection: object, record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's record of a connection
        record.info[_LAST_USED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, _proxy: object) -> None:  # noqa: ANN401 - the driver's connection, its record
        used = record.info.get(_LAST_USED)
        if used is None or (time.monotonic() - used < TRUSTED_SECONDS and not _has_word(connection)):
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as problem:
            raise InvalidatePoolError from problem


def _has_word(connection: psycopg.Connection[Any]) -> bool:
    """True where the server has sent something unasked, or the connection is at its end."""
    if connection.closed:
        return True
    looking = select.poll()
    looking.register(connection.fileno(), select.POLLIN)
    return bool(looking.poll(0))
