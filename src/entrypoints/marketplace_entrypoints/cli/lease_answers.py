"""How a lease is told, and a word on invoices that its terms no longer fit."""

from __future__ import annotations

from datetime import date

from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.what_if import BilledOtherwise, billed_otherwise, left_unbilled
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.parameters import Act
from marketplace_entrypoints.cli.session import Labels, Session
from marketplace_entrypoints.lease_words import last_day_of, rent_of


def plain_lease(lease: Lease, on: date, labels: Labels) -> plain.Plain:
    """A lease as JSON has it."""
    return {
        "lease": lease.lease_id,
        "unit": labels.unit(lease.lease_id),
        "tenant": labels.tenant(lease.lease_id),
        "status": lease.status.value,
        "from": plain.day(lease.start),
        "to": plain.day(last_day_of(lease)),
        "billing_day": lease.billing_day,
        "rent": plain.money(rent_of(lease, on)),
        "reference": lease.reference,
        "version": lease.version,
    }


def answer_lease(
    here: Session,
    act: Act,
    lease: Lease,
    verb: str,
    otherwise: tuple[BilledOtherwise, ...] = (),
    unbilled: tuple[Invoice, ...] = (),
) -> int:
    """What was done to a lease, which standing invoices its terms no longer give, and which past ones they now ask."""
    told = {
        **plain_lease(lease, here.today, here.labels()),
        "billed_otherwise": [
            {
                "invoice": it.invoice.invoice_id,
                "number": it.invoice.number,
                "billed": plain.money(it.billed),
                "due": plain.money(it.due),
            }
            for it in otherwise
        ],
        "left_unbilled": [
            {"period": f"{it.issue_date:%Y-%m}", "kind": it.kind.value, "due": plain.money(it.amount)}
            for it in unbilled
        ],
        "dry_run": act.dry_run,
    }
    words = f"{'Would ' if act.dry_run else 'Done: '}{verb} lease {lease.lease_id}, reference {lease.reference}"
    return here.answer(told, words, *(_words(it) for it in otherwise), *(_left(it) for it in unbilled))


def answer_change(here: Session, act: Act, before: Lease, after: Lease, verb: str) -> int:
    """What was done to a lease's terms, with what its invoices and the terms now say differently."""
    account = here.ports.account(here.portfolio_id, before.lease_id)
    unbilled = left_unbilled(account, before, after, here.today, here.container.clock().now())
    return answer_lease(here, act, after, verb, billed_otherwise(account, before, after), unbilled)


def _left(it: Invoice) -> str:
    return (
        f"needs a person: {it.amount} for {it.period} is on no invoice, and no later run bills it: "
        f"marketplace bill --period {it.issue_date:%Y-%m}"
    )


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
        f"void it (marketplace invoices void {it.invoice.number} --on {it.invoice.issue_date} --reason TEXT) "
        "and bill its month again"
    )
