"""Identities in memory, whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.command import Command, require_kind
from marketplace_core.domain.event_log import GENESIS, Event
from marketplace_core.domain.identifiers import ClientId, CommandId, PortfolioId, UserId
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.log import change_link
from marketplace_core.domain.identity.sessions import LoginSession, OneTimeToken, Purpose
from marketplace_core.domain.identity.users import User
from marketplace_core.errors import AlreadyExists, NotFound
from marketplace_core.ports.identity.identities import Identities

Held = TypeVar("Held", User, ApiClient)


class MemoryIdentities(Identities):
    """Users, sessions, clients, their log and attempts in plain dictionaries.

    ``lock`` is held while something is read or written: pass a reentrant one where threads share the store.
    """

    def __init__(self, *, lock: AbstractContextManager[object] | None = None) -> None:
        """Begin with nobody."""
        self._lock = nullcontext() if lock is None else lock
        self._users: dict[UserId, User] = {}
        self._clients: dict[ClientId, ApiClient] = {}
        self._sessions: dict[str, LoginSession] = {}
        self._tokens: dict[str, OneTimeToken] = {}
        self._attempts: dict[str, list[datetime]] = {}
        self._events: list[Event] = []
        self._commands: dict[CommandId, Event] = {}

    @override
    def user(self, user_id: UserId) -> User:
        with self._lock:
            if user_id not in self._users:
                raise NotFound(f"there is no user {user_id}")
            return self._users[user_id]

    @override
    def user_by_email(self, email: str) -> User | None:
        with self._lock:
            return next((it for it in self._users.values() if it.email == email and email), None)

    @override
    def users(
        self, portfolio_id: PortfolioId | None = None, *, after: UserId | None = None, limit: int | None = None
    ) -> Iterator[User]:
        with self._lock:
            found = [self._users[key] for key in sorted(self._users) if after is None or key > after]
        return islice((it for it in found if _is_of(it, portfolio_id)), limit)

    @override
    def change_user(self, command: Command, user_id: UserId, decide: Callable[[User | None], User]) -> User:
        with self._lock:
            if self._is_known(command):
                return self.user(user_id)
            before = self._users.get(user_id)
            after = decide(before)
            if after == before:
                return after
            if after.email and any(it.email == after.email and it.user_id != user_id for it in self._users.values()):
                raise AlreadyExists("another user has the address")
            self._users[user_id] = self._logged(command, before, after)
            return self._users[user_id]

    @override
    def client(self, client_id: ClientId) -> ApiClient | None:
        with self._lock:
            return self._clients.get(client_id)

    @override
    def clients(
        self, portfolio_id: PortfolioId | None = None, *, after: ClientId | None = None, limit: int | None = None
    ) -> Iterator[ApiClient]:
        with self._lock:
            found = [self._clients[key] for key in sorted(self._clients) if after is None or key > after]
        return islice((it for it in found if _is_of(it, portfolio_id)), limit)

    @override
    def change_client(
        self, command: Command, client_id: ClientId, decide: Callable[[ApiClient | None], ApiClient]
    ) -> ApiClient:
        with self._lock:
            before = self._clients.get(client_id)
            if self._is_known(command):
                if before is None:
                    raise NotFound(f"there is no client {client_id}")
                return before
            after = decide(before)
            if after == before:
                return after
            self._clients[client_id] = self._logged(command, before, after)
            return self._clients[client_id]

    def _is_known(self, command: Command) -> bool:
        known = self._commands.get(command.command_id)
        if known is not None:
            require_kind(command, known.kind)
        return known is not None

    def _logged(self, command: Command, before: Held | None, after: Held) -> Held:
        """The changed login or client with its version, and its link at the end of the chain."""
        written = evolve(after, version=before.version + 1 if before else 1)
        sequence, head = self.identity_head()
        event = change_link(head, sequence + 1, command, before, written)
        self._events.append(event)
        self._commands[command.command_id] = event
        return written

    @override
    def identity_events(self, after_sequence: int = 0) -> Iterator[Event]:
        with self._lock:
            return iter(self._events[after_sequence:])

    @override
    def identity_event_of(self, command_id: CommandId) -> Event | None:
        with self._lock:
            return self._commands.get(command_id)

    @override
    def identity_head(self) -> tuple[int, str]:
        with self._lock:
            return (len(self._events), self._events[-1].hash) if self._events else (0, GENESIS)

    @override
    def add_session(self, session: LoginSession) -> None:
        with self._lock:
            self._sessions[session.token_hash] = session

    @override
    def session(self, token_hash: str) -> tuple[LoginSession, User] | None:
        with self._lock:
            found = self._sessions.get(token_hash)
            return None if found is None else (found, self._users[found.user_id])

    @override
    def sessions_of(self, user_id: UserId) -> Sequence[LoginSession]:
        with self._lock:
            found = [it for it in self._sessions.values() if it.user_id == user_id]
        return sorted(found, key=lambda it: (it.created_at, it.token_hash))

    @override
    def see_session(self, token_hash: str, at: datetime) -> None:
        with self._lock:
            found = self._sessions.get(token_hash)
            if found is not None and found.seen_at < at:
                self._sessions[token_hash] = evolve(found, seen_at=at)

    @override
    def end_session(self, token_hash: str) -> None:
        with self._lock:
            self._sessions.pop(token_hash, None)

    @override
    def end_sessions(self, user_id: UserId, *, but: str = "") -> int:
        with self._lock:
            gone = [key for key, it in self._sessions.items() if it.user_id == user_id and key != but]
            for key in gone:
                del self._sessions[key]
            return len(gone)

    @override
    def add_token(self, token: OneTimeToken) -> None:
        with self._lock:
            self._tokens[token.token_hash] = token

    @override
    def token(self, token_hash: str, purpose: Purpose) -> OneTimeToken | None:
        with self._lock:
            found = self._tokens.get(token_hash)
            return found if found is not None and found.purpose is purpose else None

    @override
    def retire(self, *, unseen_since: datetime, at: datetime) -> int:
        with self._lock:
            before = len(self._sessions) + len(self._tokens)
            self._sessions = {
                key: it for key, it in self._sessions.items() if it.expires_at > at and it.seen_at > unseen_since
            }
            self._tokens = {key: it for key, it in self._tokens.items() if it.expires_at > at}
            return before - len(self._sessions) - len(self._tokens)

    @override
    def count(self, key: str, window_seconds: int, at: datetime) -> int:
        with self._lock:
            tried = self._attempts.setdefault(key, [])
            tried.append(at)
            return sum(1 for it in tried if at - timedelta(seconds=window_seconds) < it <= at)

    @override
    def forget(self, key: str) -> None:
        with self._lock:
            self._attempts.pop(key, None)

    @override
    def retire_attempts(self, before: datetime) -> int:
        with self._lock:
            gone = 0
            for key, tried in list(self._attempts.items()):
                kept = [it for it in tried if it >= before]
                gone += len(tried) - len(kept)
                if kept:
                    self._attempts[key] = kept
                else:
                    del self._attempts[key]
            return gone


def _is_of(value: User | ApiClient, portfolio_id: PortfolioId | None) -> bool:
    return portfolio_id is None or any(it.portfolio_id == portfolio_id for it in value.grants)
