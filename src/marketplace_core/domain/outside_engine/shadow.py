"""The same lease billed by both engines: where they differ, and by which documented rule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import accumulate

from attrs import evolve, frozen

from marketplace_core.domain.billing import stretches
from marketplace_core.domain.days import DateSpan, add_months, billing_period_containing
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.lease import Lease, Proration
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.markers import marker_of
from marketplace_core.domain.outside_engine.records import AccountKey, ItemKind, TheirItem, charge_of_subscription
from marketplace_core.domain.proration import prorate


class ShadowRule(StrEnum):
    """Why both engines bill differently, as documented; ``UNEXPLAINED`` is what nobody has explained."""

    ROUNDING = "rounding"
    """The engine multiplies by a factor of 9 places; ours takes differences of cumulative amounts."""
    CONVENTION = "convention"
    """The lease prorates by a convention that the engine does not know."""
    REPAIR = "repair"
    """The engine takes back what it billed before an end or a change; ours lets it stand."""
    ONE_OFF = "one_off"
    """A charge rides on another invoice."""
    AGREED_LATE = "agreed_late"
    """The rate was agreed after the period was billed: what was billed stays, in both books."""
    SHORT_MONTH = "short_month"
    """The engine measures days at the start or end of a lease by the month before or after that day, not by the anchor:
    where a period begins or ends on the last day of a short month, that is another number of days."""
    BILLED_BEFORE = "billed_before"
    """The period was billed here before the engine was switched on: its invoice stands in our books."""
    UNEXPLAINED = "unexplained"


@frozen
class ShadowDifference:
    """What a charge costs in a billing period by ours and by the engine's; ``charge`` is its id, or what it is."""

    lease_id: LeaseId
    period_start: date
    charge: str
    native: Money
    engine: Money
    rule: ShadowRule
    words: str


def shadow(
    lease: Lease,
    window: DateSpan,
    native: Sequence[Invoice],
    engine: Sequence[TheirItem],
    standing: Collection[DateSpan] = (),
) -> tuple[ShadowDifference, ...]:
    """Each charge and period that begins in the window and costs otherwise.

    ``native``: what ours would bill; ``engine``: items billed and previewed; ``standing``: the periods of recurring
    invoices that stand in our books. Without one, a period that the engine does not bill was billed by nobody.
    """
    billed = _native(lease, native)
    items = _engine(lease, engine)
    keys = sorted({*billed, *items}, key=lambda it: (it[0].start, it[1]))
    begins = _begins(items)
    found: list[ShadowDifference] = []
    for period, charge_id in keys:
        if window.start <= max(period.start, lease.start) < window.end:
            ours = billed.get((period, charge_id), 0)
            theirs = items.get((period, charge_id), ())
            was_billed = period in standing and max(period.start, lease.start) < begins
            found.extend(_difference(lease, period, charge_id, ours, theirs, was_billed=was_billed))
    return (*found, *_one_offs(lease, window, native, engine))


def _native(lease: Lease, invoices: Sequence[Invoice]) -> dict[tuple[DateSpan, str], int]:
    """What recurring charges cost by ours, in minor units."""
    charges = {it.charge_id for it in lease.charges}
    billed: dict[tuple[DateSpan, str], int] = {}
    for invoice in invoices:
        for line in invoice.lines if invoice.kind is InvoiceKind.RECURRING else ():
            if line.charge_id in charges:
                key = (invoice.period, str(line.charge_id))
                billed[key] = billed.get(key, 0) + line.amount.amount_minor
    return billed


def _engine(lease: Lease, items: Sequence[TheirItem]) -> dict[tuple[DateSpan, str], tuple[TheirItem, ...]]:
    """The recurring items and repairs of each charge and period, in the order in which they were billed."""
    found: dict[tuple[DateSpan, str], tuple[TheirItem, ...]] = {}
    for item in items:
        if item.kind in (ItemKind.RECURRING, ItemKind.REPAIR) and item.span is not None:
            period = billing_period_containing(item.span.start, lease.billing_day)
            key = (period, str(charge_of_subscription(item.subscription_key) or item.subscription_key))
            found[key] = (*found.get(key, ()), item)
    return found


def _begins(items: dict[tuple[DateSpan, str], tuple[TheirItem, ...]]) -> date:
    """The first day that the engine billed at all."""
    return min((it.span.start for them in items.values() for it in them if it.span is not None), default=date.max)


def _difference(
    lease: Lease, period: DateSpan, charge_id: str, ours: int, items: tuple[TheirItem, ...], *, was_billed: bool
) -> Iterator[ShadowDifference]:
    theirs = sum(it.amount.amount_minor for it in items)
    if ours == theirs:
        return
    rule = _rule(lease, period, charge_id, ours, items, was_billed=was_billed)
    here, there = Money(ours, lease.currency), Money(theirs, lease.currency)
    words = f"Charge {charge_id} from {period.start}: {here} by ours, {there} by the engine ({rule.replace('_', ' ')})"
    yield ShadowDifference(lease.lease_id, period.start, charge_id, here, there, rule, words)


