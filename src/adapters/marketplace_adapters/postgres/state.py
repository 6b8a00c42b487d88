"""The books as they stand in the tables, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from sqlalchemy import Select, Table, func, select
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.engine import snapshot
from marketplace_adapters.postgres.loading import with_lines
from marketplace_adapters.postgres.reading import Reader, collection_accounts_of, streamed
from marketplace_adapters.postgres.rows import accounts, directory, payments
from marketplace_adapters.postgres.rows.values import money_of
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.state import StateRow
from marketplace_core.domain.state_rows import (
    alias_row,
    certificate_row,
    contradiction_row,
    link_row,
    payer_row,
    person_row,
    report_row,
    row_of,
)
from marketplace_core.ports.event_log import BooksState

Source = tuple[Callable[[PortfolioId], Select[Any]], Callable[[Any], StateRow]]


class PostgresState(Reader, BooksState):
    """Every row of money, of what bills and of evidence, each kind of state by one snapshot."""

    @override
    def state(self, portfolio_id: PortfolioId) -> Iterator[StateRow]:
        self._require_open(portfolio_id)
        return self._state_rows(portfolio_id, _SOURCES)

    @override
    def evidence_state(self, portfolio_id: PortfolioId) -> Iterator[StateRow]:
        self._require_open(portfolio_id)
        return self._state_rows(portfolio_id, _EVIDENCE)

    def _state_rows(self, portfolio_id: PortfolioId, sources: Iterable[Source]) -> Iterator[StateRow]:
        with snapshot(self._engine) as connection:
            for statement_of, row_of_columns in sources:
                for row in streamed(connection, statement_of(portfolio_id)):
                    yield row_of_columns(row)


def _all(table: Table, key: str, value_of: Callable[[Any], Any]) -> Source:
    def statement_of(portfolio_id: PortfolioId) -> Select[Any]:
        return select(table).where(table.c.portfolio_id == portfolio_id).order_by(table.c[key])

    return statement_of, lambda row: row_of(value_of(row))


def _invoices(portfolio_id: PortfolioId) -> Select[Any]:
    table = schema.invoices
    return with_lines().where(table.c.portfolio_id == portfolio_id).order_by(table.c.invoice_id)


def _voids(portfolio_id: PortfolioId) -> Select[Any]:
    return _invoices(portfolio_id).where(schema.invoices.c.voided_on.is_not(None))


def _links(portfolio_id: PortfolioId) -> Select[Any]:
    table = schema.external_links
    key = table.c.system + "/" + table.c.kind + "/" + table.c.external_id
    return select(table).where(table.c.portfolio_id == portfolio_id).order_by(func.concat(key).collate("C"))


_SOURCES: Final[tuple[Source, ...]] = (
    _all(schema.allocations, "allocation_id", accounts.allocation_of),
    (collection_accounts_of, lambda row: row_of(directory.collection_account_of(row))),
    _all(schema.credits_, "credit_id", accounts.credit_of),
    _all(schema.credit_notes, "credit_note_id", accounts.credit_note_of),
    _all(schema.deposit_entries, "entry_id", accounts.deposit_entry_of),
    (_invoices, lambda row: row_of(accounts.invoice_of(row))),
    _all(schema.leases, "lease_id", directory.lease_of),
    (_links, lambda row: link_row(row["system"], row["kind"], row["external_id"], row["our_id"])),
    _all(schema.matches, "match_id", payments.match_of),
    _all(schema.payments, "payment_id", payments.payment_of),
    _all(schema.portfolios, "portfolio_id", directory.portfolio_of),
    _all(schema.postings, "posting_id", accounts.posting_of),
    _all(schema.properties, "property_id", directory.property_of),
    _all(schema.proposals, "payment_id", payments.proposal_of),
    _all(schema.receipts, "receipt_id", payments.receipt_of),
    _all(schema.awaited_reversals, "reversal_id", payments.reversal_of),
    _all(schema.units, "unit_id", directory.unit_of),
    _all(schema.credit_uses, "use_id", accounts.use_of),
    (_voids, lambda row: row_of(accounts.void_of(row))),  # type: ignore[arg-type]  # only voided ones are read
)
"""Each kind's statement and row, in the order of the kinds' names."""


def _ordered(table: Table, *parts: str) -> Callable[[PortfolioId], Select[Any]]:
    """The rows by the text of these columns with strokes between."""
    key = func.concat_ws("/", *(table.c[part] for part in parts)).collate("C")
    return lambda portfolio_id: select(table).where(table.c.portfolio_id == portfolio_id).order_by(key)


def _contradiction_row(row: Any) -> StateRow:  # noqa: ANN401 - columns by name
    return contradiction_row(row["payment_id"], row["source"], money_of(row), row["reason"], row["paid_at"])


def _report_row(row: Any) -> StateRow:  # noqa: ANN401 - columns by name
    return report_row(row["payment_id"], row["position"], row["report_id"], payments.report_of(row))


_EVIDENCE: Final[tuple[Source, ...]] = (
    (_ordered(schema.aliases, "lease_id", "kind", "text"), lambda row: alias_row(directory.alias_of(row))),
    (
        _ordered(schema.contradictions, "payment_id", "source", "amount_minor", "currency"),
        _contradiction_row,
    ),
    (_ordered(schema.matches, "match_id"), lambda row: certificate_row(payments.match_of(row))),
    (_ordered(schema.payments, "payment_id"), lambda row: payer_row(payments.payment_of(row))),
    (_ordered(schema.people, "person_id"), lambda row: person_row(directory.person_of(row))),
    (_ordered(schema.proposals, "payment_id"), lambda row: certificate_row(payments.proposal_of(row))),
    (_ordered(schema.payment_reports, "payment_id", "position"), _report_row),
)
"""Each kind's statement and row, in the order of ``state_rows.EVIDENCE_KINDS``."""
