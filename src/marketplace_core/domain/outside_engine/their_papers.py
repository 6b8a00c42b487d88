"""Papers of ours made from groups of theirs: invoices whose ids derive from periods and from ids there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from attrs import evolve

from marketplace_core.domain.billing import due_date, invoice_one_off
from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.days import DateSpan, one_day
from marketplace_core.domain.identifiers import ChargeId, InvoiceId, LineId
from marketplace_core.domain.invoice import Invoice, InvoiceKind, InvoiceLine, invoice_id_of
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.groups import Group
from marketplace_core.domain.outside_engine.records import TheirItem, charge_of_subscription


class _Part(NamedTuple):
    kind: ChargeKind
    charge_id: ChargeId | None
    minor: int
    span: DateSpan
    words: str


def recurring_invoice(lease: Lease, period: DateSpan, groups: Sequence[Group], recorded_at: datetime) -> Invoice | None:
    """The invoice of a billing period, issued when theirs was; None where nothing is left to ask for."""
    if not groups:
        return None
    parts = [part for group in groups for part in _parts(lease, group)]
    billed = [
        it.span.start for group in groups for it in group.items if it.item_id not in group.rides and it.span is not None
    ]
    issued_on = min(it.invoice.issued_on for it in groups)
    covered = max(period.start, lease.start, min(billed, default=period.start))
    due = max(issued_on, due_date(covered, lease.due_day))
    return _invoice(lease, InvoiceKind.RECURRING, period, "", parts, dates=(issued_on, due), recorded_at=recorded_at)


def adjustment(lease: Lease, group: Group, minor: int, recorded_at: datetime) -> Invoice | None:
    """The invoice of what a later invoice there asks for on top in a period that stands."""
    issued_on = group.invoice.issued_on
    period = group.period or one_day(issued_on)
    due = max(issued_on, due_date(issued_on, lease.due_day))
    parts = list(_parts(lease, group))
    if sum(it.minor for it in parts) != minor:
        words = f"Period from {period.start}: as billed by invoice {group.invoice.number}"
        parts = [_Part(ChargeKind.OTHER, None, minor, period, words)]
    subject = group.invoice.invoice_id
    return _invoice(lease, InvoiceKind.ONE_OFF, period, subject, parts, dates=(issued_on, due), recorded_at=recorded_at)


def charge_alone(lease: Lease, group: Group, recorded_at: datetime) -> Invoice | None:
    """The invoice of one item: a charge of ours that rode on nothing, or one that a person made there."""
    (item,) = group.items
    issued_on = group.invoice.issued_on
    if item.item_id in group.rides:
        charge = group.rides[item.item_id]
        return evolve(
            invoice_one_off(lease, charge, recorded_at, issued_on),
            due_date=max(issued_on, due_date(issued_on, lease.due_day)),
        )
    if not item.amount.is_positive:
        return None
    span = item.span or one_day(issued_on)
    words = item.description or "Charged in the billing engine"
    part = _Part(ChargeKind.OTHER, None, item.amount.amount_minor, span, words)
    due = max(issued_on, due_date(issued_on, lease.due_day))
    dates = (issued_on, due)
    return _invoice(
        lease, InvoiceKind.ONE_OFF, one_day(issued_on), item.item_id, [part], dates=dates, recorded_at=recorded_at
    )


def _invoice(
    lease: Lease,
    kind: InvoiceKind,
    period: DateSpan,
    subject: str,
    parts: Sequence[_Part],
    *,
    dates: tuple[date, date],
    recorded_at: datetime,
) -> Invoice | None:
    left = _positive(parts)
    if not left:
        return None
    invoice_id = invoice_id_of(lease.portfolio_id, lease.lease_id, period, kind, subject)
    lines = tuple(_lines(lease, invoice_id, left))
    issued_on, due = dates
    return Invoice(
        invoice_id,
        lease.portfolio_id,
        lease.lease_id,
        kind,
        period,
        issued_on,
        due,
        recorded_at,
        lines,
        subject=subject,
    )


def _lines(lease: Lease, invoice_id: InvoiceId, parts: Iterable[_Part]) -> Iterator[InvoiceLine]:
    for at, part in enumerate(parts):
        amount = Money(part.minor, lease.currency)
        yield InvoiceLine(LineId(f"{invoice_id}.{at}"), part.kind, amount, part.span, part.charge_id, part.words)


def _parts(lease: Lease, group: Group) -> Iterator[_Part]:
    for item in group.items:
        span = item.span or one_day(group.invoice.issued_on)
        if item.item_id in group.rides:
            charge = group.rides[item.item_id]
            day = one_day(charge.charged_on)
            yield _Part(charge.kind, charge.charge_id, item.amount.amount_minor, day, charge.description)
        else:
            yield _of_charge(lease, item, span)


def _of_charge(lease: Lease, item: TheirItem, span: DateSpan) -> _Part:
    charge_id = charge_of_subscription(item.subscription_key)
    for charge in lease.charges:
        if charge.charge_id == charge_id:
            return _Part(charge.kind, charge_id, item.amount.amount_minor, span, charge.description)
    return _Part(ChargeKind.OTHER, None, item.amount.amount_minor, span, item.description)


def _positive(parts: Sequence[_Part]) -> list[_Part]:
    """The parts as lines above zero: what is given back is taken off its own charge first, then off the others."""
    left = [it for it in parts if it.minor > 0]
    for given in (it for it in parts if it.minor < 0):
        back = -given.minor
        for part in sorted(left, key=lambda it: (it.charge_id != given.charge_id, it.span)):
            taken = min(back, part.minor)
            back -= taken
            left[left.index(part)] = part._replace(minor=part.minor - taken)
        left = [it for it in left if it.minor]
        if back:
            return []
    return left
