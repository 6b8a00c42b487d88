"""The native billing engine: which invoices a lease gets for a window of days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from marketplace_core.domain.charge import ChargeKind, OneOffCharge, RecurringCharge
from marketplace_core.domain.days import DateSpan, anchored, billing_period_containing, one_day
from marketplace_core.domain.identifiers import ChargeId, InvoiceId, LineId
from marketplace_core.domain.invoice import Invoice, InvoiceKind, InvoiceLine, StandingKey, invoice_id_of
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money
from marketplace_core.domain.proration import prorate

_RECURRING: Final = InvoiceKind.RECURRING
"""Bound once: to look a member up on its class costs as much as a call, for each invoice of a run."""

_OF_PERIODS: Final = (InvoiceKind.RECURRING, InvoiceKind.DEPOSIT)


def bill(
    lease: Lease,
    window: DateSpan,
    recorded_at: datetime,
    billed_charges: AbstractSet[ChargeId] = frozenset(),
    standing: AbstractSet[StandingKey] = frozenset(),
) -> tuple[Invoice, ...]:
    """The invoices still to issue of every billing period whose covered days begin in the window, without numbers.

    Pure: the same arguments give the same invoices, ids included. What is in ``standing`` (the keys of the lease's
    non-void invoices) stands and gets no other. A first period brings the deposit's own invoice. One-off charges not
    in ``billed_charges`` ride on the first invoice to issue that begins on or after their day; where the lease ends
    before another begins, they get one of their own, in the window of their day or the first one billed after it.
    Rent changes take effect on their day; what costs nothing gets no invoice.
    """
    if not lease.is_billable:
        return ()
    invoices: list[Invoice] = []
    waiting = [charge for charge in lease.one_off_charges if charge.charge_id not in billed_charges]
    deposit = lease.deposit
    for period, covered in periods_beginning_in(lease, window):
        due = due_date(covered.start, lease.due_day)
        if (
            deposit is not None
            and covered.start == lease.start
            and _brings_deposit(lease)
            and (InvoiceKind.DEPOSIT, period.start, "") not in standing
        ):
            invoices.append(_deposit_invoice(lease, period, covered, due, recorded_at))
        if standing and (_RECURRING, period.start, "") in standing:
            continue
        invoice_id = invoice_id_of(lease.portfolio_id, lease.lease_id, period, _RECURRING)
        lines = _recurring_lines(invoice_id, lease, period, covered)
        if waiting:
            lines += _one_off_lines(invoice_id, waiting, covered)
        minor = 0
        for line in lines:
            minor += line.amount.amount_minor
        if minor > 0:
            waiting = [charge for charge in waiting if charge.charged_on > covered.start]
            invoices.append(
                Invoice(
                    invoice_id,
                    lease.portfolio_id,
                    lease.lease_id,
                    _RECURRING,
                    period,
                    covered.start,
                    due,
                    recorded_at,
                    tuple(lines),
                )
            )
    if waiting:
        invoices.extend(_after_the_last_period(lease, window, waiting, recorded_at))
    return tuple(invoices)


def _after_the_last_period(
    lease: Lease, window: DateSpan, waiting: Iterable[OneOffCharge], recorded_at: datetime
) -> Iterator[Invoice]:
    """An invoice for each charge that no further period of an ending lease takes."""
    if lease.end is None:
        return
    last = billing_period_containing(lease.end - timedelta(days=1), lease.billing_day)
    begun = max(lease.start, last.start)
    for charge in waiting:
        day = max(charge.charged_on, window.start)
        issued_on = day if day > begun else last.end
        if window.start <= issued_on < window.end:
            yield invoice_one_off(lease, charge, recorded_at, issued_on)


def standing_in(lease: Lease, window: DateSpan, standing: Iterable[StandingKey]) -> frozenset[StandingKey]:
    """The keys of rent and deposit for billing periods whose covered days begin in the window."""
    start = lease.start
    return frozenset(
        [key for key in standing if key[0] in _OF_PERIODS and window.start <= max(key[1], start) < window.end]
    )


def periods_beginning_in(lease: Lease, window: DateSpan) -> Iterator[tuple[DateSpan, DateSpan]]:
    """Each billing period with the days of it that the lease covers, where those days begin in the window."""
    start, end = lease.start, lease.end
    day = max(window.start, start)
    if day >= window.end or (end is not None and end <= window.start):
        return
    period = billing_period_containing(day, lease.billing_day)
    while True:
        covered_start = max(start, period.start)
        covered_end = period.end if end is None or period.end < end else end
        if covered_start >= covered_end:
            return
        if window.start <= covered_start < window.end:
            whole = covered_start == period.start and covered_end == period.end
            yield period, (period if whole else DateSpan(covered_start, covered_end))
        if period.end >= window.end:
            return
        period = billing_period_containing(period.end, lease.billing_day)


@lru_cache(maxsize=4096)
def due_date(covered_start: date, due_day: int | None) -> date:
    """The first due day on or after the covered start; without one, the covered start."""
    if due_day is None:
        return covered_start
    due = anchored(covered_start.year, covered_start.month, due_day)
    return due if due >= covered_start else anchored(covered_start.year, covered_start.month + 1, due_day)


def invoice_one_off(
    lease: Lease, charge: OneOffCharge, recorded_at: datetime, issued_on: date | None = None
) -> Invoice:
    """An invoice of its own for one charge, without waiting for the next period; issued on its day, or later."""
    issue_date = issued_on or charge.charged_on
    period, day = one_day(issue_date), one_day(charge.charged_on)
    invoice_id = invoice_id_of(lease.portfolio_id, lease.lease_id, period, InvoiceKind.ONE_OFF, charge.charge_id)
    line = InvoiceLine(_line_id(invoice_id, 0), charge.kind, charge.amount, day, charge.charge_id, charge.description)
    due = due_date(issue_date, lease.due_day)
    return Invoice(
        invoice_id,
        lease.portfolio_id,
        lease.lease_id,
        InvoiceKind.ONE_OFF,
        period,
        issue_date,
        due,
        recorded_at,
        (line,),
        subject=charge.charge_id,
    )


def _brings_deposit(lease: Lease) -> bool:
    """Where another system billed the lease's beginning, it billed the deposit."""
    if lease.billed_from is not None and lease.start < lease.billed_from:
        return False
    return lease.deposit is not None and lease.deposit.is_positive


