"""Bills a portfolio in memory: streamed through the pure decision, numbered in order, written at once."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.account_decisions import issue
from marketplace_core.domain.billing import standing_in
from marketplace_core.domain.codec import canonical, to_plain
from marketplace_core.domain.command import Command
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.facts import AccountFact, BillingRunRecorded, Fact, InvoiceIssued
from marketplace_core.domain.invoice import Invoice, reissued
from marketplace_core.domain.money import Currency, Money
from marketplace_core.ports.billing_runs import BillingRun, BillingRuns, BillLease
from marketplace_core.services.memory_books.inbox import Inbox
from marketplace_core.services.memory_books.tables import Workplace
from marketplace_core.services.memory_books.writing import next_number, require_bounds, write, write_one

PROGRESS_EVERY = 500
"""After how many leases ``progress`` is told."""


class Tally:
    """What a run makes, summed as it goes."""

    def __init__(self, currency: Currency) -> None:
        """Begin with nothing."""
        self.standing = 0
        self.invoices = 0
        self._currency = currency
        self._minor = 0
        self._first_number = ""
        self._last_number = ""
        self._digest = sha256()

    def add(self, invoice: Invoice) -> None:
        """Count a new invoice, with its number."""
        self.invoices += 1
        self._minor += invoice.amount.amount_minor
        self._first_number = self._first_number or invoice.number
        self._last_number = invoice.number
        self._digest.update(f"{canonical(to_plain(invoice))}\n".encode())

    def outcome(self) -> BillingRun:
        """What the run tells its caller."""
        amount = Money(self._minor, self._currency)
        return BillingRun(self.invoices, self.standing, amount, self._first_number, self._last_number)

    def fact(self, command: Command, window: DateSpan) -> BillingRunRecorded:
        """What the run leaves in the event log."""
        return BillingRunRecorded(
            command.portfolio_id,
            window.start,
            window.end,
            command.recorded_at,
            self.invoices,
            Money(self._minor, self._currency),
            self._first_number,
            self._last_number,
            self._digest.hexdigest(),
            self.standing,
        )


class Runs(Inbox, BillingRuns):
    """Billing runs, one transaction each."""

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
        self._book(command.portfolio_id)
        with self._lock:
            work = self._begin(command.portfolio_id)
            known = self._known(work, command)
            if known is not None:
                return _outcome_of(known.facts)
            command = command.recorded_after(max((it.recorded_at for it in work.book.events.values()), default=None))
            tally, allocations = self._bill(work, command, window, bill_lease, progress)
            if tally.invoices:
                facts = (tally.fact(command, window), *write(work, allocations))
                require_bounds(work)
                if not dry_run:
                    self._commit(work, command, facts)
            return tally.outcome()

    def _bill(
        self,
        work: Workplace,
        command: Command,
        window: DateSpan,
        bill_lease: BillLease,
        progress: Callable[[int], None] | None,
    ) -> tuple[Tally, list[AccountFact]]:
        """Write each new invoice into the transaction; the changes of allocation that follow are returned.

        Whatever an engine says, what stands gets no second; what was voided is issued again under another id.
        """
        tally = Tally(work.book.portfolio[work.book.portfolio_id].currency)
        following: list[AccountFact] = []
        done = 0
        for account in self._by_id(work.book.accounts):
            if not account.lease.is_billable:
                continue
            standing = account.standing_keys()
            tally.standing += len(standing_in(account.lease, window, standing))
            said = bill_lease(account.lease, command.recorded_at, account.billed_charges(), standing)
            new = [reissued(it, account.voided_on(it)) for it in said if it.key_of_lease not in standing]
            numbered = [_write_numbered(work, invoice, tally) for invoice in new]
            if numbered and account.credits:
                decided = issue(account, numbered, command)
                following.extend(fact for fact in decided if not isinstance(fact, InvoiceIssued))
            done += 1
            if progress is not None and done % PROGRESS_EVERY == 0:
                progress(done)
        if progress is not None:
            progress(done)
        return tally, following


def _write_numbered(work: Workplace, invoice: Invoice, tally: Tally) -> Invoice:
    numbered = evolve(invoice, number=next_number(work, invoice.series))
    write_one(work, InvoiceIssued(numbered))
    tally.add(numbered)
    return numbered


def _outcome_of(facts: tuple[Fact, ...]) -> BillingRun:
    """What a run that was recorded before did."""
    run = next(fact for fact in facts if isinstance(fact, BillingRunRecorded))
    return BillingRun(run.invoices, run.standing, run.amount, run.first_number, run.last_number)
