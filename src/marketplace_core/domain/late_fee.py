"""Late fees: after grace, once per invoice and period, capped, never on a fee or a deposit."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from datetime import date, datetime, timedelta

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.account_decisions import settled
from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.command import Command
from marketplace_core.domain.days import DateSpan, add_months
from marketplace_core.domain.facts import InvoiceIssued
from marketplace_core.domain.identifiers import LineId
from marketplace_core.domain.invoice import Invoice, InvoiceKind, InvoiceLine, invoice_id_of
from marketplace_core.domain.lease import LateFeeRule
from marketplace_core.domain.money import Money, round_half_up

_BEARS_NO_FEE = frozenset([InvoiceKind.LATE_FEE, InvoiceKind.DEPOSIT])


def first_fee_day(due: date, grace_days: int) -> date:
    """The first day that costs: due on the 1st with 3 days of grace is free to the 4th, and costs on the 5th."""
    return due + timedelta(days=grace_days + 1)


def late_fees(account: LeaseAccount, as_of: date, recorded_at: datetime) -> tuple[Invoice, ...]:
    """The late fee invoices that are due by a day and do not stand yet, without numbers.

    A fee is on what of the principal was outstanding at the end of the day before the fee day. What was charged
    stays charged when the principal is paid later; the fees of one invoice together stay within the cap. A fee that
    was voided was waived, and is not charged again; nor is one that stands on the voided invoice of the same rent.
    A fee day before the rule's ``since`` costs nothing.
    """
    rule = account.lease.late_fee
    if rule is None:
        return ()
    charged = {(it.subject, it.period) for it in account.invoices if it.kind is InvoiceKind.LATE_FEE}
    fees: list[Invoice] = []
    for invoice, voided_on in account.stands():
        if _bears_no_fee(invoice) or voided_on is not None:
            continue
        same = {it.invoice_id for it in account.invoices if it.key == invoice.key}
        taken = _already_charged(account, same)
        for period in _fee_periods(invoice, rule, account.lease.grace_days, as_of):
            if rule.since is not None and period.start < rule.since:
                continue
            if _is_charged(charged, same, period, again=rule.every_months is not None):
                continue
            fee = _fee(account, invoice, rule, period, recorded_at, taken)
            if fee is not None:
                fees.append(fee)
                taken += fee.amount.amount_minor
    return tuple(fees)


def late_fees_in_turn(account: LeaseAccount, as_of: date, command: Command) -> tuple[Invoice, ...]:
    """The fees as if each had been charged on its day: a later one is on what the earlier ones left outstanding."""
    fees: list[Invoice] = []
    charged = account
    while due := late_fees(charged, as_of, command.recorded_at):
        first = min(it.issue_date for it in due)
        fees.extend(it for it in due if it.issue_date == first)
        charged = account.applied(settled(account, [InvoiceIssued(it) for it in fees], command))
    return tuple(fees)


def _bears_no_fee(invoice: Invoice) -> bool:
    """Fees, deposits, and refunds that are asked for again."""
    return invoice.kind in _BEARS_NO_FEE or all(line.kind is ChargeKind.REFUND for line in invoice.lines)


def _is_charged(
    charged: Iterable[tuple[str, DateSpan]], principals: Container[str], period: DateSpan, *, again: bool
) -> bool:
    """True where the rent bears a fee already: of these days, for a reissue may be due later, or once and for all."""
    return any(
        principal in principals and (not again or (other.start < period.end and period.start < other.end))
        for principal, other in charged
    )


def _already_charged(account: LeaseAccount, principals: Container[str]) -> int:
    return sum(
        it.amount.amount_minor
        for it in account.invoices
        if it.kind is InvoiceKind.LATE_FEE and it.subject in principals and not account.is_void(it.invoice_id)
    )


def _fee_periods(invoice: Invoice, rule: LateFeeRule, grace_days: int, as_of: date) -> Iterator[DateSpan]:
    """The first fee day, then each further one that has come, each up to the next."""
    first = first_fee_day(invoice.due_date, grace_days)
    step = rule.every_months
    index = 0
    while (day := add_months(first, index * (step or 1), first.day)) <= as_of:
        yield DateSpan(day, add_months(first, (index + 1) * (step or 1), first.day))
        if step is None:
            return
        index += 1


def _fee(
    account: LeaseAccount, invoice: Invoice, rule: LateFeeRule, period: DateSpan, recorded_at: datetime, taken: int
) -> Invoice | None:
    day_before = period.start - timedelta(days=1)
    overdue = next(
        (it.outstanding for it in account.open_invoices(day_before) if it.invoice.invoice_id == invoice.invoice_id),
        None,
    )
    if overdue is None:
        return None
    minor = rule.flat.amount_minor if rule.flat is not None else _share(overdue, rule.basis_points)
    if rule.cap is not None:
        minor = min(minor, rule.cap.amount_minor - taken)
    if minor <= 0:
        return None
    lease = account.lease
    invoice_id = invoice_id_of(lease.portfolio_id, lease.lease_id, period, InvoiceKind.LATE_FEE, invoice.invoice_id)
    text = f"Late fee on {invoice.number or invoice.invoice_id}"
    line = InvoiceLine(LineId(f"{invoice_id}.0"), ChargeKind.LATE_FEE, Money(minor, lease.currency), period, None, text)
    return Invoice(
        invoice_id,
        lease.portfolio_id,
        lease.lease_id,
        InvoiceKind.LATE_FEE,
        period,
        period.start,
        period.start,
        recorded_at,
        (line,),
        subject=invoice.invoice_id,
    )


def _share(amount: Money, basis_points: int) -> int:
    return round_half_up(amount.amount_minor * basis_points, 10_000)
