"""Identities in SQL: what is altered by hand is found, daily work has few rights, and tenants are found by an index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
import pytest
from attrs import evolve
from psycopg.sql import SQL, Identifier
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.identity import PostgresIdentities
from marketplace_core.domain.identity.users import User
from marketplace_core.errors import AlreadyExists, MarketplaceError
from marketplace_core.services.identity.proof import verify_identities
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.contracts.identity_base import ADMIN_HERE, act, client_named, user_named

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the tables."""
    return make_tables


@pytest.fixture
def store(fresh_database: Database) -> Iterator[PostgresIdentities]:
    """A store with a user who changed, and a client."""
    engine = make_engine(fresh_database.application)
    store = PostgresIdentities(engine)
    halima, sync = evolve(user_named("halima"), password_hash="$argon2id$x"), client_named("sync")
    store.change_user(act(1), halima.user_id, lambda _: halima)
    store.change_client(act(2), sync.client_id, lambda _: sync)
    store.change_user(act(3), halima.user_id, lambda it: evolve(it or halima, grants=(ADMIN_HERE,)))
    yield store
    engine.dispose()


ADMIN = json.dumps([{"role": "admin", "portfolio_id": None}])
HAND = {
    "users": {
        "email": "'x@example.org'",
        "name": "'X'",
        "salt": "'x'",
        "status": "'disabled'",
        "password_hash": "'$argon2id$y'",
        "grants": f"'{ADMIN}'",
        "epoch": "7",
        "version": "7",
        "user_id": "'x'",
    },
    "api_clients": {
        "client_id": "'x'",
        "name": "'X'",
        "scopes": "'[\"system.operate\"]'",
        "grants": f"'{ADMIN}'",
        "secrets": "'[]'",
        "is_disabled": "true",
        "version": "7",
    },
    "identity_events": {
        "sequence": "sequence + 9",
        "command_id": "command_id || 'x'",
        "kind": "'x'",
        "actor": "'person:x'",
        "reason": "'x'",
        "recorded_at": "recorded_at + interval '1 second'",
        "payload": "payload || ' '",
        "previous_hash": "repeat('1', 64)",
        "hash": "repeat('1', 64)",
    },
    "identity_heads": {"sequence": "2", "hash": "repeat('1', 64)"},
}


def _found(store: PostgresIdentities) -> bool:
    try:
        return not verify_identities(store).ok
    except (MarketplaceError, ValueError):
        return True  # the rows cannot even be read


@pytest.mark.parametrize(
    ("table", "column", "value"), [(table, column, value) for table in HAND for column, value in HAND[table].items()]
)
def test_a_column_changed_by_hand_is_found(
    fresh_database: Database, store: PostgresIdentities, table: str, column: str, value: str
) -> None:
    """A role, an address, a password or secret, anything of a link: each alone."""
    assert not _found(store)
    change = f"UPDATE {table} SET {column} = {value}"  # noqa: S608 - the words above
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as connection:
        connection.execute(change.encode())
    assert _found(store)


@pytest.mark.parametrize("sequence", [1, 2, 3])
def test_a_link_deleted_by_hand_is_found(fresh_database: Database, store: PostgresIdentities, sequence: int) -> None:
    """The first, one between, the last; and a user or client of whom no link tells."""
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as connection:
        connection.execute("DELETE FROM identity_events WHERE sequence = %s", [sequence])
    assert _found(store)


@pytest.mark.parametrize("table", ["users", "api_clients"])
def test_a_row_added_or_deleted_by_hand_is_found(
    fresh_database: Database, store: PostgresIdentities, table: str
) -> None:
    """An operator whom nobody invited; a user who is no more."""
    key = {"users": "user_id", "api_clients": "client_id"}[table]
    copy = "INSERT INTO {table} SELECT (jsonb_populate_record(it, %s)).* FROM {table} AS it"
    changes = json.dumps({key: "thief", **({"email": "thief@example.org"} if table == "users" else {})})
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as connection:
        connection.execute(SQL(copy).format(table=Identifier(table)), [changes])
        assert _found(store)
        connection.execute(
            SQL("DELETE FROM {table} WHERE {key} = 'thief'").format(table=Identifier(table), key=Identifier(key))
        )
        assert not _found(store)
        connection.execute(SQL("DELETE FROM {table}").format(table=Identifier(table)))
    assert _found(store)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity_events SET actor = 'x'",
        "DELETE FROM identity_events",
        "TRUNCATE identity_events",
        "DELETE FROM identity_heads",
        "DELETE FROM users",
        "DELETE FROM api_clients",
        "TRUNCATE users CASCADE",
    ],
)
def test_daily_work_may_not_rewrite_the_log(
    fresh_database: Database,
    store: PostgresIdentities,
    statement: Any,  # noqa: ANN401 - a literal for psycopg
) -> None:
    """The application's role has no right to it."""
    if fresh_database.application == fresh_database.owner:
        pytest.skip("one role for everything")
    del store
    with (
        psycopg.connect(fresh_database.application.conninfo(), autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_one_address_invited_twice_at_once_is_one_user(store: PostgresIdentities) -> None:
    """Of eight users with one address, seven are refused; the chain holds."""
    people = [evolve(user_named(f"u{number}"), email="one@example.org") for number in range(8)]

    def add(user: User) -> User:
        return store.change_user(act(100 + people.index(user)), user.user_id, lambda _: user)

    done = at_once([partial(add, user) for user in people])
    assert sum(isinstance(it, User) for it in done) == 1
    assert sum(isinstance(it, AlreadyExists) for it in done) == 7
    assert verify_identities(store).ok


def test_tenants_and_roles_are_found_by_indexes(fresh_database: Database) -> None:
    """With sequential scans out of favour, as they are in a large book, no table is read through."""
    queries = {
        "ix_leases_tenants": "SELECT lease_id FROM leases WHERE body->'tenant_ids' @> '[\"t1\"]'",
        "ix_users_grants": 'SELECT * FROM users WHERE grants @> \'[{"portfolio_id": "p"}]\'',
        "login_sessions_pkey": "SELECT * FROM login_sessions JOIN users USING (user_id) WHERE token_hash = 'x'",
    }
    with psycopg.connect(fresh_database.application.conninfo(), autocommit=True) as connection:
        connection.execute("SET enable_seqscan = off")
        for index, query in queries.items():
            plan = "\n".join(str(row[0]) for row in connection.execute(f"EXPLAIN {query}".encode()))
            assert index in plan
            assert "Seq Scan" not in plan
