"""Connections that only read: kept open with their cursors beside the pool, for what nearly every request asks.

To take one out of the pool, look whether it lives, change its mode and put it back costs more than a small statement.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from threading import Event, Lock
from typing import Any, Final, Self, cast
from weakref import WeakKeyDictionary

import psycopg
from attrs import field, frozen
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, PoolProxiedConnection, event

_OF_ENGINES: Final[WeakKeyDictionary[Engine, ReadingConnections]] = WeakKeyDictionary()
_ONE_AT_A_TIME: Final = Lock()


@frozen(eq=False)
class _Reader:
    """A connection of ours alone, in which each statement is a transaction of its own."""

    held: PoolProxiedConnection
    cursor: psycopg.Cursor[tuple[Any, ...]]

    @classmethod
    def open(cls, engine: Engine) -> Self:
        """One made as the pool makes its own, then taken out of it."""
        held = engine.raw_connection()
        driver = cast("psycopg.Connection[tuple[Any, ...]]", held.driver_connection)
        held.detach()
        driver.autocommit = True
        return cls(held, driver.cursor())

    @property
    def is_ready(self) -> bool:
        """False while a statement runs, and where the connection is lost."""
        return self.cursor.connection.pgconn.transaction_status == TransactionStatus.IDLE

    def first(self, text: bytes, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """The first row."""
        return self.cursor.execute(text, values).fetchone()


@frozen(eq=False)
class ReadingConnections:
    """Those of one engine: at most as many as ever looked at once, closed when it is disposed of."""

    _idle: deque[_Reader] = field(factory=deque[_Reader], init=False)
    _is_closed: Event = field(factory=Event, init=False)

    def first(self, engine: Engine, text: bytes, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """The first row of a reading statement, None where there is none; raises what the driver does.

        A connection that was kept may have been lost since: reading once more by a new one changes nothing.
        """
        kept = self._kept()
        if kept is not None:
            try:
                return self._asked(kept, text, values)
            except psycopg.OperationalError:
                if kept.is_ready:
                    raise
                self._close_idle()
        return self._asked(_Reader.open(engine), text, values)

    def close(self) -> None:
        """Close those that nobody uses now, and the others as they end."""
        self._is_closed.set()
        self._close_idle()

    def _close_idle(self) -> None:
        while (reader := self._kept()) is not None:
            reader.held.close()

    def _kept(self) -> _Reader | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _asked(self, reader: _Reader, text: bytes, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        try:
            return reader.first(text, values)
        finally:
            if not reader.is_ready:
                reader.held.close()
            else:
                self._idle.append(reader)
                if self._is_closed.is_set():
                    self._close_idle()


def readers_of(engine: Engine) -> ReadingConnections:
    """Those of an engine: made when it is first asked for them."""
    found = _OF_ENGINES.get(engine)
    if found is not None:
        return found
    with _ONE_AT_A_TIME:
        found = _OF_ENGINES.get(engine)
        if found is None:
            found = _OF_ENGINES[engine] = ReadingConnections()
            if not event.contains(engine, "engine_disposed", _forget):
                event.listen(engine, "engine_disposed", _forget)
        return found


def _forget(engine: Engine) -> None:
    """An engine that is used again after it was disposed of gets others."""
    with _ONE_AT_A_TIME:
        found = _OF_ENGINES.pop(engine, None)
    if found is not None:
        found.close()
