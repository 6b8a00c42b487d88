"""Giving unapplied credit back, a refund that came back, and one whose payment was taken back: as facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from attrs import evolve

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.account_decisions import ended, require_ours, settled
from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import Credit, CreditUse, UseKind
from marketplace_core.domain.days import one_day
from marketplace_core.domain.facts import AccountFact, CreditUsed, CreditUseEnded, InvoiceIssued
from marketplace_core.domain.identifiers import CreditId, LineId, derive_id
from marketplace_core.domain.invoice import Invoice, InvoiceKind, InvoiceLine, invoice_id_of
from marketplace_core.domain.money import Money
from marketplace_core.errors import IllegalTransition, InvalidInput, OverAllocation


def refund(
    account: LeaseAccount, credit_id: CreditId, amount: Money, on: date, reason: str, command: Command
) -> tuple[AccountFact, ...]:
    """Give unapplied credit back to the payer; no more than is unapplied, on that day and since.

    What a deposit lacks, because more was paid out of it than is held now, is not free.
    """
    require_ours(account, account.lease.portfolio_id, amount)
    free = min(_free_of(account, account.credit(credit_id), on), _free(account, on))
    if amount.amount_minor > free:
        raise _too_much(account, amount, free)
    return settled(
        account, [CreditUsed(_use(account, account.credit(credit_id), amount, on, reason, command))], command
    )


def refund_lease(
    account: LeaseAccount, amount: Money, on: date, reason: str, command: Command
) -> tuple[AccountFact, ...]:
    """Give unapplied credit of a lease back, whichever credits it is of: the oldest first."""
    require_ours(account, account.lease.portfolio_id, amount)
    if not amount.is_positive:
        raise InvalidInput(f"lease {account.lease.lease_id}: a refund must be above zero, not {amount}")
    free = _free(account, on)
    if amount.amount_minor > free:
        raise _too_much(account, amount, free)
    left = amount.amount_minor
    used: list[AccountFact] = []
    for credit in sorted(account.credits, key=lambda it: (it.value_date, it.order_key, it.credit_id)):
        part = min(left, _free_of(account, credit, on))
        if part > 0:
            given = Money(part, amount.currency)
            used.append(CreditUsed(_use(account, credit, given, on, reason, command)))
            left -= part
    return settled(account, used, command)


def take_back_refund(
    account: LeaseAccount, use_id: str, on: date, reason: str, command: Command
) -> tuple[AccountFact, ...]:
    """The money of a refund came back, or never left (its own day): it stands to the lease's credit again."""
    if not reason.strip():
        raise InvalidInput(f"refund {use_id}: say why it is taken back")
    return settled(account, [_use_ended(account.use(use_id), on, command)], command)


def end_refunded_credits(
    account: LeaseAccount, credits_: Iterable[Credit], on: date, command: Command
) -> tuple[AccountFact, ...]:
    """Credits count no more from a day on, for their payment was taken back; what was refunded is owed again.

    A refund stays paid out, so the lease gets an invoice for it, of the day of the end or of the refund if that
    was later. A credit of which a refund came back after the day ends when it did: until then that money was out.
    """
    ids = [credit.credit_id for credit in credits_]
    standing = (use for use in account.uses if use.credit_id in ids and use.ended_on is None)
    uses = sorted(standing, key=lambda it: it.use_id)
    facts: list[AccountFact] = [_use_ended(use, max(on, use.value_date), command) for use in uses]
    without = account.applied(facts)
    facts.extend(ended(without, credit_id, _end_of(account, credit_id, on), command) for credit_id in ids)
    facts.extend(InvoiceIssued(it) for it in _asked_again(account, uses, on, command))
    return settled(account, facts, command)


def _end_of(account: LeaseAccount, credit_id: CreditId, on: date) -> date:
    """The day, or the last one on which a refund of the credit came back: until then that money was out."""
    back = (
        use.ended_on
        for use in account.uses
        if use.credit_id == credit_id and use.ended_on is not None and use.value_date < use.ended_on
    )
    return max([on, *back])


def _use(account: LeaseAccount, credit: Credit, amount: Money, on: date, reason: str, command: Command) -> CreditUse:
    return CreditUse(
        derive_id("use", command.command_id, credit.credit_id),
        account.lease.portfolio_id,
        account.lease.lease_id,
        credit.credit_id,
        UseKind.REFUND,
        amount,
        on,
        command.recorded_at,
        reason,
    )


def _use_ended(use: CreditUse, on: date, command: Command) -> CreditUseEnded:
    if use.ended_on is not None:
        raise IllegalTransition(f"refund {use.use_id} was taken back on {use.ended_on} already")
    return CreditUseEnded(evolve(use, ended_on=max(on, use.value_date), ended_recorded_at=command.recorded_at))


def _asked_again(account: LeaseAccount, uses: Iterable[CreditUse], on: date, command: Command) -> Iterator[Invoice]:
    lease = account.lease
    for use in uses:
        if use.kind is not UseKind.REFUND:
            raise IllegalTransition(f"part of credit {use.credit_id} was moved to a deposit; take that back first")
        day = max(on, use.value_date)
        period = one_day(day)
        invoice_id = invoice_id_of(lease.portfolio_id, lease.lease_id, period, InvoiceKind.ONE_OFF, use.use_id)
        text = f"Refund of {use.value_date}: the payment that it came from was taken back"
        line = InvoiceLine(LineId(f"{invoice_id}.0"), ChargeKind.REFUND, use.amount, period, None, text)
        yield Invoice(
            invoice_id,
            lease.portfolio_id,
            lease.lease_id,
            InvoiceKind.ONE_OFF,
            period,
            day,
            day,
            command.recorded_at,
            (line,),
            subject=use.use_id,
        )


def _free_of(account: LeaseAccount, credit: Credit, on: date) -> int:
    """What of a credit is unapplied on a day and on each later one, in minor units."""
    days = {it.value_date for it in account.uses if it.credit_id == credit.credit_id and it.value_date > on}
    paying = account.standing_allocations()
    days.update(it.value_date for it in paying if it.credit_id == credit.credit_id and it.value_date > on)
    return min(account.unapplied_of(credit.credit_id, day).amount_minor for day in {on, date.max, *days})


def _free(account: LeaseAccount, on: date) -> int:
    """What of all credits is unapplied, less what the deposit lacks, in minor units."""
    free = sum(_free_of(account, credit, on) for credit in account.credits)
    return free + min(account.least_held(on).amount_minor, 0)


def _too_much(account: LeaseAccount, amount: Money, free: int) -> OverAllocation:
    left = Money(max(free, 0), amount.currency)
    return OverAllocation(f"lease {account.lease.lease_id}: {amount} cannot be refunded, {left} is unapplied")
