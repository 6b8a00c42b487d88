"""What-if over lease terms: which invoices and amounts would be other, before anything is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import frozen

from marketplace_core.domain.billing import bill
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.invoice import Invoice
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

    ``issued`` are invoices that stand already; they are immutable, so they replace what billing would give for
    their key in the first book, and a difference to them says what a credit note or reissue would have to be.
    """
    before = {invoice.key: invoice for invoice in bill(now, window, recorded_at)}
    before.update({it.key: it for it in issued if it.issue_date in window})
    after = {invoice.key: invoice for invoice in bill(changed, window, recorded_at)}
    changes: list[InvoiceChange] = []
    for key in sorted({*before, *after}, key=lambda key: (key[1], key[2], key[3])):
        change = InvoiceChange(before.get(key), after.get(key))
        if _shape(change.before) != _shape(change.after):
            changes.append(change)
    return WhatIf(tuple(changes), Money(sum(it.difference_minor for it in changes), now.currency))


def _shape(invoice: Invoice | None) -> object:
    """What a tenant would notice of an invoice."""
    if invoice is None:
        return None
    lines = tuple((line.kind, line.amount, line.span) for line in invoice.lines)
    return (invoice.issue_date, invoice.due_date, lines)
