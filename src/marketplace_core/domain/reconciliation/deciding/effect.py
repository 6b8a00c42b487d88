"""What a slice is expected to pay: what the payer named, then oldest due first, the rest as credit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from marketplace_core.domain.identifiers import InvoiceId, LeaseId
from marketplace_core.domain.money import Money
from marketplace_core.domain.reconciliation.certificate import Arithmetic, EffectLine, Slice
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind
from marketplace_core.domain.reconciliation.inputs import OpenInvoice
from marketplace_core.domain.reconciliation.reading import invoice_number_key


def named_invoices(
    lease_id: LeaseId, invoices: Sequence[OpenInvoice], evidence: Iterable[Evidence]
) -> list[OpenInvoice]:
    """The lease's open invoices that the payer named by number, oldest due first."""
    numbers = {
        invoice_number_key(piece.seen)
        for piece in evidence
        if piece.kind is EvidenceKind.INVOICE_NUMBER and piece.lease_id == lease_id
    }
    return [invoice for invoice in invoices if numbers and invoice_number_key(invoice.number) in numbers]


def pinned_slice(lease_id: LeaseId, amount: Money, named: Sequence[OpenInvoice]) -> Slice:
    """The slice with pins on what was named, in that order, no more than is open."""
    pins = _take(amount.amount_minor, named)
    return Slice(lease_id, amount, tuple((invoice_id, Money(minor, amount.currency)) for invoice_id, minor in pins))


def _take(left: int, invoices: Sequence[OpenInvoice]) -> list[tuple[InvoiceId, int]]:
    taken: list[tuple[InvoiceId, int]] = []
    for invoice in invoices:
        if not left:
            break
        part = min(left, invoice.open_amount.amount_minor)
        taken.append((invoice.invoice_id, part))
        left -= part
    return taken


def arithmetic_of(
    unapplied: Money, slices: Sequence[Slice], open_invoices: dict[LeaseId, list[OpenInvoice]], tolerance: Money | None
) -> Arithmetic:
    """The expected effect of slices on the open invoices, oldest due first after the pins, lease by lease.

    What an invoice is left short of is written off where it lies within what remains of the rule's tolerance.
    """
    currency = unapplied.currency
    forgivable = tolerance.amount_minor if tolerance is not None and tolerance.currency == currency else 0
    lines: list[EffectLine] = []
    taken_minor = off_minor = 0
    for part in slices:
        invoices = open_invoices.get(part.lease_id, [])
        taken = _taken(part, invoices)
        for invoice in invoices:
            takes = taken.get(invoice.invoice_id, 0)
            if takes:
                short = invoice.open_amount.amount_minor - takes
                off = short if short <= forgivable - off_minor else 0
                taken_minor += takes
                off_minor += off
                lines.append(
                    EffectLine(invoice.invoice_id, invoice.open_amount, Money(takes, currency), Money(off, currency))
                )
    return Arithmetic(
        unapplied=unapplied,
        lines=tuple(lines),
        taken=Money(taken_minor, currency),
        written_off=Money(off_minor, currency),
        credit_left=Money(unapplied.amount_minor - taken_minor, currency),
    )


def _taken(part: Slice, invoices: Sequence[OpenInvoice]) -> dict[InvoiceId, int]:
    """What a slice takes of each invoice: its pins, then the oldest due."""
    taken = {invoice_id: amount.amount_minor for invoice_id, amount in part.pins}
    left = part.amount.amount_minor - sum(taken.values())
    for invoice in invoices:
        if left <= 0:
            break
        more = min(left, invoice.open_amount.amount_minor - taken.get(invoice.invoice_id, 0))
        if more > 0:
            taken[invoice.invoice_id] = taken.get(invoice.invoice_id, 0) + more
            left -= more
    return taken
