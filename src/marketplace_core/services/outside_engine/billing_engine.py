"""An outside engine behind the billing engine's port: what it billed, and what it would bill."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import date, datetime

from attrs import evolve, frozen
from typing_extensions import override

from marketplace_core.domain.billing import bill, periods_beginning_in
from marketplace_core.domain.days import ONE_DAY, DateSpan, billing_period_containing
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import Invoice, InvoiceKind, StandingKey
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.outside_engine.groups import Group
from marketplace_core.domain.outside_engine.records import (
    AccountKey,
    ItemKind,
    TheirBooks,
    TheirInvoice,
    TheirInvoiceStatus,
    TheirItem,
)
from marketplace_core.domain.outside_engine.their_papers import recurring_invoice
from marketplace_core.errors import NotFound
from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.ports.outside_engine.engine_reading import EngineReading


@frozen
class OutsideBilling(BillingEngine):
    """Recurring charges as the engine has them, billed already or previewed; deposits and one-offs by our own rules.

    ``NotFound`` for a lease that is billed and has no account there yet. An invoice that was billed is of the day on
    which it was; a previewed one of the first day that it covers.
    """

    reading: EngineReading

    @override
    def invoices(
        self,
        lease: Lease,
        window: DateSpan,
        recorded_at: datetime,
        billed_charges: AbstractSet[ChargeId] = frozenset(),
        standing: AbstractSet[StandingKey] = frozenset(),
    ) -> tuple[Invoice, ...]:
        if not lease.is_billable:
            return ()
        key = AccountKey(lease.portfolio_id, lease.lease_id)
        theirs = self.reading.books_of(key)
        if theirs is None:
            raise NotFound(f"lease {lease.lease_id} has no account in the billing engine yet: synchronise it first")
        until = _last_day(lease, window)
        previewed = self.reading.preview(theirs.account.account_id, until)
        groups = _by_period(lease, theirs, previewed)
        ours = bill(lease, window, recorded_at, billed_charges, standing)
        return tuple(_as_theirs(lease, ours, groups, recorded_at))


def _last_day(lease: Lease, window: DateSpan) -> date:
    """The last day on which a period that begins in the window begins."""
    starts = [covered.start for _, covered in periods_beginning_in(lease, window)]
    return max(starts, default=window.end - ONE_DAY)


def _by_period(lease: Lease, theirs: TheirBooks, previewed: tuple[TheirItem, ...]) -> dict[DateSpan, list[Group]]:
    """Recurring items and repairs by billing period: those of invoices that count, then those to come."""
    found: dict[DateSpan, list[Group]] = {}
    for invoice in theirs.invoices:
        if invoice.status is TheirInvoiceStatus.COMMITTED:
            for item in invoice.items:
                _add(lease, found, invoice, item)
    for item in previewed:
        if item.span is not None:
            _add(lease, found, _to_come(theirs, item), item)
    return found


def _add(lease: Lease, found: dict[DateSpan, list[Group]], invoice: TheirInvoice, item: TheirItem) -> None:
    if item.kind in (ItemKind.RECURRING, ItemKind.REPAIR) and item.span is not None:
        period = billing_period_containing(item.span.start, lease.billing_day)
        found.setdefault(period, []).append(Group(item.item_id, invoice, (item,), period))


def _to_come(theirs: TheirBooks, item: TheirItem) -> TheirInvoice:
    """The invoice that a previewed item would stand on."""
    assert item.span is not None  # noqa: S101 - the caller looked
    account, status = theirs.account.account_id, TheirInvoiceStatus.DRAFT
    return TheirInvoice("", account, "", status, item.span.start, item.amount, item.amount, (item,))


def _as_theirs(
    lease: Lease, ours: tuple[Invoice, ...], groups: dict[DateSpan, list[Group]], recorded_at: datetime
) -> Iterator[Invoice]:
    """Our own invoices, the recurring lines of each period by theirs; what rides on ours keeps riding."""
    once = {it.charge_id for it in lease.one_off_charges}
    for invoice in ours:
        if invoice.kind is not InvoiceKind.RECURRING:
            yield invoice
            continue
        riding = tuple(line for line in invoice.lines if line.charge_id in once)
        theirs = recurring_invoice(lease, invoice.period, groups.get(invoice.period, []), recorded_at)
        if theirs is not None:
            yield evolve(theirs, lines=(*theirs.lines, *riding))
        elif riding:
            yield evolve(invoice, lines=riding)
