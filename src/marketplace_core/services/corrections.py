"""Correct money: void, credit, write off, refund, reverse; each leaves a trail and names who and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVarTuple

from attrs import frozen

from marketplace_core.domain import account_decisions as decisions
from marketplace_core.domain import refund_decisions
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.command import Command
from marketplace_core.domain.deposit_decisions import deduct_from_deposit, refund_deposit, transfer_deposit
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import CreditId, InvoiceId, LeaseId, PaymentId
from marketplace_core.domain.match_decisions import leases_of, reverse_payment
from marketplace_core.domain.money import Money
from marketplace_core.domain.standing import Locked
from marketplace_core.ports.books import Books, Recorded
from marketplace_core.ports.payment_inbox import PaymentInbox

What = TypeVarTuple("What")


@frozen
class CorrectAccount:
    """Changes one lease account by one decision of the domain; ``command.reason`` is the reason."""

    books: Books

    def void_invoice(
        self, command: Command, lease_id: LeaseId, invoice_id: InvoiceId, on: date, *, dry_run: bool = False
    ) -> Recorded:
        """The invoice counts no more from a day on; its number is kept."""
        return self._change(command, lease_id, decisions.void, invoice_id, on, dry_run=dry_run)

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
        return self._change(command, lease_id, decisions.credit_invoice, invoice_id, amount, on, dry_run=dry_run)

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
        return self._change(command, lease_id, decisions.write_off, invoice_id, amount, on, dry_run=dry_run)

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
        return self._change(command, lease_id, refund_decisions.refund, credit_id, amount, on, dry_run=dry_run)

    def refund_lease(
        self, command: Command, lease_id: LeaseId, amount: Money, on: date, *, dry_run: bool = False
    ) -> Recorded:
        """Unapplied credit of the lease goes back, the oldest first."""
        return self._change(command, lease_id, refund_decisions.refund_lease, amount, on, dry_run=dry_run)

    def take_back_refund(
        self, command: Command, lease_id: LeaseId, use_id: str, on: date, *, dry_run: bool = False
    ) -> Recorded:
        """A refund came back, or never left: it stands to the lease's credit again."""
        return self._change(command, lease_id, refund_decisions.take_back_refund, use_id, on, dry_run=dry_run)

    def deduct_from_deposit(
        self, command: Command, lease_id: LeaseId, amount: Money, on: date, *, dry_run: bool = False
    ) -> Recorded:
        """Part of the deposit is taken with a reason and pays what is open."""
        return self._change(command, lease_id, deduct_from_deposit, amount, on, dry_run=dry_run)

    def refund_deposit(
        self, command: Command, lease_id: LeaseId, amount: Money, on: date, *, dry_run: bool = False
    ) -> Recorded:
        """Part of the deposit goes back to the tenant, or all."""
        return self._change(command, lease_id, refund_deposit, amount, on, dry_run=dry_run)

    def transfer_deposit(
        self, command: Command, lease_id: LeaseId, to: LeaseId, amount: Money, on: date, *, dry_run: bool = False
    ) -> Recorded:
        """Part of the deposit goes over to another lease, or all."""

        def on_locked(locked: Locked) -> Sequence[Fact]:
            there = locked.accounts[to]
            return transfer_deposit(locked.accounts[lease_id], there, amount, on, command.reason, locked.command)

        return self.books.change(command, on_locked, leases=[lease_id, to], dry_run=dry_run)

    def _change(
        self,
        command: Command,
        lease_id: LeaseId,
        decide: Callable[[LeaseAccount, *What, str, Command], Sequence[Fact]],
        *what: *What,
        dry_run: bool,
    ) -> Recorded:
        """Let one decision look at the locked account, with what the caller said, the reason and the command."""

        def on_locked(locked: Locked) -> Sequence[Fact]:
            return decide(locked.accounts[lease_id], *what, command.reason, locked.command)

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
            return reverse_payment(locked, standing.payment, on, locked.command)

        return self.books.change(
            command, on_locked, leases=leases_of(standing.matches), payments=[payment_id], dry_run=dry_run
        )
