"""What may be done with a deposit that is held, as facts: deducted, given back, moved to another lease."""

from __future__ import annotations

from datetime import date

from attrs import evolve

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.account_decisions import new_credit, require_ours, settled
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.deposit import DepositEntry, DepositMove, require_held
from marketplace_core.domain.facts import AccountFact, CreditAdded, DepositMoved
from marketplace_core.domain.identifiers import DepositEntryId, LeaseId, derive_id
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.money import Money
from marketplace_core.errors import IllegalTransition, InvalidInput


def deduct_from_deposit(
    account: LeaseAccount, amount: Money, on: date, reason: str, command: Command
) -> tuple[AccountFact, ...]:
    """Take part of the deposit with a reason; it pays the lease's open invoices."""
    entry = _leaving(account, DepositMove.DEDUCTED, amount, on, evolve(command, reason=reason))
    credit = new_credit(account, CreditSource.DEPOSIT, entry.entry_id, amount, on, command, reason=reason)
    return settled(account, [DepositMoved(entry), CreditAdded(credit)], command)


def refund_deposit(
    account: LeaseAccount, amount: Money, on: date, reason: str, command: Command
) -> tuple[AccountFact, ...]:
    """Give part of the deposit back, or all."""
    return (DepositMoved(_leaving(account, DepositMove.REFUNDED, amount, on, evolve(command, reason=reason))),)


def transfer_deposit(
    account: LeaseAccount, to: LeaseAccount, amount: Money, on: date, reason: str, command: Command
) -> tuple[AccountFact, ...]:
    """Move part of the deposit to another lease of the portfolio, or all: held there from that day on, and not here.

    A deposit's invoice of the other lease stays as it is: it asks for money that is paid, and a transfer is none.
    """
    lease, other = account.lease, to.lease
    if other.lease_id == lease.lease_id:
        raise InvalidInput(f"lease {lease.lease_id}: a deposit is transferred to another lease")
    if other.status is LeaseStatus.CANCELLED:
        raise IllegalTransition(f"lease {other.lease_id} is cancelled: it holds no deposit")
    require_ours(to, lease.portfolio_id, amount)
    command = evolve(command, reason=reason)
    return (
        DepositMoved(_leaving(account, DepositMove.TRANSFERRED_OUT, amount, on, command, other=other.lease_id)),
        DepositMoved(_entry(to, DepositMove.TRANSFERRED_IN, amount, on, command, lease.lease_id)),
    )


def _leaving(
    account: LeaseAccount, move: DepositMove, amount: Money, on: date, command: Command, *, other: LeaseId | None = None
) -> DepositEntry:
    """Made only where the deposit holds so much, from that day on without a gap."""
    require_ours(account, account.lease.portfolio_id, amount)
    require_held(account.least_held(on), amount, account.lease.lease_id)
    return _entry(account, move, amount, on, command, other)


def _entry(
    account: LeaseAccount, move: DepositMove, amount: Money, on: date, command: Command, other: LeaseId | None = None
) -> DepositEntry:
    lease = account.lease
    entry_id = DepositEntryId(derive_id("dep", command.command_id, lease.lease_id, move))
    reason, at = command.reason, command.recorded_at
    return DepositEntry(entry_id, lease.portfolio_id, lease.lease_id, move, amount, on, at, reason, other)
