"""Writes payments, their reports, matches, proposals and receipts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.rows import payments as rows
from marketplace_adapters.postgres.rows.values import Row, currency_text
from marketplace_core.domain import facts as kinds
from marketplace_core.domain.identifiers import PaymentId, PortfolioId
from marketplace_core.domain.payment import Payment, PaymentReport
from marketplace_core.errors import CurrencyMismatch, IllegalTransition, NotFound


def receive_payments(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.PaymentReceived]) -> None:
    """Add payments, each with its first report."""
    _add(connection, portfolio_id, [it.payment for it in facts])
    _add_reports(connection, portfolio_id, [it.report for it in facts])


def route_payments(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.PaymentRouted]) -> None:
    """Add payments that waited in the inbox of a shared account."""
    _add(connection, portfolio_id, [it.payment for it in facts])


def _add(connection: Connection, portfolio_id: PortfolioId, payments: Sequence[Payment]) -> None:
    currencies = account_currencies(connection, portfolio_id)
    for it in payments:
        currency = currencies.get(it.collection_account_id)
        if currency is None:
            raise NotFound(
                f"portfolio {portfolio_id} does not collect in account {it.collection_account_id}; open it first"
            )
        require_currency(it, currency)
    in_order = sorted(payments, key=lambda it: (it.collection_account_id, it.transaction_id))
    connection.execute(insert(schema.inbox_transactions), [rows.transaction_row(it) for it in in_order])
    connection.execute(insert(schema.payments), [rows.payment_row(it) for it in payments])


def require_currency(payment: Payment, currency: str) -> None:
    """Refuse a payment in another currency than its account's."""
    if currency != currency_text(payment.amount.currency):
        raise CurrencyMismatch(
            f"transaction {payment.transaction_id} of {payment.amount}: "
            f"account {payment.collection_account_id} is in {currency}"
        )


def account_currencies(connection: Connection, portfolio_id: PortfolioId) -> dict[str, str]:
    """The accounts that the portfolio collects in, with their currencies."""
    own, shared = schema.portfolio_accounts, schema.collection_accounts
    statement = (
        select(own.c.collection_account_id, shared.c.currency)
        .join(shared, shared.c.collection_account_id == own.c.collection_account_id)
        .where(own.c.portfolio_id == portfolio_id)
    )
    return {row.collection_account_id: row.currency for row in connection.execute(statement)}


def report_again(
    connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.PaymentReportedAgain]
) -> None:
    """Add further reports of payments."""
    _add_reports(connection, portfolio_id, [it.report for it in facts])


def _add_reports(connection: Connection, portfolio_id: PortfolioId, reports: Sequence[PaymentReport]) -> None:
    counts = _counts(connection, schema.payment_reports, portfolio_id, (it.payment_id for it in reports))
    written: list[Row] = []
    for it in reports:
        written.append(rows.report_row(portfolio_id, it, counts[it.payment_id]))
        counts[it.payment_id] += 1
    connection.execute(insert(schema.payment_reports), written)


def _counts(
    connection: Connection, table: Table, portfolio_id: PortfolioId, payment_ids: Iterable[PaymentId]
) -> Counter[str]:
    """How many rows each payment has."""
    statement = (
        select(table.c.payment_id, func.count().label("rows"))
        .where(table.c.portfolio_id == portfolio_id, table.c.payment_id == func.any(sorted(set(payment_ids))))
        .group_by(table.c.payment_id)
    )
    return Counter({row.payment_id: row.rows for row in connection.execute(statement)})


def contradict(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.PaymentContradicted]) -> None:
    """Keep in mind which contradictions were recorded."""
    connection.execute(
        upsert(schema.contradictions).on_conflict_do_nothing(),
        [rows.contradiction_row(portfolio_id, it) for it in facts],
    )


def reverse_payments(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.PaymentReversed]) -> None:
    """Keep that the provider took payments back."""
    table = schema.payments
    connection.execute(
        update(table)
        .where(table.c.portfolio_id == portfolio_id, table.c.payment_id == bindparam("row_id"))
        .values(reversed_on=bindparam("day"), reversed_recorded_at=bindparam("moment")),
        [
            {
                "row_id": it.payment.payment_id,
                "day": it.payment.reversed_on,
                "moment": it.payment.reversed_recorded_at,
            }
            for it in facts
        ],
    )


def await_reversals(connection: Connection, _portfolio_id: PortfolioId, facts: Sequence[kinds.ReversalAwaited]) -> None:
    """Add reversals that wait."""
    connection.execute(insert(schema.awaited_reversals), [rows.reversal_row(it.reversal) for it in facts])


def dismiss_reversals(
    connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.ReversalDismissed]
) -> None:
    """Keep that reversals were dismissed, each once."""
    table = schema.awaited_reversals
    for it in facts:
        here = (table.c.portfolio_id == portfolio_id, table.c.reversal_id == it.reversal.reversal_id)
        known = connection.execute(select(table.c.dismissed_at).where(*here).with_for_update()).first()
        if known is None:
            raise NotFound(f"portfolio {portfolio_id} has no reversal {it.reversal.transaction_id} that waits")
        if known.dismissed_at is not None:
            raise IllegalTransition(f"reversal {it.reversal.transaction_id} was dismissed already")
        connection.execute(update(table).where(*here).values(dismissed_at=it.reversal.dismissed_at))


def apply_matches(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.MatchApplied]) -> None:
    """Add matches."""
    counts = _counts(connection, schema.matches, portfolio_id, (it.match.payment_id for it in facts))
    written: list[Row] = []
    for it in facts:
        written.append(rows.match_row(it.match, counts[it.match.payment_id]))
        counts[it.match.payment_id] += 1
    connection.execute(insert(schema.matches), written)


def undo_matches(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.MatchUndone]) -> None:
    """Keep that matches were taken back, each once."""
    table = schema.matches
    for it in facts:
        here = (table.c.portfolio_id == portfolio_id, table.c.match_id == it.match.match_id)
        known = connection.execute(select(table.c.undone_at).where(*here)).first()
        if known is None:
            raise NotFound(f"portfolio {portfolio_id} has no match {it.match.match_id}")
        if known.undone_at is not None:
            raise IllegalTransition(f"match {it.match.match_id} was undone already")
        connection.execute(
            update(table)
            .where(*here)
            .values(undone_at=it.match.undone_at, undone_by=it.match.undone_by, undone_reason=it.match.undone_reason)
        )


def propose(connection: Connection, _portfolio_id: PortfolioId, facts: Sequence[kinds.MatchProposed]) -> None:
    """Keep the last proposal of each payment."""
    statement = upsert(schema.proposals)
    changed = {
        column.name: statement.excluded[column.name]
        for column in schema.proposals.columns
        if column.name not in {"portfolio_id", "payment_id"}
    }
    connection.execute(
        statement.on_conflict_do_update(index_elements=["portfolio_id", "payment_id"], set_=changed),
        [rows.proposal_row(it.proposal) for it in facts],
    )


def issue_receipts(connection: Connection, _portfolio_id: PortfolioId, facts: Sequence[kinds.ReceiptIssued]) -> None:
    """Add receipts."""
    connection.execute(insert(schema.receipts), [rows.receipt_row(it.receipt) for it in facts])