def _rule(
    lease: Lease, period: DateSpan, charge_id: str, ours: int, items: tuple[TheirItem, ...], *, was_billed: bool
) -> ShadowRule:
    """The rule that gives the engine's amount to the cent; for repairs, within the half cents that its items round."""
    theirs = sum(it.amount.amount_minor for it in items)
    if not items and was_billed:
        return ShadowRule.BILLED_BEFORE
    by_terms = ours == _by(lease, period, charge_id, lease.proration)
    by_factor = _by(lease, period, charge_id, Proration.KILLBILL_FACTOR)
    repaired = any(it.kind is ItemKind.REPAIR for it in items)
    half_cents = 11 * len(items) + 10
    if by_terms and (theirs == by_factor or (repaired and abs(theirs - by_factor) * 20 <= half_cents)):
        is_same = lease.proration in (Proration.ACTUAL, Proration.KILLBILL_FACTOR)
        return ShadowRule.ROUNDING if is_same else ShadowRule.CONVENTION
    if repaired and ours in accumulate(it.amount.amount_minor for it in items if it.kind is ItemKind.RECURRING):
        return ShadowRule.REPAIR
    earlier = _before_late_rates(lease, period, charge_id)
    if by_terms and theirs == _by_plain_month(lease, period, charge_id):
        return ShadowRule.SHORT_MONTH
    if by_terms and any(theirs == _by(it, period, charge_id, Proration.KILLBILL_FACTOR) for it in earlier):
        return ShadowRule.AGREED_LATE
    return ShadowRule.UNEXPLAINED


def _by_plain_month(lease: Lease, period: DateSpan, charge_id: str) -> int | None:
    """What days of a period cost by the factor of a month counted from its end, or its begin; None for a whole one."""
    covered = period.intersection(lease.start, lease.end)
    if covered is None:
        return None
    charges = [it for it in lease.escalated(covered.end) if it.charge_id == charge_id]
    spans = [it for charge in charges for it in stretches(charge, covered)]
    if not spans:
        return None
    begins, ends = spans[0][0].start, spans[-1][0].end
    if begins > period.start:
        month = DateSpan(add_months(period.end, -1), period.end)
    elif ends < period.end:
        month = DateSpan(period.start, add_months(period.start, 1))
    else:
        return None
    if begins < month.start or ends > month.end:
        return None
    return sum(it.amount.amount_minor for it in prorate(month, spans, Proration.KILLBILL_FACTOR))


def _before_late_rates(lease: Lease, period: DateSpan, charge_id: str) -> Iterator[Lease]:
    """The lease as it was before its last rates of the period were agreed, one, two or more of them."""
    known = next((it.rates for it in lease.charges if it.charge_id == charge_id), ())
    begun = [it for it in known if it.effective_from < period.end]
    for kept in range(len(begun) - 1, 0, -1):
        rates = (*begun[:kept], *(it for it in known if it not in begun))
        charges = (evolve(it, rates=rates) if it.charge_id == charge_id else it for it in lease.charges)
        yield evolve(lease, charges=tuple(charges))


def _by(lease: Lease, period: DateSpan, charge_id: str, convention: Proration) -> int:
    """What the lease's own terms cost by a convention, in minor units."""
    covered = period.intersection(lease.start, lease.end)
    if covered is None:
        return 0
    parts = (
        part
        for charge in lease.escalated(covered.end)
        if charge.charge_id == charge_id
        for part in prorate(period, tuple(stretches(charge, covered)), convention)
    )
    return sum(part.amount.amount_minor for part in parts)


def _one_offs(
    lease: Lease, window: DateSpan, native: Sequence[Invoice], engine: Sequence[TheirItem]
) -> Iterator[ShadowDifference]:
    """Charges that ours bills in the window and that the engine's items do not bear, or bear otherwise."""
    key = AccountKey(lease.portfolio_id, lease.lease_id)
    riding = {it.marker: it.amount for it in engine if it.kind is ItemKind.CHARGE and it.marker}
    once = {it.charge_id for it in lease.one_off_charges}
    zero = Money.zero(lease.currency)
    for invoice in native:
        for line in invoice.lines:
            if line.charge_id is None or line.charge_id not in once or invoice.issue_date not in window:
                continue
            there = riding.get(marker_of(key, "rides", line.charge_id), zero)
            if there != line.amount:
                words = (
                    f"Charge {line.charge_id}: {line.amount} on invoice {invoice.invoice_id} by ours, {there} there yet"
                )
                rule = ShadowRule.UNEXPLAINED if there else ShadowRule.ONE_OFF
                start = invoice.period.start
                yield ShadowDifference(lease.lease_id, start, line.charge_id, line.amount, there, rule, words)
