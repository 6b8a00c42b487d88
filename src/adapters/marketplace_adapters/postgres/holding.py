"""The inbox that portfolios share, in a table keyed by the collection account."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import snapshot
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.rows.payments import held_row, report_of
from marketplace_adapters.postgres.schema import inbox_held, inbox_transactions, portfolio_accounts
from marketplace_core.domain.identifiers import CollectionAccountId, PaymentId, PortfolioId
from marketplace_core.domain.payment import PaymentReport
from marketplace_core.ports.shared_inbox import SharedInbox


class PostgresSharedInbox(Reader, SharedInbox):
    """Holds reports; whose a payment is stands in the table of transactions."""

    @override
    def sharers(self, account_id: CollectionAccountId) -> tuple[PortfolioId, ...]:
        table = portfolio_accounts
        statement = select(table.c.portfolio_id).where(table.c.collection_account_id == account_id)
        with snapshot(self._engine) as connection:
            found = connection.scalars(statement.order_by(table.c.portfolio_id)).all()
        return tuple(PortfolioId(it) for it in found)

    @override
    def owners(self, reports: Sequence[PaymentReport]) -> Mapping[PaymentId, PortfolioId]:
        table = inbox_transactions
        pairs = sorted({(it.collection_account_id, it.transaction_id.upper()) for it in reports})
        statement = select(table.c.payment_id, table.c.portfolio_id).where(
            tuple_(table.c.collection_account_id, table.c.transaction_id).in_(pairs)
        )
        with snapshot(self._engine) as connection:
            return {row.payment_id: row.portfolio_id for row in connection.execute(statement)}

    @override
    def hold(self, reports: Sequence[PaymentReport], held_at: datetime) -> int:
        if not reports:
            return 0
        wanted = sorted({it.payment_id for it in reports})
        rows = sorted((held_row(it, held_at) for it in reports), key=lambda row: (row["payment_id"], row["source"]))
        known = select(inbox_held.c.payment_id).where(
            inbox_held.c.collection_account_id == func.any(sorted({it.collection_account_id for it in reports})),
            inbox_held.c.payment_id == func.any(wanted),
        )

        def work(connection: Connection) -> int:
            before = set(connection.scalars(known))
            connection.execute(upsert(inbox_held).on_conflict_do_nothing(), rows)
            return len(wanted) - len(before)

        return in_transaction(self._engine, work)

    @override
    def held(
        self, account_id: CollectionAccountId, payment_ids: Collection[PaymentId] | None = None
    ) -> Iterator[PaymentReport]:
        if payment_ids is not None and not payment_ids:
            return iter(())
        among = () if payment_ids is None else (inbox_held.c.payment_id == func.any(sorted(payment_ids)),)
        statement = (
            select(inbox_held)
            .where(inbox_held.c.collection_account_id == account_id, *among, ~_has_owner())
            .order_by(inbox_held.c.payment_id, inbox_held.c.held_at, inbox_held.c.source)
        )
        return self._values(statement, report_of)

    @override
    def release(self, account_id: CollectionAccountId, payment_ids: Collection[PaymentId]) -> None:
        statement = delete(inbox_held).where(
            inbox_held.c.collection_account_id == account_id,
            inbox_held.c.payment_id == func.any(sorted(payment_ids)),
            _has_owner(),
        )
        if payment_ids:
            in_transaction(self._engine, lambda connection: connection.execute(statement))


def _has_owner() -> ColumnElement[bool]:
    table = inbox_transactions
    return exists().where(
        table.c.collection_account_id == inbox_held.c.collection_account_id,
        table.c.transaction_id == inbox_held.c.transaction_id,
    )
