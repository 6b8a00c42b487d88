"""Which sets of open invoices explain a payment's amount."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from marketplace_core.domain.identifiers import InvoiceId, LeaseId
from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.deciding.effect import named_invoices
from marketplace_core.domain.reconciliation.deciding.sets import SetSearch, find_sets
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind
from marketplace_core.domain.reconciliation.inputs import OpenInvoice, UnappliedPayment
from marketplace_core.domain.reconciliation.limits import INVOICES_MOST, SIDES_MOST, STATES_MOST, SearchBound
from marketplace_core.domain.reconciliation.rules import Rule


def explaining_sets(
    rule: Rule,
    payment: UnappliedPayment,
    tied: Sequence[LeaseId],
    usable: dict[LeaseId, tuple[Evidence, ...]],
    books: Books,
) -> SetSearch:
    """The sets of the tied leases' open invoices that explain the amount.

    Where the payer named invoices, only those count. Where each lease was named by a text of its own, a set must
    touch each of them. A tolerance is used only within one lease, and only where no exact set exists.
    """
    by_number = any(criterion.kind is EvidenceKind.INVOICE_NUMBER for criterion in rule.criteria)
    pool: list[OpenInvoice] = []
    for lease_id in tied:
        invoices = books.open_invoices(lease_id)
        pool += named_invoices(lease_id, invoices, usable[lease_id]) if by_number else invoices
    minor = payment.unapplied.amount_minor
    search = find_sets(pool, minor, minor)
    tolerance = rule.tolerance
    if (
        not search.sets
        and search.bound.complete
        and len(tied) == 1
        and tolerance is not None
        and tolerance.currency == payment.unapplied.currency
    ):
        search = find_sets(pool, minor + 1, minor + tolerance.amount_minor)
    if len(tied) > 1 and _each_named(rule, tied, usable):
        touching = tuple(one for one in search.sets if len(by_lease_of(one, books)) == len(tied))
        return SetSearch(touching, search.bound)
    return search


def sets_anywhere(payment: UnappliedPayment, books: Books) -> SetSearch:
    """The sets that explain the amount, whoever paid: any in a small portfolio, one invoice each in a large one."""
    minor, currency = payment.unapplied.amount_minor, payment.unapplied.currency
    pool = books.open_in(currency.code)
    if len(pool) <= INVOICES_MOST:
        return find_sets(pool, minor, minor)
    leases = books.amounts.get((minor, currency.code), ())
    single = [
        next(one.invoice_id for one in books.open_invoices(lease) if one.open_amount.amount_minor == minor)
        for lease in (leases if len(leases) <= SIDES_MOST else ())
    ]
    bound = SearchBound(len(pool), INVOICES_MOST, STATES_MOST, complete=False)
    return SetSearch(tuple((one,) for one in single), bound)


def _each_named(rule: Rule, tied: Sequence[LeaseId], usable: dict[LeaseId, tuple[Evidence, ...]]) -> bool:
    """True where no text that met the rule's first criterion speaks for two of the leases."""
    texts = [{piece.seen for piece in usable[lease_id] if rule.identity[0].is_met_by(piece)} for lease_id in tied]
    return len(set[str]().union(*texts)) >= len(tied) and all(
        not one & other for place, one in enumerate(texts) for other in texts[place + 1 :]
    )


def by_lease_of(invoice_ids: Iterable[InvoiceId], books: Books) -> dict[LeaseId, list[OpenInvoice]]:
    """The invoices by lease, in the leases' order."""
    found: dict[LeaseId, list[OpenInvoice]] = {}
    for invoice in sorted((books.invoice(one) for one in invoice_ids), key=lambda one: (one.lease_id, one.order)):
        found.setdefault(invoice.lease_id, []).append(invoice)
    return found


def days_from_due(payment: UnappliedPayment, invoices: Iterable[OpenInvoice]) -> tuple[int, date]:
    """How many days the value date is from the nearest due date, and that date, the earlier of two as near."""
    return min((abs((payment.value_date - one.due_date).days), one.due_date) for one in invoices)


def is_due(rule: Rule, payment: UnappliedPayment, invoice_ids: Iterable[InvoiceId], books: Books) -> bool:
    """True where the rule does not ask for it, or each lease of the set has an invoice due near the value date."""
    if all(criterion.kind is not EvidenceKind.DUE for criterion in rule.criteria):
        return True
    return all(
        days_from_due(payment, invoices)[0] <= books.rules.due_days
        for invoices in by_lease_of(invoice_ids, books).values()
    )
