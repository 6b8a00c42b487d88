"""The log of identities, and the one way to change a user or client: with a link, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from attrs import asdict, evolve
from sqlalchemy import Connection, Engine, Table, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import snapshot
from marketplace_adapters.postgres.identity.rows import event_of
from marketplace_adapters.postgres.reading import streamed
from marketplace_adapters.postgres.schema.identity import identity_events, identity_heads
from marketplace_core.domain.command import Command, require_kind
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.identifiers import CommandId
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.log import IDENTITY, change_link
from marketplace_core.domain.identity.users import User
from marketplace_core.errors import NotFound
from marketplace_core.ports.identity.identity_log import IdentityLog

Held = TypeVar("Held", User, ApiClient)


class PostgresIdentityLog(IdentityLog):
    """Reads the chain; its head is the row that every change locks first, so changes come one after another."""

    def __init__(self, engine: Engine) -> None:
        """Read and write through the pool."""
        self._engine = engine

    @override
    def identity_events(self, after_sequence: int = 0) -> Iterator[Event]:
        table = identity_events
        statement = select(table).where(table.c.sequence > after_sequence).order_by(table.c.sequence)
        with snapshot(self._engine) as connection:
            for row in streamed(connection, statement):
                yield event_of({**row, "portfolio_id": IDENTITY})

    @override
    def identity_event_of(self, command_id: CommandId) -> Event | None:
        with snapshot(self._engine) as connection:
            return _event_of_command(connection, command_id)

    @override
    def identity_head(self) -> tuple[int, str]:
        with snapshot(self._engine) as connection:
            row = connection.execute(select(identity_heads.c.sequence, identity_heads.c.hash)).one()
        return row.sequence, row.hash


def change_row(
    engine: Engine,
    command: Command,
    key: Mapping[str, str],
    table: Table,
    decide: Callable[[Held | None], Held],
    *,
    value_of: Callable[[Any], Held],
    row_of: Callable[[Held], dict[str, Any]],
) -> Held:
    """Lock the chain's head, read the row of the key, write what ``decide`` makes of it, and the link that says so."""
    ((column, wanted),) = key.items()

    def work(connection: Connection) -> Held:
        head = connection.execute(select(identity_heads.c.sequence, identity_heads.c.hash).with_for_update()).one()
        row = connection.execute(select(table).where(table.c[column] == wanted)).mappings().first()
        before = None if row is None else value_of(row)
        known = _event_of_command(connection, command.command_id)
        if known is not None:
            require_kind(command, known.kind)
            if before is None:
                raise NotFound(f"there is no {column.removesuffix('_id')} {wanted}")
            return before
        after = decide(before)
        if after == before:
            return after
        written = evolve(after, version=before.version + 1 if before else 1)
        values = row_of(written)
        connection.execute(upsert(table).values(values).on_conflict_do_update(index_elements=[column], set_=values))
        _append(connection, change_link(head.hash, head.sequence + 1, command, before, written))
        return written

    return in_transaction(engine, work)


def _append(connection: Connection, event: Event) -> None:
    values = asdict(event)
    del values["portfolio_id"]
    connection.execute(insert(identity_events).values(values))
    connection.execute(update(identity_heads).values(sequence=event.sequence, hash=event.hash))


def _event_of_command(connection: Connection, command_id: CommandId) -> Event | None:
    statement = select(identity_events).where(identity_events.c.command_id == command_id)
    row = connection.execute(statement).mappings().first()
    return None if row is None else event_of({**row, "portfolio_id": IDENTITY})
