"""That a side's evidence is what the books hold, and that its leases meet the rule it names."""

from __future__ import annotations

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.reconciliation.certificate import Reason, Side
from marketplace_core.domain.reconciliation.checking.case import ABOUT_MONEY, Case, meeting, require, rule_of, who_paid
from marketplace_core.domain.reconciliation.checking.effect import check_arithmetic, check_slices
from marketplace_core.domain.reconciliation.checking.texts import check_texts
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind, in_order, money_text
from marketplace_core.domain.reconciliation.inputs import OpenInvoice


def check_side(case: Case, side: Side) -> None:
    """A side's rule, leases, evidence, slices and sums follow from the books."""
    _, rule = rule_of(case, side)
    in_other_currency = case.certificate.reason is Reason.OTHER_CURRENCY
    leases = list(side.lease_ids)
    if in_other_currency:
        require(case, not side.slices and not side.explained_by, "nothing can be applied in another currency")
        leases = sorted({piece.lease_id for piece in side.evidence})
        require(case, len(leases) == 1, "the evidence is for one lease")
    require(case, all(lease_id in case.books.leases for lease_id in leases), "a lease is not in the portfolio")
    _check_evidence(case, side, leases)
    if not in_other_currency:
        met = set(meeting(case, rule) if who_paid(rule) else leases)
        for lease_id in leases:
            require(case, lease_id in met, f"lease {lease_id} does not meet rule {rule.name}")
        check_slices(case, side)
    check_arithmetic(case, side, rule)


def _check_evidence(case: Case, side: Side, leases: list[LeaseId]) -> None:
    """What is claimed is all that the books hold, each text compares as said, and nothing more is claimed."""
    own = tuple(piece for piece in side.evidence if piece.kind not in ABOUT_MONEY)
    amount = tuple(piece for piece in side.evidence if piece.kind in ABOUT_MONEY)
    expected = tuple(piece for lease_id in leases for piece in case.claims.by_lease.get(lease_id, ()))
    if case.certificate.is_erased:
        expected = tuple(piece.redacted() for piece in expected)
    require(
        case,
        in_order((*expected, *amount)) == side.evidence and len(own) == len(expected),
        "the evidence is not what the books hold",
    )
    for piece in own:
        if not piece.is_erased:
            check_texts(case, piece)
    _check_amount(case, side, amount)


def _check_amount(case: Case, side: Side, claimed: tuple[Evidence, ...]) -> None:
    """The amount and due-date evidence follow from the set of invoices that explains the side, if there is one."""
    require(case, all(case.books.is_open(one) for one in side.explained_by), "an invoice of the set is not open")
    invoices = [case.books.invoice(one) for one in side.explained_by]
    is_ordered = invoices == sorted(invoices, key=lambda one: (one.lease_id, one.order))
    require(case, is_ordered, "the invoices of the set stand in another order")
    leases = sorted({one.lease_id for one in invoices})
    whole = sum(one.open_amount.amount_minor for one in invoices)
    grade = "exact" if whole == case.payment.unapplied.amount_minor else "tolerance"
    expected: list[Evidence] = []
    for lease_id in leases:
        expected += _amount_evidence(case, grade, lease_id, [one for one in invoices if one.lease_id == lease_id])
    require(case, list(claimed) == expected, "the amount is not explained as said")
    if side.explained_by:
        require(case, list(side.lease_ids) == leases, "the slices are not of the leases that the set pays")
    if len(leases) > 1:
        for part in side.slices:
            due = sum(one.open_amount.amount_minor for one in invoices if one.lease_id == part.lease_id)
            require(case, part.amount.amount_minor == due, "a slice is not its part of the set")


def _amount_evidence(case: Case, grade: str, lease_id: LeaseId, invoices: list[OpenInvoice]) -> list[Evidence]:
    payment = case.payment
    ids = "+".join(one.invoice_id for one in invoices)
    found = [Evidence(EvidenceKind.AMOUNT, grade, lease_id, money_text(payment.unapplied), ids)]
    days, due = min((abs((payment.value_date - one.due_date).days), one.due_date) for one in invoices)
    if days <= case.books.rules.due_days:
        seen = payment.value_date.isoformat()
        found.append(Evidence(EvidenceKind.DUE, "near", lease_id, seen, due.isoformat()))
    return found
