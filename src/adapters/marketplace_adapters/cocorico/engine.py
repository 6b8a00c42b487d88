"""Connections to the portal's database: one transaction a block, and its errors told as ours."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from math import ceil
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from marketplace_adapters.cocorico.errors import translated
from marketplace_adapters.cocorico.server import CocoricoServer
from marketplace_core.errors import PartnerUnavailable

_POOL: Final = 5
_HELD: Final = "held names"
_LONGEST_NAME: Final = 64
_SNAPSHOT: Final = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
_SESSION: Final = (
    # Strict: what does not fit is refused, never cut.
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',"
    " innodb_lock_wait_timeout = {wait},"
    # Whatever the server's own are: a chained transaction refuses ours, and answers must not be cut short.
    " completion_type = 0, sql_select_limit = 18446744073709551615"
)


class PortalDatabase:
    """A pool of connections; threads may share it, and nothing is opened before the first use."""

    def __init__(self, server: CocoricoServer) -> None:
        """Reach that server."""
        self.server = server

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A connection that sees one state of the database throughout, and writes nothing."""
        with self._told(), self._engine.connect() as connection:
            connection.execute(_SNAPSHOT)
            yield connection
            connection.rollback()

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """One transaction: committed at the end of the block, undone where it raises; it sees what is committed."""
        with self._told(), self._engine.connect() as connection:
            try:
                with connection.begin():
                    yield connection
            finally:
                _let_go(connection)

    def close(self) -> None:
        """End its connections."""
        self._engine.dispose()

    @contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except SQLAlchemyError as problem:
            raise translated(problem, self.server.label) from problem

    @cached_property
    def _engine(self) -> Engine:
        seconds = ceil(self.server.timeout_seconds)
        return create_engine(
            self.server.url,
            connect_args={
                "connect_timeout": seconds,
                "read_timeout": seconds,
                "write_timeout": seconds,
                "init_command": _SESSION.format(wait=max(1, seconds // 2)),
            },
            isolation_level="READ COMMITTED",
            pool_size=_POOL,
            max_overflow=_POOL,
            pool_timeout=seconds,
            pool_pre_ping=True,
            pool_recycle=1800,
            hide_parameters=True,
        )


def hold(connection: Connection, name: str, patience_seconds: float) -> None:
    """Hold a name alone, among all who ask for it at that database server, until the transaction has ended.

    PartnerUnavailable where somebody else holds it all that time.
    """
    short = name[:_LONGEST_NAME]
    if connection.scalar(select(func.get_lock(short, max(1, int(patience_seconds))))) != 1:
        raise PartnerUnavailable(f"somebody else has held {short!r} on the portal's database for long: try again")
    connection.info.setdefault(_HELD, []).append(short)


def _let_go(connection: Connection) -> None:
    """Give the names back after the end of the transaction; those of a broken connection fall with it."""
    if connection.closed or connection.invalidated:
        return
    held: list[str] = connection.info.pop(_HELD, [])
    try:
        for name in held:
            connection.execute(select(func.release_lock(name)))
            connection.rollback()
    except SQLAlchemyError:
        # What was committed stays so, and with the connection the names are free.
        connection.invalidate()