def _line_id(invoice_id: InvoiceId, index: int) -> LineId:
    return LineId(f"{invoice_id}.{index}")


def _recurring_lines(invoice_id: InvoiceId, lease: Lease, period: DateSpan, covered: DateSpan) -> list[InvoiceLine]:
    """A line for each part of a charge; a whole period at one rate costs exactly that rate."""
    lines: list[InvoiceLine] = []
    charges = lease.charges if lease.escalation is None else lease.escalated(covered.end)
    for charge in charges:
        rates = charge.rates
        if len(rates) == 1 and covered is period and charge.starts_on is None and charge.ends_on is None:
            parts: Iterable[tuple[Money, DateSpan]] = ((rates[0].amount, period),)
        else:
            prorated = prorate(period, tuple(stretches(charge, covered)), lease.proration)
            parts = [(part.amount, part.span) for part in prorated]
        for amount, span in parts:
            if amount.amount_minor:
                line_id = _line_id(invoice_id, len(lines))
                lines.append(InvoiceLine(line_id, charge.kind, amount, span, charge.charge_id, charge.description))
    return lines


def stretches(charge: RecurringCharge, covered: DateSpan) -> Iterable[tuple[DateSpan, Money]]:
    """The covered days of a charge cut where its rate changes; the first rate also holds before its day."""
    span = covered.intersection(charge.starts_on or covered.start, charge.ends_on)
    if span is None:
        return
    rates = charge.rates
    for index, rate in enumerate(rates):
        begins = span.start if index == 0 else rate.effective_from
        stops = rates[index + 1].effective_from if index + 1 < len(rates) else None
        if stops is not None and stops <= begins:
            continue
        stretch = span.intersection(begins, stops)
        if stretch is not None:
            yield stretch, rate.amount


def _one_off_lines(invoice_id: InvoiceId, waiting: Iterable[OneOffCharge], covered: DateSpan) -> Iterator[InvoiceLine]:
    for charge in waiting:
        if charge.charged_on <= covered.start:
            day = one_day(charge.charged_on)
            line_id = LineId(f"{invoice_id}.once-{charge.charge_id}")
            yield InvoiceLine(line_id, charge.kind, charge.amount, day, charge.charge_id, charge.description)


def _deposit_invoice(lease: Lease, period: DateSpan, covered: DateSpan, due: date, recorded_at: datetime) -> Invoice:
    assert lease.deposit is not None  # noqa: S101 - the caller looked
    invoice_id = invoice_id_of(lease.portfolio_id, lease.lease_id, period, InvoiceKind.DEPOSIT)
    line = InvoiceLine(_line_id(invoice_id, 0), ChargeKind.DEPOSIT, lease.deposit, covered, None, "Deposit")
    return Invoice(
        invoice_id,
        lease.portfolio_id,
        lease.lease_id,
        InvoiceKind.DEPOSIT,
        period,
        covered.start,
        due,
        recorded_at,
        (line,),
    )
