"""How far streams are read, on PostgreSQL: a row a run, of which one a stream has not ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, FromClause, and_, delete, exists, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import single_look
from marketplace_adapters.postgres.rows.values import Columns, Row
from marketplace_adapters.postgres.schema import sync_runs as table
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.outside_property.progress import Stream, SyncRun, SyncStage, moved_on, require_same_run
from marketplace_core.ports.outside_property.sync_progress import SyncProgress


class PostgresSyncProgress(SyncProgress):
    """The partial unique index lets one run of a stream begin; a move compares the whole row."""

    def __init__(self, engine: Engine) -> None:
        """Read and write through the pool."""
        self._engine = engine

    @override
    def begin(self, run: SyncRun) -> SyncRun:
        def work(connection: Connection) -> SyncRun | None:
            made = insert(table).values(_row(run)).on_conflict_do_nothing().returning(table.c.begun_at)
            if connection.execute(made).first() is not None:
                return run
            of_stream = select(table).where(*_of(run.stream))
            running = connection.execute(of_stream.where(table.c.ended_at.is_(None))).mappings().first()
            kept = running or connection.execute(of_stream.where(table.c.begun_at == run.begun_at)).mappings().first()
            return None if kept is None else _run(kept)

        while True:
            found = in_transaction(self._engine, work)
            if found is not None:  # else the one that ran has ended in between
                return found

    @override
    def advance(self, before: SyncRun, after: SyncRun) -> None:
        require_same_run(before, after)
        was = (table.c[name].is_not_distinct_from(value) for name, value in _row(before).items())
        moved = {name: value for name, value in _row(after).items() if name in _PROGRESS}
        statement = update(table).where(*was).values(moved)
        if not in_transaction(self._engine, lambda connection: connection.execute(statement).rowcount):
            raise moved_on(before)

    @override
    def last_good(self, stream: Stream) -> SyncRun | None:
        good = select(table).where(*_of(stream), table.c.ended_at.is_not(None), table.c.trouble == "")
        with single_look(self._engine) as connection:
            row = connection.execute(good.order_by(table.c.begun_at.desc()).limit(1)).mappings().first()
            return None if row is None else _run(row)

    @override
    def runs(self, stream: Stream, limit: int = 20) -> tuple[SyncRun, ...]:
        statement = select(table).where(*_of(stream)).order_by(table.c.begun_at.desc()).limit(limit)
        with single_look(self._engine) as connection:
            return tuple(_run(row) for row in connection.execute(statement).mappings())

    @override
    def latest(self) -> tuple[SyncRun, ...]:
        streams = (table.c.portfolio_id, table.c.system, table.c.stream)
        statement = select(table).ext(distinct_on(*streams)).order_by(*streams, table.c.begun_at.desc())
        with single_look(self._engine) as connection:
            return tuple(_run(row) for row in connection.execute(statement).mappings())

    @override
    def forget(self, before: datetime) -> int:
        newer, good = table.alias(), table.alias()
        is_newest = ~exists().where(*_same_stream(newer), newer.c.begun_at > table.c.begun_at)
        is_newest_good = and_(
            table.c.trouble == "",
            ~exists().where(
                *_same_stream(good),
                good.c.begun_at > table.c.begun_at,
                good.c.ended_at.is_not(None),
                good.c.trouble == "",
            ),
        )
        old = (table.c.begun_at < before, table.c.ended_at.is_not(None), ~is_newest, ~is_newest_good)
        return in_transaction(self._engine, lambda connection: connection.execute(delete(table).where(*old)).rowcount)


_PROGRESS = ("stage", "cursor", "counts", "ended_at", "trouble")


def _same_stream(other: FromClause) -> tuple[ColumnElement[bool], ...]:
    return tuple(other.c[name] == table.c[name] for name in ("portfolio_id", "system", "stream"))


def _of(stream: Stream) -> tuple[ColumnElement[bool], ...]:
    return tuple(table.c[name] == value for name, value in _stream_row(stream).items())


def _stream_row(it: Stream) -> Row:
    return {"portfolio_id": it.portfolio_id, "system": it.system, "stream": it.name}


def _row(it: SyncRun) -> Row:
    counts: list[list[Any]] = [list(pair) for pair in it.counts]
    return {
        **_stream_row(it.stream),
        "begun_at": it.begun_at,
        "since": it.since,
        "stage": it.stage,
        "cursor": it.cursor,
        "counts": counts,
        "ended_at": it.ended_at,
        "trouble": it.trouble,
    }


def _run(row: Columns) -> SyncRun:
    return SyncRun(
        Stream(PortfolioId(row["portfolio_id"]), row["system"], row["stream"]),
        row["begun_at"],
        row["since"],
        SyncStage(row["stage"]),
        row["cursor"],
        tuple((name, count) for name, count in row["counts"]),
        row["ended_at"],
        row["trouble"],
    )
