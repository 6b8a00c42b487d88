"""The pool of connections that all adapters of one database share."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from sqlalchemy import Connection, Engine, create_engine

from marketplace_adapters.postgres.errors import only_ours
from marketplace_adapters.postgres.liveness import replace_dead_connections
from marketplace_adapters.postgres.server.dsn import Dsn

CONNECTIONS: Final = 10
WAIT_SECONDS: Final = 30


def make_engine(dsn: Dsn, *, connections: int = CONNECTIONS) -> Engine:
    """A pool of at most ``connections`` to the database; none is opened yet. The caller disposes of it.

    What only looks (``look.py``) keeps connections of its own beside it, one for each thread that ever looked at once.
    """
    engine = create_engine(
        dsn.sqlalchemy_url(),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        skip_autocommit_rollback=True,
        connect_args={"connect_timeout": 10},
        hide_parameters=True,
    )
    replace_dead_connections(engine)
    return engine


_HELD: Final[ContextVar[Connection | None]] = ContextVar("held", default=None)


@contextmanager
def lent(connection: Connection) -> Generator[None]:
    """While it lasts, single looks of this thread go by the connection that it holds.

    Whoever holds a lock must not wait for a second connection: all that there are may be held by those who wait so,
    or for the lock.
    """
    token = _HELD.set(connection)
    try:
        yield
    finally:
        _HELD.reset(token)


@contextmanager
def snapshot(engine: Engine) -> Generator[Connection]:
    """A connection that sees the books as they are now, however long it reads; only errors of ours come out."""
    with only_ours(), engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


@contextmanager
def single_look(engine: Engine) -> Generator[Connection]:
    """A connection for one reading statement, which by itself sees the books as they are at one moment.

    It begins no transaction, which would be two more round trips; a second statement would see what others changed.
    """
    held = _HELD.get()
    if held is not None and held.engine is engine:
        with only_ours():
            yield held
        return
    with only_ours(), engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection
