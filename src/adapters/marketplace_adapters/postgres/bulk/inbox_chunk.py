"""A chunk of payment reports as sets: what is known of their transactions, and the rows that they add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, func, select, tuple_

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.bulk.copying import copy_rows, escaped
from marketplace_adapters.postgres.bulk.driver import driver_of
from marketplace_adapters.postgres.bulk.invoice_rows import POSTINGS, posting_rows
from marketplace_adapters.postgres.rows import payments as rows
from marketplace_adapters.postgres.rows.values import Row, money_of
from marketplace_adapters.postgres.writing.payments import account_currencies, require_currency
from marketplace_core.domain.facts import PaymentContradicted, PaymentReceived, PaymentReportedAgain
from marketplace_core.domain.identifiers import PaymentId, PortfolioId, ReportId
from marketplace_core.domain.money import Money
from marketplace_core.domain.payment import Payment, PaymentReport, ReportSource
from marketplace_core.errors import NotFound


@frozen
class Known:
    """What is known of the transactions of a chunk: payments of any portfolio, reports and contradictions of ours."""

    payments: dict[PaymentId, Payment]
    reports: set[ReportId]
    report_counts: Counter[str]
    contradicted: set[tuple[PaymentId, ReportSource, Money]]


def lock_accounts(connection: Connection, portfolio_id: PortfolioId, chunk: Sequence[PaymentReport]) -> None:
    """Let one import at a time write to each collection account, whoever's; ``NotFound`` where it is not open here."""
    wanted = sorted({report.collection_account_id for report in chunk})
    currencies = account_currencies(connection, portfolio_id)
    for account_id in wanted:
        if account_id not in currencies:
            raise NotFound(f"portfolio {portfolio_id} does not collect in account {account_id}; open it first")
    own = schema.collection_accounts.c.collection_account_id
    statement = select(own).where(own == func.any(wanted)).order_by(own).with_for_update(key_share=True)
    connection.execute(statement).all()


def known_of(connection: Connection, portfolio_id: PortfolioId, chunk: Sequence[PaymentReport]) -> Known:
    """What the tables say of the chunk's transactions, in a fixed number of queries."""
    table = schema.inbox_transactions
    pairs = sorted({(report.collection_account_id, report.transaction_id.upper()) for report in chunk})
    key = tuple_(table.c.collection_account_id, table.c.transaction_id)
    found = connection.execute(select(table.c.payment_id, table.c.portfolio_id).where(key.in_(pairs))).all()
    payments: dict[PaymentId, Payment] = {}
    own = schema.payments
    for owner in sorted({row.portfolio_id for row in found}):
        ids = [row.payment_id for row in found if row.portfolio_id == owner]
        of_owner = select(own).where(own.c.portfolio_id == owner, own.c.payment_id == func.any(ids))
        for row in connection.execute(of_owner).mappings():
            payments[row["payment_id"]] = rows.payment_of(row)
    ours = [it.payment_id for it in payments.values() if it.portfolio_id == portfolio_id]
    reports = _of_payments(connection, schema.payment_reports, portfolio_id, ours)
    refused = _of_payments(connection, schema.contradictions, portfolio_id, ours)
    return Known(
        payments,
        {row["report_id"] for row in reports},
        Counter(row["payment_id"] for row in reports),
        {(row["payment_id"], ReportSource(row["source"]), money_of(row)) for row in refused},
    )


def _of_payments(connection: Connection, table: Any, portfolio_id: PortfolioId, ids: Sequence[str]) -> Sequence[Any]:  # noqa: ANN401 - rows of either table
    if not ids:
        return ()
    statement = select(table).where(table.c.portfolio_id == portfolio_id, table.c.payment_id == func.any(ids))
    return connection.execute(statement).mappings().all()


def write_chunk(
    connection: Connection,
    portfolio_id: PortfolioId,
    facts: Iterable[PaymentReceived | PaymentReportedAgain | PaymentContradicted],
    known: Known,
) -> None:
    """COPY the rows of new payments, reports and contradictions, and the postings of the payments."""
    given = list(facts)
    received = [fact for fact in given if isinstance(fact, PaymentReceived)]
    _require_currencies(connection, portfolio_id, received)
    in_order = sorted((it.payment for it in received), key=lambda it: (it.collection_account_id, it.transaction_id))
    _copy(connection, "inbox_transactions", [rows.transaction_row(it) for it in in_order])
    _copy(connection, "payments", [rows.payment_row(it.payment) for it in received])
    reports: list[Row] = []
    for fact in given:
        if not isinstance(fact, PaymentContradicted):
            payment_id = fact.report.payment_id
            reports.append(rows.report_row(portfolio_id, fact.report, known.report_counts[payment_id]))
            known.report_counts[payment_id] += 1
    _copy(connection, "payment_reports", reports)
    refused = [rows.contradiction_row(portfolio_id, fact) for fact in given if isinstance(fact, PaymentContradicted)]
    _copy(connection, "contradictions", refused)
    copy_rows(driver_of(connection), "postings", POSTINGS, [row for fact in received for row in posting_rows(fact)])


def _require_currencies(connection: Connection, portfolio_id: PortfolioId, received: Sequence[PaymentReceived]) -> None:
    currencies = account_currencies(connection, portfolio_id)
    for it in (fact.payment for fact in received):
        require_currency(it, currencies[it.collection_account_id])


def _copy(connection: Connection, table: str, written: Sequence[Row]) -> None:
    if written:
        columns = list(written[0])
        copy_rows(driver_of(connection), table, columns, ["\t".join(map(_field, row.values())) for row in written])


def _field(value: object) -> str:
    return "\\N" if value is None else escaped(str(value))
