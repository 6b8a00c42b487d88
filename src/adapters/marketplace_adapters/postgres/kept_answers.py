"""Kept answers on PostgreSQL: whoever inserts the key goes on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from marketplace_adapters.postgres.errors import only_ours
from marketplace_adapters.postgres.schema.answers import kept_answers as table
from marketplace_core.ports.kept_answers import KeptAnswer, KeptAnswers
from marketplace_core.services.memory_answers import TAKEN_OVER_AFTER, require_same, still_running


class PostgresKeptAnswers(KeptAnswers):
    """Keeps answers in a table of their own; every step is one short transaction."""

    def __init__(self, engine: Engine) -> None:
        """Write through the pool."""
        self._engine = engine

    @override
    def begin(self, owner: str, key: str, fingerprint: str, at: datetime) -> KeptAnswer | None:
        with only_ours(), self._engine.begin() as connection:
            if _taken(connection, owner, key, fingerprint, at):
                return None
            row = connection.execute(select(table).where(_is(owner, key))).mappings().first()
        if row is None:  # given up in between
            return self.begin(owner, key, fingerprint, at)
        require_same(key, row["fingerprint"], fingerprint)
        if row["status"] is None:
            raise still_running(key)
        headers = tuple((name, value) for name, value in row["headers"])
        return KeptAnswer(row["status"], headers, bytes(row["content"]))

    @override
    def complete(self, owner: str, key: str, answer: KeptAnswer) -> None:
        values = {
            "status": answer.status,
            "headers": [list(it) for it in answer.headers],
            "content": answer.content,
        }
        with only_ours(), self._engine.begin() as connection:
            connection.execute(update(table).where(_is(owner, key), table.c.status.is_(None)).values(values))

    @override
    def give_up(self, owner: str, key: str) -> None:
        with only_ours(), self._engine.begin() as connection:
            connection.execute(delete(table).where(_is(owner, key), table.c.status.is_(None)))

    @override
    def forget_before(self, instant: datetime) -> int:
        with only_ours(), self._engine.begin() as connection:
            return connection.execute(delete(table).where(table.c.begun_at < instant)).rowcount


def _is(owner: str, key: str) -> ColumnElement[bool]:
    return and_(table.c.owner == owner, table.c.key == key)


def _taken(connection: Connection, owner: str, key: str, fingerprint: str, at: datetime) -> bool:
    """True where the key is the caller's now: new, or of the same request whose machine died."""
    made = insert(table).values(owner=owner, key=key, fingerprint=fingerprint, begun_at=at)
    statement = made.on_conflict_do_update(
        index_elements=[table.c.owner, table.c.key],
        set_={"begun_at": made.excluded.begun_at},
        where=and_(
            table.c.status.is_(None),
            table.c.fingerprint == made.excluded.fingerprint,
            table.c.begun_at <= made.excluded.begun_at - TAKEN_OVER_AFTER,
        ),
    ).returning(table.c.key)
    return connection.execute(statement).first() is not None
