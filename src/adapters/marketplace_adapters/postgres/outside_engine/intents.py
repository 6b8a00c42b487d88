"""Intents on PostgreSQL: each change is one statement, in a transaction of its own or in one of several."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Select, select, text, update
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import single_look
from marketplace_adapters.postgres.outside_engine.rows import intent_of, intent_row, key_row
from marketplace_adapters.postgres.schema import engine_intents as table
from marketplace_adapters.postgres.schema import engine_leases
from marketplace_adapters.postgres.schema.outside_engine import OPEN
from marketplace_core.domain.outside_engine.intents import Intent, IntentState
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.errors import ConcurrentChange, NotFound
from marketplace_core.ports.outside_engine.engine_intents import EngineIntents

V = TypeVar("V")
_IS_OPEN: Final = text(OPEN)
"""The words of the partial index, so that it is used."""


class PostgresEngineIntents(EngineIntents):
    """Keeps a row an intent; of two who want to send it, the row lets one."""

    def __init__(self, engine: Engine) -> None:
        """Read and write through the pool."""
        self._engine = engine

    @override
    def alone(self, key: AccountKey, work: Callable[[EngineIntents], V]) -> V:
        """Those who change the intents of a lease queue for its row; all is done by one connection."""
        queue = insert(engine_leases).values({**key_row(key), "digest": ""}).on_conflict_do_nothing()
        own = (engine_leases.c[name] == value for name, value in key_row(key).items())
        turn = select(engine_leases.c.lease_id).where(*own).with_for_update()

        def locked(connection: Connection) -> V:
            connection.execute(queue)
            connection.execute(turn)
            return work(_InTransaction(self._engine, connection))

        return in_transaction(self._engine, locked)

    @override
    def plan(self, intent: Intent) -> Intent:
        def work(connection: Connection) -> Intent:
            connection.execute(insert(table).values(intent_row(intent)).on_conflict_do_nothing())
            return _kept(connection, intent.marker)

        return self._written(work)

    @override
    def mark_sent(self, marker: str, attempts: int, at: datetime) -> Intent:
        sent = {"state": IntentState.SENT, "attempts": table.c.attempts + 1, "sent_at": at, "settled_at": None}
        statement = (
            update(table)
            .where(table.c.marker == marker, table.c.attempts == attempts, table.c.state != IntentState.DONE)
            .values(sent)
            .returning(table)
        )

        def work(connection: Connection) -> Intent:
            row = connection.execute(statement).mappings().first()
            if row is not None:
                return intent_of(row)
            kept = _kept(connection, marker)
            raise ConcurrentChange(
                f"intent {marker} ({kept.words}) is {kept.state} after {kept.attempts} attempts, not open after"
                f" {attempts}: another worker was first, look at the engine again"
            )

        return self._written(work)

    @override
    def settle(self, marker: str, state: IntentState, at: datetime, their_id: str = "", words: str = "") -> None:
        is_known = state in (IntentState.DONE, IntentState.REFUSED)
        statement = (
            update(table)
            .where(table.c.marker == marker)
            .values(
                state=state,
                settled_at=at if is_known else None,
                their_id=their_id,
                last_words=words,
            )
        )

        def work(connection: Connection) -> None:
            if not connection.execute(statement).rowcount:
                raise _unknown(marker)

        self._written(work)

    @override
    def intent(self, marker: str) -> Intent:
        with self._looking() as connection:
            return _kept(connection, marker)

    @override
    def intents_of(self, key: AccountKey) -> tuple[Intent, ...]:
        own = (table.c[name] == value for name, value in key_row(key).items())
        return self._found(select(table).where(*own))

    @override
    def open_intents(self, limit: int = 100) -> tuple[Intent, ...]:
        return self._found(select(table).where(_IS_OPEN).limit(limit))

    def _written(self, work: Callable[[Connection], V]) -> V:
        return in_transaction(self._engine, work)

    def _looking(self) -> AbstractContextManager[Connection]:
        return single_look(self._engine)

    def _found(self, statement: Select[Any]) -> tuple[Intent, ...]:
        with self._looking() as connection:
            rows = connection.execute(statement.order_by(table.c.planned_at, table.c.marker)).mappings()
            return tuple(intent_of(row) for row in rows)


class _InTransaction(PostgresEngineIntents):
    """Intents as a transaction that has begun sees and changes them."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        """By that transaction's connection and no other."""
        super().__init__(engine)
        self._connection = connection

    @override
    def alone(self, key: AccountKey, work: Callable[[EngineIntents], V]) -> V:
        return work(self)

    @override
    def _written(self, work: Callable[[Connection], V]) -> V:
        return work(self._connection)

    @override
    def _looking(self) -> AbstractContextManager[Connection]:
        return nullcontext(self._connection)


def _kept(connection: Connection, marker: str) -> Intent:
    row = connection.execute(select(table).where(table.c.marker == marker)).mappings().first()
    if row is None:
        raise _unknown(marker)
    return intent_of(row)


def _unknown(marker: str) -> NotFound:
    return NotFound(f"there is no intent {marker}: plan it first")
