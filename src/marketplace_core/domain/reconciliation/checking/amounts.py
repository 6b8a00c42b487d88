"""Over which open invoices a rule's search goes, and which sets of them explain a payment's amount."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from marketplace_core.domain.identifiers import InvoiceId, LeaseId
from marketplace_core.domain.reconciliation.checking.case import Case, asks, meets, who_paid
from marketplace_core.domain.reconciliation.checking.sets import sets_between
from marketplace_core.domain.reconciliation.evidence import EvidenceKind
from marketplace_core.domain.reconciliation.inputs import OpenInvoice
from marketplace_core.domain.reconciliation.limits import INVOICES_MOST, SIDES_MOST
from marketplace_core.domain.reconciliation.reading import invoice_number_key
from marketplace_core.domain.reconciliation.rules import Rule

_Set = tuple[InvoiceId, ...]


@frozen
class Pool:
    """What a rule's search sees: the invoices, whether it could see every set, and the sets that count, ids sorted."""

    invoices: Sequence[OpenInvoice]
    complete: bool
    sets: tuple[_Set, ...]


def pool_of(case: Case, rule: Rule, leases: Sequence[LeaseId]) -> Pool:
    """The pool for leases that meet the rule's criteria of who paid, or of the whole portfolio where it has none."""
    if not who_paid(rule):
        return _pool_of_all(case, rule)
    invoices = _open_of(case, rule, leases)
    found = _explaining(case, rule, leases, invoices)
    touching = len(leases) if len(leases) > 1 and _are_named_apart(case, rule, leases) else 0
    return Pool(invoices, found is not None, _counting(case, rule, found or [], touching))


def _pool_of_all(case: Case, rule: Rule) -> Pool:
    """Every open invoice of the currency; where these are too many to search, single invoices may still count."""
    invoices = case.books.open_in(case.payment.unapplied.currency.code)
    minor = case.payment.unapplied.amount_minor
    found = sets_between(invoices, minor, minor)
    sets = _single_invoices(case) if len(invoices) > INVOICES_MOST else found or []
    return Pool(invoices, found is not None, _counting(case, rule, sets, 0))


def _open_of(case: Case, rule: Rule, leases: Sequence[LeaseId]) -> list[OpenInvoice]:
    """The leases' open invoices; where the rule asks for a number, those alone that the payer named."""
    invoices = [one for lease_id in leases for one in case.books.open_invoices(lease_id)]
    if not asks(rule, EvidenceKind.INVOICE_NUMBER):
        return invoices
    said = {
        (piece.lease_id, invoice_number_key(piece.seen))
        for lease_id in leases
        for piece in case.claims.by_lease[lease_id]
        if piece.kind is EvidenceKind.INVOICE_NUMBER
    }
    return [one for one in invoices if (one.lease_id, invoice_number_key(one.number)) in said]


def _explaining(
    case: Case, rule: Rule, leases: Sequence[LeaseId], invoices: Sequence[OpenInvoice]
) -> list[_Set] | None:
    """Sets of exactly the amount; failing these, within one lease, of up to the rule's tolerance more."""
    unapplied, tolerance = case.payment.unapplied, rule.tolerance
    minor = unapplied.amount_minor
    exact = sets_between(invoices, minor, minor)
    if exact == [] and len(leases) == 1 and tolerance is not None and tolerance.currency == unapplied.currency:
        return sets_between(invoices, minor + 1, minor + tolerance.amount_minor)
    return exact


def _are_named_apart(case: Case, rule: Rule, leases: Sequence[LeaseId]) -> bool:
    """True where no text that meets the rule's first criterion speaks for two of the leases."""
    first = who_paid(rule)[0]
    texts = [{piece.seen for piece in case.claims.by_lease[one] if meets(piece, first)} for one in leases]
    return sum(len(one) for one in texts) == len(set[str]().union(*texts))


def _single_invoices(case: Case) -> list[_Set]:
    """In a portfolio too large to search: for each lease with an invoice of that amount the oldest, if few have one."""
    unapplied = case.payment.unapplied
    leases = case.books.amounts.get((unapplied.amount_minor, unapplied.currency.code), ())
    if len(leases) > SIDES_MOST:
        return []
    fitting = [
        [one for one in case.books.open_invoices(lease_id) if one.open_amount == unapplied] for lease_id in leases
    ]
    return [(min(invoices, key=lambda one: one.order).invoice_id,) for invoices in fitting]


def _counting(case: Case, rule: Rule, sets: Sequence[_Set], touching: int) -> tuple[_Set, ...]:
    return tuple(tuple(sorted(one)) for one in sets if _counts(case, rule, one, touching))


def _counts(case: Case, rule: Rule, invoice_ids: _Set, touching: int) -> bool:
    """True where the set touches so many leases (0: any) and, if the rule asks for it, each has one due nearby."""
    nearest: dict[LeaseId, int] = {}
    for invoice in map(case.books.invoice, invoice_ids):
        days = abs((case.payment.value_date - invoice.due_date).days)
        nearest[invoice.lease_id] = min(days, nearest.get(invoice.lease_id, days))
    if touching and len(nearest) != touching:
        return False
    return not asks(rule, EvidenceKind.DUE) or max(nearest.values()) <= case.books.rules.due_days
