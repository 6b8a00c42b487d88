"""Users and clients on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import Select, Table, select
from typing_extensions import override

from marketplace_adapters.postgres.engine import single_look, snapshot
from marketplace_adapters.postgres.identity.log import PostgresIdentityLog, change_row
from marketplace_adapters.postgres.identity.rows import Row, client_of, client_row, user_of, user_row
from marketplace_adapters.postgres.look import SOUGHT, Look
from marketplace_adapters.postgres.reading import streamed
from marketplace_adapters.postgres.schema.identity import api_clients, users
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ClientId, PortfolioId, UserId
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.users import User
from marketplace_core.errors import NotFound
from marketplace_core.ports.identity.clients import Clients
from marketplace_core.ports.identity.users import Users

_CLIENT: Final = Look(select(api_clients).where(api_clients.c.client_id == SOUGHT))
"""Made once: every request of a service asks it."""


class PostgresUsers(PostgresIdentityLog, Users, Clients):
    """A row each; roles are JSON within it, found by an index."""

    @override
    def user(self, user_id: UserId) -> User:
        row = self._first(select(users).where(users.c.user_id == user_id))
        if row is None:
            raise NotFound(f"there is no user {user_id}")
        return user_of(row)

    @override
    def user_by_email(self, email: str) -> User | None:
        row = self._first(select(users).where(users.c.email == email, users.c.email != ""))
        return None if row is None else user_of(row)

    @override
    def users(
        self, portfolio_id: PortfolioId | None = None, *, after: UserId | None = None, limit: int | None = None
    ) -> Iterator[User]:
        return (user_of(row) for row in self._page(users, "user_id", portfolio_id, after, limit))

    @override
    def change_user(self, command: Command, user_id: UserId, decide: Callable[[User | None], User]) -> User:
        return change_row(self._engine, command, {"user_id": user_id}, users, decide, value_of=user_of, row_of=user_row)

    @override
    def client(self, client_id: ClientId) -> ApiClient | None:
        row = _CLIENT.first(self._engine, client_id)
        return None if row is None else client_of(row)

    @override
    def clients(
        self, portfolio_id: PortfolioId | None = None, *, after: ClientId | None = None, limit: int | None = None
    ) -> Iterator[ApiClient]:
        return (client_of(row) for row in self._page(api_clients, "client_id", portfolio_id, after, limit))

    @override
    def change_client(
        self, command: Command, client_id: ClientId, decide: Callable[[ApiClient | None], ApiClient]
    ) -> ApiClient:
        key = {"client_id": client_id}
        return change_row(self._engine, command, key, api_clients, decide, value_of=client_of, row_of=client_row)

    def _first(self, statement: Select[Any]) -> Row | None:
        with single_look(self._engine) as connection:
            return connection.execute(statement).mappings().first()

    def _page(
        self, table: Table, key: str, portfolio_id: PortfolioId | None, after: str | None, limit: int | None
    ) -> Iterator[Row]:
        statement = select(table).order_by(table.c[key]).limit(limit)
        if portfolio_id is not None:
            statement = statement.where(table.c.grants.contains([{"portfolio_id": portfolio_id}]))
        if after is not None:
            statement = statement.where(table.c[key] > after)
        with snapshot(self._engine) as connection:
            yield from streamed(connection, statement)
