"""Acts that wait for a second person, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import snapshot
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.schema import pending_acts
from marketplace_core.domain.codec import from_plain, to_plain
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.pending_acts import ActState, PendingAct
from marketplace_core.errors import NotFound
from marketplace_core.ports.pending_acts import PendingActs


class PostgresPendingActs(Reader, PendingActs):
    """One row an act, locked while it is decided on."""

    @override
    def ask(self, act: PendingAct) -> PendingAct:
        self._require_open(act.portfolio_id)

        def keep(connection: Connection) -> PendingAct:
            connection.execute(insert(pending_acts).values(**_row(act)).on_conflict_do_nothing())
            return _act(connection, act.portfolio_id, act.act_id)

        kept = in_transaction(self._engine, keep)
        kept.require_same(act)
        return kept

    @override
    def act(self, portfolio_id: PortfolioId, act_id: str) -> PendingAct:
        with snapshot(self._engine) as connection:
            return _act(connection, portfolio_id, act_id)

    @override
    def acts(self, portfolio_id: PortfolioId) -> tuple[PendingAct, ...]:
        table = pending_acts.c
        statement = (
            select(table.body)
            .where(table.portfolio_id == portfolio_id, table.state == ActState.WAITING.value)
            .order_by(table.asked_at, table.act_id)
        )
        with snapshot(self._engine) as connection:
            return tuple(from_plain(body, PendingAct) for body in connection.scalars(statement))

    @override
    def decide(self, portfolio_id: PortfolioId, act_id: str, change: Callable[[PendingAct], PendingAct]) -> PendingAct:
        def keep(connection: Connection) -> PendingAct:
            changed = change(_act(connection, portfolio_id, act_id, lock=True))
            table = pending_acts.c
            connection.execute(
                update(pending_acts)
                .where(table.portfolio_id == portfolio_id, table.act_id == act_id)
                .values(state=changed.state.value, body=to_plain(changed))
            )
            return changed

        return in_transaction(self._engine, keep)


def _act(connection: Connection, portfolio_id: PortfolioId, act_id: str, *, lock: bool = False) -> PendingAct:
    table = pending_acts.c
    statement = select(table.body).where(table.portfolio_id == portfolio_id, table.act_id == act_id)
    body = connection.scalar(statement.with_for_update() if lock else statement)
    if body is None:
        raise NotFound(f"portfolio {portfolio_id} has no act {act_id}")
    return from_plain(body, PendingAct)


def _row(act: PendingAct) -> dict[str, Any]:
    return {
        "portfolio_id": act.portfolio_id,
        "act_id": act.act_id,
        "state": act.state.value,
        "asked_at": act.asked_at,
        "body": to_plain(act),
    }
