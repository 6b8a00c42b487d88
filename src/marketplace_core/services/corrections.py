"""Correct money: void, credit, write off, refund, reverse; each leaves a trail and names who and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from attrs import frozen

from marketplace_core.domain import account_decisions as decisions
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import CreditId, InvoiceId, LeaseId, PaymentId
from marketplace_core.domain.match_decisions import leases_of, reverse_payment
from marketplace_core.domain.money import Money
from marketplace_core.domain.standing import Locked
from marketplace_core.ports.books import Books, Recorded
from marketplace_core.ports.payment_inbox import PaymentInbox


@frozen
class CorrectAccount:
    """Changes one lease account by one decision of the domain; ``command.reason`` is the reason."""

    books: Books

    def void_invoice(
        self, command: Command, lease_id: LeaseId, invoice_id: InvoiceId, on: date, *, dry_run: bool = False
    ) -> Recorded:
        """The invoice counts no more from a day on; its number is kept."""
        return self._change(
            command, lease_id, lambda it: decisions.void(it, invoice_id, on, command.reason, command), dry_run=dry_run
        )

    def credit_invoice(
        self,
        command: Command,
        lease_id: LeaseId,
        invoice_id: InvoiceId,
        amount: Money,
        on: date,
        *,
        dry_run: bool = False,
    ) -> Recorded:
        """A credit note takes back part of an invoice, or all."""
        return self._change(
            command,
            lease_id,
            lambda it: decisions.credit_invoice(it, invoice_id, amount, on, command.reason, command),
            dry_run=dry_run,
        )

    def write_off(
        self,
        command: Command,
        lease_id: LeaseId,
        invoice_id: InvoiceId,
        amount: Money,
        on: date,
        *,
        dry_run: bool = False,
    ) -> Recorded:
        """Part of what is outstanding is given up, or all."""
        return self._change(
            command,
            lease_id,
            lambda it: decisions.write_off(it, invoice_id, amount, on, command.reason, command),
            dry_run=dry_run,
        )

    def refund(
        self,
        command: Command,
        lease_id: LeaseId,
        credit_id: CreditId,
        amount: Money,
        on: date,
        *,
        dry_run: bool = False,
    ) -> Recorded:
        """Unapplied credit goes back to the payer."""
        return self._change(
            command,
            lease_id,
            lambda it: decisions.refund(it, credit_id, amount, on, command.reason, command),
            dry_run=dry_run,
        )

    def deduct_from_deposit(
        self, command: Command, lease_id: LeaseId, amount: Money, on: date, *, dry_run: bool = False
    ) -> Recorded:
        """Part of the deposit is taken with a reason and pays what is open."""
        return self._change(
            command,
            lease_id,
            lambda it: decisions.deduct_from_deposit(it, amount, on, command.reason, command),
            dry_run=dry_run,
        )

    def refund_deposit(
        self, command: Command, lease_id: LeaseId, amount: Money, on: date, *, dry_run: bool = False
    ) -> Recorded:
        """Part of the deposit goes back to the tenant, or all."""
        return self._change(
            command,
            lease_id,
            lambda it: decisions.refund_deposit(it, amount, on, command.reason, command),
            dry_run=dry_run,
        )

    def _change(
        self, command: Command, lease_id: LeaseId, decide: Callable[[LeaseAccount], Sequence[Fact]], *, dry_run: bool
    ) -> Recorded:
        def on_locked(locked: Locked) -> Sequence[Fact]:
            return decide(locked.accounts[lease_id])

        return self.books.change(command, on_locked, leases=[lease_id], dry_run=dry_run)


@frozen
class ReversePayment:
    """Takes back a payment that the provider took back."""

    books: Books
    inbox: PaymentInbox

    def __call__(self, command: Command, payment_id: PaymentId, on: date, *, dry_run: bool = False) -> Recorded:
        """From ``on`` the payment pays nothing; the leases it was given to are found by its matches."""
        standing = self.inbox.payment(command.portfolio_id, payment_id)

        def on_locked(locked: Locked) -> Sequence[Fact]:
            return reverse_payment(locked, standing.payment, on, command)

        return self.books.change(
            command, on_locked, leases=leases_of(standing.matches), payments=[payment_id], dry_run=dry_run
        )
