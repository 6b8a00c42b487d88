"""What an outside engine billed by itself, and what people charged there: grouped as our papers are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from marketplace_core.domain.charge import OneOffCharge
from marketplace_core.domain.days import DateSpan, billing_period_containing
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.outside_engine.records import ItemKind, TheirInvoice, TheirInvoiceStatus, TheirItem
from marketplace_core.domain.outside_engine.sight import Sight


@frozen
class Group:
    """Items of one invoice there that become one paper here, or change one.

    Those of one billing period, with what rides on them; or, without a ``period``, one item alone: a charge made
    there, or one of ours (``rides``) that rode on nothing. ``external_id`` names the group in links.
    """

    external_id: str
    invoice: TheirInvoice
    items: tuple[TheirItem, ...]
    period: DateSpan | None = None
    rides: Mapping[str, OneOffCharge] = {}

    @property
    def stands(self) -> bool:
        """True where its invoice counts."""
        return self.invoice.status is TheirInvoiceStatus.COMMITTED

    @property
    def minor(self) -> int:
        """What it asks for, below zero where it gives back, in minor units."""
        return sum(it.amount.amount_minor for it in self.items)


def groups_of(sight: Sight) -> tuple[Group, ...]:
    """Every group there but of drafts, void ones with them, in the order in which their invoices were made."""
    rides = _riding(sight)
    found: list[Group] = []
    for invoice in sorted(sight.theirs.invoices, key=invoice_order):
        if invoice.status is not TheirInvoiceStatus.DRAFT:
            found.extend(_groups_on(sight, invoice, rides))
    return tuple(found)


def invoice_order(invoice: TheirInvoice) -> tuple[object, int, str, str]:
    """By day, then by number as people count."""
    return (invoice.issued_on, len(invoice.number), invoice.number, invoice.invoice_id)


def _riding(sight: Sight) -> dict[str, OneOffCharge]:
    """The charge of each riding item; the first that counts of each charge, but none of what our own invoice has."""
    own = {
        line.charge_id
        for invoice in sight.account.standing_invoices()
        if invoice.invoice_id not in sight.ingested
        for line in invoice.lines
    }
    rides: dict[str, OneOffCharge] = {}
    for charge in sight.account.lease.one_off_charges:
        counted = False
        for placed in sight.placed("rides", charge.charge_id):
            if placed.stands and (counted or charge.charge_id in own):
                continue
            counted = counted or placed.stands
            rides[placed.item.item_id] = charge
    return rides


def _groups_on(sight: Sight, invoice: TheirInvoice, rides: Mapping[str, OneOffCharge]) -> Iterator[Group]:
    periods: dict[DateSpan, list[TheirItem]] = {}
    alone: list[TheirItem] = []
    riding: list[TheirItem] = []
    for item in invoice.items:
        if item.kind in (ItemKind.RECURRING, ItemKind.REPAIR):
            day = invoice.issued_on if item.span is None else item.span.start
            period = billing_period_containing(day, sight.account.lease.billing_day)
            periods.setdefault(period, []).append(item)
        elif item.item_id in rides:
            riding.append(item)
        elif item.kind is ItemKind.CHARGE and not item.marker:
            alone.append(item)
    bearer = _bearer(periods)
    if bearer is None:
        alone.extend(riding)
    else:
        periods[bearer].extend(riding)
    for at, period in enumerate(sorted(periods)):
        external = invoice.invoice_id if at == 0 else f"{invoice.invoice_id}/{period.start.isoformat()}"
        yield Group(external, invoice, tuple(periods[period]), period, rides)
    for item in alone:
        yield Group(f"{invoice.invoice_id}/{item.item_id}", invoice, (item,), None, rides)


def _bearer(periods: Mapping[DateSpan, list[TheirItem]]) -> DateSpan | None:
    """The last period that is billed for itself; else the last one."""
    billed = [it for it, items in periods.items() if sum(item.amount.amount_minor for item in items) > 0]
    return max(billed or periods, default=None)


def subject_of(group: Group) -> str:
    """The matter that a group belongs to: its period, or itself where it is of none."""
    return group.external_id if group.period is None else f"period:{group.period.start.isoformat()}"


def charge_kind_ids(group: Group) -> set[ChargeId]:
    """The one-off charges that it bears."""
    return {group.rides[it.item_id].charge_id for it in group.items if it.item_id in group.rides}
