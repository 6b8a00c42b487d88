"""What the account is still to be asked for: our own invoices, what went out of credit, and what rides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from marketplace_core.domain.charge import OneOffCharge
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.outside_engine.own_papers import awaits_theirs, name_of, own_invoices
from marketplace_core.domain.outside_engine.plan_terms import subscriptions_of, wanted_of
from marketplace_core.domain.outside_engine.records import TheirInvoice, TheirInvoiceStatus
from marketplace_core.domain.outside_engine.sight import Placed, Sight, base_of
from marketplace_core.domain.outside_engine.steps import Charge, VoidInvoice


def plan_charges(sight: Sight) -> Iterator[Charge]:
    """Each standing invoice of ours that was never asked for there, the oldest first."""
    for invoice in sorted(own_invoices(sight), key=lambda it: (it.issue_date, it.invoice_id)):
        is_known = sight.knows("charge", invoice.invoice_id)
        if is_known or sight.account.is_void(invoice.invoice_id) or awaits_theirs(sight, invoice):
            continue
        words = f"{invoice.kind.replace('_', ' ').capitalize()} {name_of(invoice)}"
        yield Charge(sight.marker("charge", invoice.invoice_id), invoice.amount, invoice.issue_date, words)


def plan_uses(sight: Sight) -> Iterator[Charge]:
    """Each refund and move to a deposit that was never told there: it takes the credit away that it went out of."""
    for use in sight.account.uses:
        if use.ended_on is None and not sight.knows("use", use.use_id):
            words = f"{use.kind.replace('_', ' ').capitalize()} of {use.value_date}: {use.reason}"
            yield Charge(sight.marker("use", use.use_id), use.amount, use.value_date, words)


def plan_rides(sight: Sight) -> Iterator[Charge]:
    """Each one-off charge that no invoice has and that the next recurring invoice there is to bring."""
    next_day = next_billing_day(sight)
    if next_day is None:
        return
    for charge in waiting_charges(sight):
        if charge.charged_on <= next_day and not any(_is_live(sight, it) for it in placed_rides(sight, charge)):
            turn = sum(1 for _ in placed_rides(sight, charge))
            marker = sight.marker("rides", charge.charge_id, turn)
            if marker not in sight.sent.done:
                words = charge.description or charge.kind.replace("_", " ").capitalize()
                yield Charge(marker, charge.amount, charge.charged_on, words, rides=True)


def plan_stale_drafts(sight: Sight) -> Iterator[VoidInvoice]:
    """Drafts of nothing but charges that were dropped or billed otherwise: they must not ride.

    One that was a rent's invoice before the engine was restored from a backup is that invoice again with its next run.
    """
    billed = {
        base_of(external)
        for invoice in sight.account.standing_invoices()
        if invoice.kind is InvoiceKind.RECURRING
        for external in sight.ingested.get(invoice.invoice_id, ())
    }
    wanted = {it.charge_id for it in waiting_charges(sight)}
    live = {
        placed.item.item_id
        for charge in sight.account.lease.one_off_charges
        if charge.charge_id in wanted
        for placed in placed_rides(sight, charge)
    }
    for invoice in sight.theirs.invoices:
        is_draft = invoice.status is TheirInvoiceStatus.DRAFT and invoice.invoice_id not in billed
        if is_draft and invoice.items and _is_stale(invoice, live):
            yield VoidInvoice(sight.marker("void", invoice.invoice_id), invoice.invoice_id)


def waiting_charges(sight: Sight) -> list[OneOffCharge]:
    """The lease's one-off charges that no standing invoice has."""
    lease, billed = sight.account.lease, sight.account.billed_charges()
    return [it for it in lease.one_off_charges if it.charge_id not in billed] if lease.is_billable else []


def placed_rides(sight: Sight, charge: OneOffCharge) -> Iterator[Placed]:
    """Where a riding charge stands there, each time that it was sent."""
    return sight.placed("rides", charge.charge_id)


def next_billing_day(sight: Sight) -> date | None:
    """The day of the next recurring invoice there, None where none is to come."""
    days: list[date] = []
    wanted = {it.charge_id: it for it in wanted_of(sight)}
    for charge in sight.account.lease.charges:
        there, terms = subscriptions_of(sight, charge.charge_id), wanted.get(charge.charge_id)
        if terms is None:
            continue
        day = (there[-1].billed_until or there[-1].starts_on) if there else terms.starts_on
        if terms.ends_on is None or day < terms.ends_on:
            days.append(day)
    return min(days, default=None)


def _is_live(sight: Sight, placed: Placed) -> bool:
    """True where it rides or is billed; not on an invoice whose amount was given back instead of being voided."""
    if placed.invoice.status is TheirInvoiceStatus.VOID:
        return False
    return not any(
        sight.account.is_void(invoice_id) and sight.knows("void-credit", invoice_id)
        for invoice_id, externals in sight.ingested.items()
        if any(base_of(it) == placed.invoice.invoice_id for it in externals)
    )


def _is_stale(invoice: TheirInvoice, live: set[str]) -> bool:
    return all(it.marker and it.item_id not in live for it in invoice.items)
