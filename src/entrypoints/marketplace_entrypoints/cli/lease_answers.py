"""How a lease is told, and a word on invoices that its terms no longer fit."""

from __future__ import annotations

from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money
from marketplace_core.domain.what_if import BilledOtherwise
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.parameters import Act
from marketplace_entrypoints.cli.session import Session


def rent_of(lease: Lease) -> Money:
    """The rent that was agreed last."""
    rents = [charge.rates[-1].amount for charge in lease.charges if charge.kind is ChargeKind.RENT]
    return rents[0] if rents else Money.zero(lease.currency)


def plain_lease(lease: Lease, unit: str = "", tenant: str = "") -> plain.Plain:
    """A lease as JSON has it."""
    return {
        "lease": lease.lease_id,
        "unit": unit,
        "tenant": tenant,
        "status": lease.status.value,
        "from": plain.day(lease.start),
        "to": plain.day(lease.end),
        "billing_day": lease.billing_day,
        "rent": plain.money(rent_of(lease)),
        "reference": lease.reference,
        "version": lease.version,
    }


def answer_lease(here: Session, act: Act, lease: Lease, verb: str, otherwise: tuple[BilledOtherwise, ...] = ()) -> int:
    """What was done to a lease, and which standing invoices its terms no longer give."""
    told = {
        **plain_lease(lease),
        "billed_otherwise": [
            {
                "invoice": it.invoice.invoice_id,
                "number": it.invoice.number,
                "billed": plain.money(it.billed),
                "due": plain.money(it.due),
            }
            for it in otherwise
        ],
        "dry_run": act.dry_run,
    }
    words = f"{'Would ' if act.dry_run else 'Done: '}{verb} lease {lease.lease_id}, reference {lease.reference}"
    return here.answer(told, words, *(_words(it) for it in otherwise))


def _words(it: BilledOtherwise) -> str:
    name = f"invoice {it.invoice.number} for {it.invoice.period}"
    if it.billed > it.due:
        extra = it.billed - it.due
        return (
            f"needs a person: {name} stands at {it.billed}, the terms now give {it.due}: "
            f"marketplace invoices credit {it.invoice.number} {extra.plain()} --reason TEXT"
        )
    return (
        f"needs a person: {name} stands at {it.billed}, the terms now give {it.due}: "
        f"void it (marketplace invoices void {it.invoice.number} --reason TEXT) and bill its month again"
    )
