"""Sessions, one-time tokens and attempts on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Delete, Engine, Insert, Update, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import single_look
from marketplace_adapters.postgres.identity.rows import session_of, user_of
from marketplace_adapters.postgres.look import SOUGHT, Look
from marketplace_adapters.postgres.schema.identity import attempt_counts, login_sessions, one_time_tokens, users
from marketplace_core.domain.identifiers import UserId
from marketplace_core.domain.identity.sessions import LoginSession, OneTimeToken, Purpose
from marketplace_core.domain.identity.users import User
from marketplace_core.ports.identity.attempts import Attempts
from marketplace_core.ports.identity.sessions import LoginSessions

_PARTS: Final = 10
"""Of a window, each counted in a row of its own."""
_SESSION: Final = (
    login_sessions.c.token_hash,
    login_sessions.c.user_id,
    login_sessions.c.epoch.label("session_epoch"),
    login_sessions.c.created_at,
    login_sessions.c.seen_at,
    login_sessions.c.expires_at,
)
_SESSION_OF_USER: Final = Look(
    select(*_SESSION, *(it for it in users.c if it.name != "user_id"))
    .select_from(login_sessions.join(users, login_sessions.c.user_id == users.c.user_id))
    .where(login_sessions.c.token_hash == SOUGHT)
)
"""Every request of a browser asks it."""


class PostgresSessions(LoginSessions, Attempts):
    """A row each, deleted when it counts no more."""

    def __init__(self, engine: Engine) -> None:
        """Read and write through the pool."""
        self._engine = engine

    def _run(self, statement: Delete | Insert | Update) -> int:
        return in_transaction(self._engine, lambda connection: connection.execute(statement).rowcount)

    @override
    def add_session(self, session: LoginSession) -> None:
        values = {
            "token_hash": session.token_hash,
            "user_id": session.user_id,
            "epoch": session.epoch,
            "created_at": session.created_at,
            "seen_at": session.seen_at,
            "expires_at": session.expires_at,
        }
        self._run(insert(login_sessions).values(values))

    @override
    def session(self, token_hash: str) -> tuple[LoginSession, User] | None:
        row = _SESSION_OF_USER.first(self._engine, token_hash)
        return None if row is None else (session_of(row), user_of(row))

    @override
    def sessions_of(self, user_id: UserId) -> Sequence[LoginSession]:
        table = login_sessions
        statement = select(*_SESSION).where(table.c.user_id == user_id).order_by(table.c.created_at, table.c.token_hash)
        with single_look(self._engine) as connection:
            return [session_of(row) for row in connection.execute(statement).mappings()]

    @override
    def see_session(self, token_hash: str, at: datetime) -> None:
        table = login_sessions
        self._run(update(table).where(table.c.token_hash == token_hash, table.c.seen_at < at).values(seen_at=at))

    @override
    def end_session(self, token_hash: str) -> None:
        self._run(delete(login_sessions).where(login_sessions.c.token_hash == token_hash))

    @override
    def end_sessions(self, user_id: UserId, *, but: str = "") -> int:
        table = login_sessions
        return self._run(delete(table).where(table.c.user_id == user_id, table.c.token_hash != but))

    @override
    def add_token(self, token: OneTimeToken) -> None:
        values = {
            "token_hash": token.token_hash,
            "purpose": token.purpose.value,
            "user_id": token.user_id,
            "epoch": token.epoch,
            "expires_at": token.expires_at,
        }
        self._run(insert(one_time_tokens).values(values))

    @override
    def token(self, token_hash: str, purpose: Purpose) -> OneTimeToken | None:
        table = one_time_tokens
        statement = select(table).where(table.c.token_hash == token_hash, table.c.purpose == purpose.value)
        with single_look(self._engine) as connection:
            row = connection.execute(statement).mappings().first()
        if row is None:
            return None
        return OneTimeToken(row["token_hash"], purpose, row["user_id"], row["epoch"], row["expires_at"])

    @override
    def retire(self, *, unseen_since: datetime, at: datetime) -> int:
        table = login_sessions
        over = or_(table.c.expires_at <= at, table.c.seen_at <= unseen_since)
        gone = self._run(delete(table).where(over))
        return gone + self._run(delete(one_time_tokens).where(one_time_tokens.c.expires_at <= at))

    @override
    def count(self, key: str, window_seconds: int, at: datetime) -> int:
        table = attempt_counts
        part = max(1, window_seconds // _PARTS)
        begins_at = at - timedelta(seconds=at.timestamp() % part)
        row: dict[str, Any] = {"key": key, "begins_at": begins_at, "attempts": 1}
        one_more = upsert(table).values(row)
        one_more = one_more.on_conflict_do_update(
            index_elements=["key", "begins_at"], set_={"attempts": table.c.attempts + 1}
        )
        summed = select(func.sum(table.c.attempts)).where(
            table.c.key == key, table.c.begins_at > at - timedelta(seconds=window_seconds), table.c.begins_at <= at
        )

        def work(connection: Connection) -> int:
            connection.execute(one_more)
            return int(connection.scalar(summed) or 0)

        return in_transaction(self._engine, work)

    @override
    def forget(self, key: str) -> None:
        self._run(delete(attempt_counts).where(attempt_counts.c.key == key))

    @override
    def retire_attempts(self, before: datetime) -> int:
        return self._run(delete(attempt_counts).where(attempt_counts.c.begins_at < before))
