"""That slices, pins and sums follow from the open invoices: what a side would pay, added up once more.

Shared with deciding is which invoices a named month means (``months``), and how an invoice number is read.
"""

from __future__ import annotations

from marketplace_core.domain.identifiers import InvoiceId
from marketplace_core.domain.money import Money
from marketplace_core.domain.reconciliation.certificate import Side, Slice
from marketplace_core.domain.reconciliation.checking.case import Case, require
from marketplace_core.domain.reconciliation.evidence import EvidenceKind
from marketplace_core.domain.reconciliation.inputs import OpenInvoice
from marketplace_core.domain.reconciliation.months import invoices_of_months, named_months
from marketplace_core.domain.reconciliation.reading import invoice_number_key
from marketplace_core.domain.reconciliation.rules import Rule


def check_slices(case: Case, side: Side) -> None:
    """The slices sum to the payment, in its currency; each lease's pins are what the payer named, oldest due first."""
    unapplied = case.payment.unapplied
    in_currency = all(part.amount.currency == unapplied.currency for part in side.slices)
    require(case, in_currency, "a slice is in another currency")
    whole = sum(part.amount.amount_minor for part in side.slices)
    require(case, whole == unapplied.amount_minor, "the slices do not sum to what is to be applied")
    for part in side.slices:
        left = part.amount.amount_minor
        expected: list[tuple[InvoiceId, Money]] = []
        for one in _named(case, side, part):
            takes = min(left, one.open_amount.amount_minor)
            if takes:
                expected.append((one.invoice_id, Money(takes, unapplied.currency)))
            left -= takes
        require(case, part.pins == tuple(expected), f"the pins of lease {part.lease_id} are not what was named")


def _named(case: Case, side: Side, part: Slice) -> list[OpenInvoice]:
    """The lease's open invoices that the payer named by number, failing that by month."""
    invoices = case.books.open_invoices(part.lease_id)
    numbers = {
        invoice_number_key(piece.seen)
        for piece in side.evidence
        if piece.kind is EvidenceKind.INVOICE_NUMBER and piece.lease_id == part.lease_id
    }
    named = [one for one in invoices if invoice_number_key(one.number) in numbers]
    months = named_months(case.payment.reference_text)
    return named or invoices_of_months(invoices, months, case.payment.value_date)


def check_arithmetic(case: Case, side: Side, rule: Rule) -> None:
    """Each line takes no more than is open, pins first and then oldest due; the sums are right."""
    sums, unapplied = side.arithmetic, case.payment.unapplied
    currency = unapplied.currency
    require(case, sums.unapplied == unapplied, "the payment is of another amount")
    limit = rule.tolerance.amount_minor if rule.tolerance is not None and rule.tolerance.currency == currency else 0
    lines = list(sums.lines)
    forgiven = 0
    for part in side.slices:
        pinned = {invoice_id: amount.amount_minor for invoice_id, amount in part.pins}
        free = part.amount.amount_minor - sum(pinned.values())
        for one in case.books.open_invoices(part.lease_id):
            first = pinned.get(one.invoice_id, 0)
            more = min(free, one.open_amount.amount_minor - first)
            free -= more
            if not first + more:
                continue
            line = lines.pop(0) if lines else None
            short = one.open_amount.amount_minor - first - more
            off = short if forgiven + short <= limit else 0
            forgiven += off
            require(
                case,
                line is not None
                and (line.invoice_id, line.open_amount) == (one.invoice_id, one.open_amount)
                and (line.takes, line.written_off) == (Money(first + more, currency), Money(off, currency)),
                f"the line of invoice {one.invoice_id} does not follow",
            )
    require(case, not lines, "a line is of no slice")
    taken = sum(line.takes.amount_minor for line in sums.lines)
    totals = (Money(taken, currency), Money(forgiven, currency), Money(unapplied.amount_minor - taken, currency))
    require(case, (sums.taken, sums.written_off, sums.credit_left) == totals, "the sums are wrong")
