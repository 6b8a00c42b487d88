"""What-if over lease terms: which invoices and amounts would be other, before anything is."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import date, datetime

from attrs import evolve, frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.billing import bill, standing_in
from marketplace_core.domain.days import ONE_DAY, DateSpan
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money


@frozen
class InvoiceChange:
    """One period's invoice as it is and as it would be; None where there is, or would be, none."""

    before: Invoice | None
    after: Invoice | None

    @property
    def difference_minor(self) -> int:
        """How much more would be billed, in minor units."""
        after = self.after.amount.amount_minor if self.after else 0
        return after - (self.before.amount.amount_minor if self.before else 0)


@frozen
class WhatIf:
    """Every invoice of the window that would differ, and the sum of the differences."""

    changes: tuple[InvoiceChange, ...]
    difference: Money


def what_if_lease(
    now: Lease,
    changed: Lease,
    window: DateSpan,
    recorded_at: datetime,
    issued: Iterable[Invoice] = (),
) -> WhatIf:
    """Bill a lease as it is and as changed (new rent, billing day, end, …) over a window, and compare.

    ``issued`` are invoices that stand already; those of the window's periods, of rent and deposit, are immutable, so
    they are the first book's for their key, and a difference to them says what a credit note or reissue would have to
    be. Charges that any of them has are billed, whatever the terms: each stays where it is. Fees, charges billed by
    themselves and the like follow from no terms, so they are in neither book.
    """
    standing = list(issued)
    keys = standing_in(now, window, (it.key_of_lease for it in standing))
    stand = {it.key: it for it in standing if it.key_of_lease in keys}
    once = {charge.charge_id for charge in (*now.one_off_charges, *changed.one_off_charges)}
    lines = (line.charge_id for it in standing for line in it.lines)
    billed = {charge_id for charge_id in lines if charge_id is not None and charge_id in once}
    before = {it.key: it for it in bill(now, window, recorded_at, billed, keys)} | stand
    after = {it.key: it for it in bill(changed, window, recorded_at, billed, keys)}
    terms = {it.key: it for it in bill(evolve(changed, one_off_charges=()), window, recorded_at)}
    for key, it in stand.items():
        other = _otherwise(it, terms.get(key), once)
        if other is not None:
            after[key] = other
    changes: list[InvoiceChange] = []
    for key in sorted({*before, *after}, key=lambda key: (key[1], key[2], key[3])):
        change = InvoiceChange(before.get(key), after.get(key))
        if _shape(change.before) != _shape(change.after):
            changes.append(change)
    return WhatIf(tuple(changes), Money(sum(it.difference_minor for it in changes), now.currency))


def _otherwise(stands: Invoice, terms: Invoice | None, once: Container[ChargeId | None]) -> Invoice | None:
    """A standing invoice by other terms: with the charges that it has, and not issued before it was."""
    charges = tuple(line for line in stands.lines if line.charge_id in once)
    if terms is None:
        return evolve(stands, lines=charges) if charges else None
    day = max(terms.issue_date, stands.issue_date)
    return evolve(terms, lines=terms.lines + charges, issue_date=day, due_date=max(terms.due_date, day))


@frozen
class BilledOtherwise:
    """A standing invoice whose recurring charges are not what the lease's terms now give; both in the lease's currency.

    ``billed`` is what is billed and not credited, ``due`` what billing would give; the deposit and one-offs aside.
    """

    invoice: Invoice
    billed: Money
    due: Money


def billed_otherwise(account: LeaseAccount, before: Lease, after: Lease) -> tuple[BilledOtherwise, ...]:
    """Which standing invoices a change of terms makes wrong: more is owed for their period now, or less.

    An issued invoice is immutable, so a change of terms leaves it as it is: what is too much needs a credit note,
    and what is too little a void and another run.
    """
    issued = [it for it in account.standing_invoices() if it.kind is InvoiceKind.RECURRING]
    if not issued:
        return ()
    days = [it.period.start for it in issued]
    window = DateSpan(min(days), max(it.period.end for it in issued))
    then, now = (
        {it.key: it for it in bill(evolve(lease, one_off_charges=()), window, issued[0].recorded_at)}
        for lease in (before, after)
    )
    once = {charge.charge_id for charge in before.one_off_charges}
    found: list[BilledOtherwise] = []
    for invoice in sorted(issued, key=lambda it: (it.period.start, it.invoice_id)):
        due = _minor(now.get(invoice.key))
        if due == _minor(then.get(invoice.key)):
            continue
        billed = sum(line.amount.amount_minor for line in invoice.lines if line.charge_id not in once)
        billed -= sum(it.amount.amount_minor for it in account.credit_notes if it.invoice_id == invoice.invoice_id)
        if billed != due:
            found.append(BilledOtherwise(invoice, Money(billed, invoice.currency), Money(due, invoice.currency)))
    return tuple(found)


def left_unbilled(
    account: LeaseAccount, before: Lease, after: Lease, until: date, recorded_at: datetime
) -> tuple[Invoice, ...]:
    """What a change of terms makes owed for periods begun by a day that have no invoice, without numbers.

    A lease that is renewed, or made active, after its months were billed without it: no later run comes back to them.
    Charges that are once aside, for the next run takes them.
    """
    if until < after.start:
        return ()
    window, standing = DateSpan(after.start, until + ONE_DAY), account.standing_keys()
    then, now = (
        bill(evolve(lease, one_off_charges=()), window, recorded_at, standing=standing) for lease in (before, after)
    )
    known = {it.key for it in then}
    return tuple(it for it in now if it.key not in known)


def _minor(invoice: Invoice | None) -> int:
    return invoice.amount.amount_minor if invoice else 0


def _shape(invoice: Invoice | None) -> object:
    """What a tenant would notice of an invoice."""
    if invoice is None:
        return None
    lines = tuple((line.kind, line.amount, line.span) for line in invoice.lines)
    return (invoice.issue_date, invoice.due_date, lines)
