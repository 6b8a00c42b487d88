"""What a rule answers: the sides, each with slices, evidence and the arithmetic of what it would pay."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.identifiers import InvoiceId, LeaseId
from marketplace_core.domain.money import Money
from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.certificate import Reason, Side, Slice
from marketplace_core.domain.reconciliation.deciding.amounts import by_lease_of, days_from_due
from marketplace_core.domain.reconciliation.deciding.effect import arithmetic_of, named_invoices, pinned_slice
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind, in_order, money_text
from marketplace_core.domain.reconciliation.inputs import UnappliedPayment
from marketplace_core.domain.reconciliation.limits import SearchBound
from marketplace_core.domain.reconciliation.months import invoices_of_months, named_months
from marketplace_core.domain.reconciliation.rules import Rule, RuleStamp


@frozen
class Answer:
    """What a rule says, before contradictions are looked for."""

    rule: Rule
    reason: Reason
    sides: tuple[Side, ...]
    search: SearchBound | None


def whole_side(
    rule: Rule, payment: UnappliedPayment, lease_id: LeaseId, evidence: tuple[Evidence, ...], books: Books
) -> Side:
    """The side on which all of the payment is one lease's money."""
    return make_side(rule, payment, {lease_id: payment.unapplied}, evidence, (), books)


def side_of_set(
    rule: Rule,
    payment: UnappliedPayment,
    invoice_ids: tuple[InvoiceId, ...],
    usable: dict[LeaseId, tuple[Evidence, ...]],
    books: Books,
) -> Side:
    """The side on which the payment pays a set of invoices, each lease its part of the set."""
    by_lease = by_lease_of(invoice_ids, books)
    evidence: list[Evidence] = []
    amounts: dict[LeaseId, Money] = {}
    seen = money_text(payment.unapplied)
    for lease_id, invoices in by_lease.items():
        total = sum(one.open_amount.amount_minor for one in invoices)
        amounts[lease_id] = Money(total, payment.unapplied.currency)
        known = "+".join(one.invoice_id for one in invoices)
        evidence.extend(usable.get(lease_id, ()))
        grade = "exact" if len(by_lease) > 1 or total == payment.unapplied.amount_minor else "tolerance"
        evidence.append(Evidence(EvidenceKind.AMOUNT, grade, lease_id, seen, known))
        days, due = days_from_due(payment, invoices)
        if days <= books.rules.due_days:
            evidence.append(
                Evidence(EvidenceKind.DUE, "near", lease_id, payment.value_date.isoformat(), due.isoformat())
            )
    if len(amounts) == 1:
        amounts = dict.fromkeys(amounts, payment.unapplied)
    ids = tuple(one.invoice_id for invoices in by_lease.values() for one in invoices)
    return make_side(rule, payment, amounts, tuple(evidence), ids, books)


def make_side(
    rule: Rule,
    payment: UnappliedPayment,
    amounts: dict[LeaseId, Money],
    evidence: tuple[Evidence, ...],
    explained_by: tuple[InvoiceId, ...],
    books: Books,
) -> Side:
    """The side that gives each lease its amount, pinned to what the payer named by number, else by month."""
    months = named_months(payment.reference_text) if payment.reference_text else ()
    slices: list[Slice] = []
    for lease_id, amount in amounts.items():
        invoices = books.open_invoices(lease_id)
        named = named_invoices(lease_id, invoices, evidence)
        if not named and months:
            named = invoices_of_months(invoices, months, payment.value_date)
        slices.append(pinned_slice(lease_id, amount, named))
    return Side(
        rule=RuleStamp(rule.name, rule.version),
        confidence_basis_points=rule.confidence_basis_points,
        slices=tuple(slices),
        evidence=in_order(evidence),
        explained_by=explained_by,
        arithmetic=arithmetic_of(payment.unapplied, slices, books.invoices, rule.tolerance),
    )
