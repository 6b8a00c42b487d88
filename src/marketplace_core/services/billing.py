"""Bill a portfolio's month; charge late fees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from attrs import evolve, frozen

from marketplace_core.domain.account_decisions import issue
from marketplace_core.domain.command import Command
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.facts import Fact, InvoiceIssued
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.late_fee import late_fees, late_fees_in_turn
from marketplace_core.domain.numbers import document_number, sequence_of
from marketplace_core.domain.standing import Locked
from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.ports.billing_runs import BillingRun, BillingRuns
from marketplace_core.ports.books import Books
from marketplace_core.ports.lease_accounts import LeaseAccounts


@frozen
class BillPeriod:
    """Bills every lease of a portfolio for the periods that begin in a window; a second time makes nothing."""

    runs: BillingRuns
    engine: BillingEngine

    def __call__(
        self,
        command: Command,
        window: DateSpan,
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> BillingRun:
        """What was billed, or with ``dry_run`` would be."""
        return self.runs.run(
            command,
            window,
            lambda lease, recorded_at, billed, standing: self.engine.invoices(
                lease, window, recorded_at, billed, standing
            ),
            dry_run=dry_run,
            progress=progress,
        )


@frozen
class ChargeLateFees:
    """Charges each late fee that is due by a day and does not stand yet, lease by lease."""

    books: Books
    accounts: LeaseAccounts

    def __call__(self, command: Command, as_of: date, *, dry_run: bool = False) -> tuple[Invoice, ...]:
        """The fee invoices, in order of their leases; one command a lease, derived from the given one.

        With ``dry_run`` those that would be, with the numbers that they would get.
        """
        charged: list[Invoice] = []
        concerned = [
            account.lease.lease_id
            for account in self.accounts.accounts(command.portfolio_id)
            if late_fees(account, as_of, command.recorded_at)
        ]
        for lease_id in concerned:
            recorded = self.books.change(
                command.part(lease_id),
                partial(_fee_facts, lease_id=lease_id, as_of=as_of),
                leases=[lease_id],
                dry_run=dry_run,
            )
            charged.extend(fact.invoice for fact in recorded.facts if isinstance(fact, InvoiceIssued))
        return _counted_on(charged) if dry_run else tuple(charged)


def _counted_on(invoices: Sequence[Invoice]) -> tuple[Invoice, ...]:
    """Each with the number after the one before: what was not written took no number from the next."""
    if not invoices:
        return ()
    series = invoices[0].series
    first = sequence_of(invoices[0].number) or 1
    return tuple(evolve(it, number=document_number(series, first + place)) for place, it in enumerate(invoices))


def _fee_facts(locked: Locked, *, lease_id: LeaseId, as_of: date) -> Sequence[Fact]:
    account = locked.accounts[lease_id]
    fees = late_fees_in_turn(account, as_of, locked.command)
    return issue(account, fees, locked.command) if fees else ()
