"""Bills a portfolio: leases streamed through the pure decision, rows written by COPY, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import psycopg
from attrs import evolve
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from marketplace_adapters.postgres.bulk.allocating import paid_by_credit, write_allocations
from marketplace_adapters.postgres.bulk.billable import Billable, billable, fetch, open_cursor
from marketplace_adapters.postgres.bulk.driver import driver_of
from marketplace_adapters.postgres.bulk.invoice_rows import InvoiceRows, write_rows
from marketplace_adapters.postgres.bulk.overlap import Overlap, few_collections
from marketplace_adapters.postgres.errors import may_retry, only_ours
from marketplace_adapters.postgres.rows.values import currency_of
from marketplace_adapters.postgres.schema import portfolios
from marketplace_adapters.postgres.writing.chain import append_link, facts_of, recorded_last, sequence_of_command
from marketplace_adapters.postgres.writing.lease_lock import hold_leases
from marketplace_adapters.postgres.writing.numbers import next_number, series_of_invoice, take_numbers
from marketplace_core.domain.billing import standing_in
from marketplace_core.domain.command import Command
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.facts import AccountFact, BillingRunRecorded, Fact
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.invoice import Invoice, reissued
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.numbers import document_number
from marketplace_core.errors import AlreadyExists, NotFound
from marketplace_core.ports.billing_runs import BillingRun, BillingRuns, BillLease

ATTEMPTS: Final = 5

Progress = Callable[[int], None]


class PostgresBillingRuns(BillingRuns):
    """Billing runs of one database."""

    def __init__(self, engine: Engine) -> None:
        """Bill through the pool; the tables must be there."""
        self._engine = engine

    @override
    def run(
        self,
        command: Command,
        window: DateSpan,
        bill_lease: BillLease,
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> BillingRun:
        attempt = 1
        with only_ours():
            while True:
                try:
                    return self._attempt(command, window, bill_lease, progress, dry_run=dry_run)
                except (SQLAlchemyError, psycopg.Error) as error:
                    if attempt == ATTEMPTS or not may_retry(error):
                        raise
                attempt += 1

    def _attempt(
        self,
        command: Command,
        window: DateSpan,
        bill_lease: BillLease,
        progress: Progress | None,
        *,
        dry_run: bool,
    ) -> BillingRun:
        with (
            self._engine.connect() as connection,
            few_collections(),
            Overlap(driver_of(connection).cancel_safe) as overlap,
        ):
            currency = _currency(connection, command.portfolio_id)
            if not dry_run:
                hold_leases(connection, command.portfolio_id)
            sequence = sequence_of_command(connection, command.portfolio_id, command.command_id)
            if sequence is not None:
                return _outcome_of(facts_of(connection, command.portfolio_id, sequence))
            timely = command.recorded_after(recorded_last(connection, command.portfolio_id))
            run = _Run(connection, overlap, timely, currency, dry_run=dry_run)
            run.bill(window, bill_lease, progress)
            if run.invoices and not dry_run:
                run.finish(window)
                connection.commit()
            return run.outcome()


class _Run:
    """One run under way: what it counts, and the rows that wait to be written."""

    def __init__(
        self, connection: Connection, overlap: Overlap, command: Command, currency: Currency, *, dry_run: bool
    ) -> None:
        self.invoices = 0
        self._connection, self._overlap, self._command = connection, overlap, command
        self._currency, self._dry_run = currency, dry_run
        self._standing = self._minor = 0
        self._first_number = self._last_number = ""
        self._rows = InvoiceRows()
        self._begun: dict[str, int] = {}
        self._next: dict[str, int] = {}
        self._following: list[AccountFact] = []
        self._paid: dict[str, int] = {}

    def bill(self, window: DateSpan, bill_lease: BillLease, progress: Progress | None) -> None:
        """Fetch, bill and write chunk after chunk; the server reads and writes while this thread computes."""
        done = 0
        with (
            open_cursor(driver_of(self._connection), self._command.portfolio_id, window) as cursor,
            self._overlap.cancelling(),
        ):
            coming = self._overlap.begin(partial(fetch, cursor))
            while rows := coming.result():
                coming = self._overlap.begin(partial(fetch, cursor))
                self._bill_chunk(billable(rows), window, bill_lease)
                done += len(rows)
                if progress is not None:
                    progress(done)
            self._overlap.settle()
        if progress is not None and not done:
            progress(done)

    def _bill_chunk(self, chunk: Iterable[Billable], window: DateSpan, bill_lease: BillLease) -> None:
        new: list[tuple[Invoice, str]] = []
        moving: list[Invoice] = []
        recorded_at = self._command.recorded_at
        for it in chunk:
            if it.standing:
                self._standing += len(standing_in(it.lease, window, it.standing))
            for invoice in _new_invoices(it, bill_lease(it.lease, recorded_at, it.billed_charges, it.standing)):
                issued, number = self._numbered(invoice)
                new.append((issued, number))
                if it.credit_may_move:
                    moving.append(evolve(issued, number=number))
        if not new or self._dry_run:
            return
        paid: Mapping[str, int] = self._follow(moving) if moving else {}
        blocks = self._rows.of([(invoice, number, paid.get(invoice.invoice_id, 0)) for invoice, number in new])
        self._overlap.write(partial(write_rows, driver_of(self._connection), blocks))

    def _numbered(self, invoice: Invoice) -> tuple[Invoice, str]:
        """The invoice in its series, and the number it gets; what a dry run would count, counted."""
        series = series_of_invoice(invoice)
        following = self._next.get(series) or self._first_of(series)
        self._next[series] = following + 1
        number = document_number(series, following)
        self._first_number, self._last_number = self._first_number or number, number
        self.invoices += 1
        self._minor += invoice.amount.amount_minor
        return (invoice if series == invoice.series else evolve(invoice, series=series)), number

    def _first_of(self, series: str) -> int:
        """Lock a series and read its next number; how many were taken is written at the end. A dry run only reads."""
        portfolio_id = self._command.portfolio_id
        work = (
            partial(next_number, self._connection, portfolio_id, series)
            if self._dry_run
            else partial(take_numbers, self._connection, portfolio_id, series, 0)
        )
        self._begun[series] = first = self._overlap.begin(work).result()
        return first

    def _follow(self, invoices: Sequence[Invoice]) -> Mapping[str, int]:
        """Let the credit of leases pay their new invoices; how much of each is paid for good."""
        paid = paid_by_credit(self._connection, self._overlap, self._command, invoices)
        self._following.extend(paid.facts)
        new: dict[str, int] = {it.invoice_id: paid.of_invoice.get(it.invoice_id, 0) for it in invoices}
        self._paid.update(new)
        return new

    def finish(self, window: DateSpan) -> None:
        """Write the allocations that follow, the numbers taken and the link of the event log."""
        portfolio_id = self._command.portfolio_id
        write_allocations(self._connection, portfolio_id, self._following, self._paid)
        for series, first in sorted(self._begun.items()):
            take_numbers(self._connection, portfolio_id, series, self._next[series] - first)
        recorded = BillingRunRecorded(
            portfolio_id,
            window.start,
            window.end,
            self._command.recorded_at,
            self.invoices,
            Money(self._minor, self._currency),
            self._first_number,
            self._last_number,
            self._rows.digest,
            self._standing,
        )
        append_link(self._connection, self._command, (recorded, *self._following))

    def outcome(self) -> BillingRun:
        """What the run tells its caller."""
        amount = Money(self._minor, self._currency)
        return BillingRun(self.invoices, self._standing, amount, self._first_number, self._last_number)


def _new_invoices(it: Billable, invoices: tuple[Invoice, ...]) -> Sequence[Invoice]:
    """Whatever an engine says, what stands gets no second; what was voided is issued again under another id."""
    if not it.standing and not it.voids:
        return invoices
    return [reissued(said, it.voided_on(said)) for said in invoices if said.key_of_lease not in it.standing]


def _currency(connection: Connection, portfolio_id: PortfolioId) -> Currency:
    found = connection.scalar(select(portfolios.c.currency).where(portfolios.c.portfolio_id == portfolio_id))
    if found is None:
        raise NotFound(f"there is no portfolio {portfolio_id}; open it first")
    return currency_of(found)


def _outcome_of(facts: Sequence[Fact]) -> BillingRun:
    """What a run that was recorded before did."""
    for run in facts:
        if isinstance(run, BillingRunRecorded):
            return BillingRun(run.invoices, run.standing, run.amount, run.first_number, run.last_number)
    raise AlreadyExists("the command's id is that of another command, which was no billing run: give a new id")
