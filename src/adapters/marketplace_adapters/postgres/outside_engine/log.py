"""Passes, faults and differences on PostgreSQL, and what the verdict rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, UpdateBase, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import single_look, snapshot
from marketplace_adapters.postgres.outside_engine.rows import (
    difference_of,
    difference_row,
    fault_of,
    fault_row,
    key_row,
    pass_of,
    pass_row,
)
from marketplace_adapters.postgres.schema import (
    engine_differences,
    engine_faults,
    engine_intents,
    engine_leases,
    engine_passes,
    engine_watches,
)
from marketplace_adapters.postgres.schema.outside_engine import DRIFT, OPEN
from marketplace_core.domain.outside_engine.agreement import Difference, Fault, FullPass, Standing
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.errors import ConcurrentChange, InvalidInput
from marketplace_core.ports.outside_engine.engine_log import EngineLog

_NEWEST: Final = (engine_passes.c.begun_at.desc(), engine_passes.c.pass_id.desc())


class PostgresEngineLog(EngineLog):
    """Keeps a row each; those who compare the same lease queue for its row."""

    def __init__(self, engine: Engine) -> None:
        """Read and write through the pool."""
        self._engine = engine

    @override
    def begin_pass(self, begun: FullPass) -> FullPass:
        table = engine_passes

        def work(connection: Connection) -> FullPass | None:
            made = insert(table).values(pass_row(begun)).on_conflict_do_nothing().returning(table.c.pass_id)
            if connection.execute(made).first() is not None:
                return begun
            running = connection.execute(select(table).where(table.c.ended_at.is_(None))).mappings().first()
            return pass_of(running) if running is not None else _pass(connection, begun.pass_id)

        while True:
            found = in_transaction(self._engine, work)
            if found is not None:  # else the one that ran has ended in between
                return found

    @override
    def advance_pass(self, before: FullPass, after: FullPass) -> None:
        if (before.pass_id, before.begun_at) != (after.pass_id, after.begun_at):
            raise InvalidInput(f"pass {before.pass_id} goes on as itself, not as {after.pass_id}")
        table = engine_passes
        was = (table.c[name].is_not_distinct_from(value) for name, value in pass_row(before).items())
        statement = update(table).where(*was).values(_progress(after))

        if not self._write(statement):
            raise ConcurrentChange(
                f"pass {before.pass_id} is no longer at {before.stage} {before.cursor or 'its beginning'}: another"
                " worker moved it, read it again and go on from there"
            )

    @override
    def passes(self, limit: int = 20) -> tuple[FullPass, ...]:
        with single_look(self._engine) as connection:
            rows = connection.execute(select(engine_passes).order_by(*_NEWEST).limit(limit)).mappings()
            return tuple(pass_of(row) for row in rows)

    @override
    def note_fault(self, fault: Fault) -> None:
        table = engine_faults
        noted = insert(table).values(fault_row(fault))
        statement = noted.on_conflict_do_update(
            index_elements=[table.c.kind, table.c.subject], set_={"words": noted.excluded.words}
        )
        self._write(statement)

    @override
    def clear_fault(self, kind: str, subject: str = "") -> bool:
        table = engine_faults
        statement = delete(table).where(table.c.kind == kind, table.c.subject == subject)
        return self._write(statement) > 0

    @override
    def note_watched(self, at: datetime) -> None:
        table = engine_watches
        noted = insert(table).values(watch="faults", watched_at=at)
        later = func.greatest(table.c.watched_at, noted.excluded.watched_at)
        self._write(noted.on_conflict_do_update(index_elements=[table.c.watch], set_={"watched_at": later}))

    @override
    def put_differences(self, key: AccountKey | None, found: Sequence[Difference], at: datetime) -> None:
        if strange := [it for it in found if it.key != key]:
            raise InvalidInput(f"a difference of {strange[0].key} among those of {key}: put each with its own lease")
        table = engine_differences
        own = key_row(key)
        rows = [difference_row(it, position) for position, it in enumerate(found)]
        queue = insert(engine_leases).values({**own, "digest": "", "compared_at": at})
        lock = queue.on_conflict_do_update(
            index_elements=[engine_leases.c.portfolio_id, engine_leases.c.lease_id], set_={"compared_at": at}
        )

        def work(connection: Connection) -> None:
            connection.execute(lock)
            connection.execute(delete(table).where(*(table.c[name] == value for name, value in own.items())))
            if rows:
                connection.execute(insert(table), rows)

        in_transaction(self._engine, work)

    @override
    def differences(self, limit: int = 1000, offset: int = 0) -> tuple[Difference, ...]:
        statement = select(engine_differences).order_by(*engine_differences.primary_key).limit(limit).offset(offset)
        with single_look(self._engine) as connection:
            return tuple(difference_of(row) for row in connection.execute(statement).mappings())

    @override
    def remember_lease(self, key: AccountKey, digest: str, at: datetime) -> None:
        said = {"digest": digest, "remembered_at": at}
        statement = (
            insert(engine_leases)
            .values({**key_row(key), **said})
            .on_conflict_do_update(index_elements=[engine_leases.c.portfolio_id, engine_leases.c.lease_id], set_=said)
        )
        self._write(statement)

    @override
    def lease_digest(self, key: AccountKey) -> str:
        own = (engine_leases.c[name] == value for name, value in key_row(key).items())
        with single_look(self._engine) as connection:
            return connection.scalar(select(engine_leases.c.digest).where(*own)) or ""

    @override
    def standing(self) -> Standing:
        table = engine_passes
        newest = select(table).order_by(*_NEWEST).limit(1)
        clean = newest.where(table.c.ended_at.is_not(None), table.c.differences == 0)
        faults = select(engine_faults).order_by(engine_faults.c.kind, engine_faults.c.subject)
        drift = select(func.count()).select_from(engine_differences).where(text(DRIFT))
        oldest = select(func.min(engine_intents.c.planned_at)).where(text(OPEN))
        with snapshot(self._engine) as connection:
            last, last_clean = (connection.execute(it).mappings().first() for it in (newest, clean))
            return Standing(
                last_pass=None if last is None else pass_of(last),
                last_clean=None if last_clean is None else pass_of(last_clean),
                faults=tuple(fault_of(row) for row in connection.execute(faults).mappings()),
                drift=connection.scalar(drift) or 0,
                oldest_open=connection.scalar(oldest),
                watched_at=connection.scalar(select(engine_watches.c.watched_at)),
            )

    def _write(self, statement: UpdateBase) -> int:
        """How many rows the statement wrote, in a transaction of its own."""
        return in_transaction(self._engine, lambda connection: connection.execute(statement).rowcount)


def _progress(it: FullPass) -> dict[str, object]:
    return {name: value for name, value in pass_row(it).items() if name not in ("pass_id", "begun_at")}


def _pass(connection: Connection, pass_id: str) -> FullPass | None:
    row = connection.execute(select(engine_passes).where(engine_passes.c.pass_id == pass_id)).mappings().first()
    return None if row is None else pass_of(row)
