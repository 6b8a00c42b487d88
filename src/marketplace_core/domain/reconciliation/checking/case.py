"""One certificate under check: what every check is given, and what it means that evidence meets a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.certificate import Certificate, Side
from marketplace_core.domain.reconciliation.claims import Claims
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind
from marketplace_core.domain.reconciliation.inputs import UnappliedPayment
from marketplace_core.domain.reconciliation.rules import Criterion, Rule
from marketplace_core.errors import CertificateInvalid

ABOUT_MONEY: Final = (EvidenceKind.AMOUNT, EvidenceKind.DUE)
"""Kinds that say nothing of who paid."""

PlacedRules = Mapping[tuple[str, int], tuple[int, Rule]]
"""Each rule of the set, and its place in it, by name and version."""


@frozen
class Case:
    """A certificate with its payment, the books it was made on, and the evidence that they hold on the payment.

    ``unit_codes`` counts the leases that have each code, as it is compared; the checker's own, made once for all.
    """

    certificate: Certificate
    payment: UnappliedPayment
    books: Books
    claims: Claims
    rules: PlacedRules
    unit_codes: Mapping[str, int]


def require(case: Case, holds: bool, claim: str) -> None:  # noqa: FBT001 - reads as a sentence
    """``CertificateInvalid``, saying what is wrong, unless it holds."""
    if not holds:
        raise CertificateInvalid(f"certificate of payment {case.payment.payment_id}: {claim}")


def rule_of(case: Case, side: Side) -> tuple[int, Rule]:
    """The rule that a side names, and its place; it is in the rule set, with that confidence, and asks something."""
    found = case.rules.get((side.rule.name, side.rule.version))
    if found is None:
        raise CertificateInvalid(f"rule {side.rule.name!r} version {side.rule.version} is not in the rule set")
    require(
        case,
        side.confidence_basis_points == found[1].confidence_basis_points,
        f"rule {side.rule.name} has another confidence",
    )
    require(case, bool(found[1].criteria), f"rule {side.rule.name} has no criteria and so decides nothing")
    return found


def who_paid(rule: Rule) -> list[Criterion]:
    """The rule's criteria of who paid."""
    return [criterion for criterion in rule.criteria if criterion.kind not in ABOUT_MONEY]


def asks(rule: Rule, kind: EvidenceKind) -> bool:
    """True where a criterion of the rule is of that kind."""
    return any(criterion.kind is kind for criterion in rule.criteria)


def meets(piece: Evidence, criterion: Criterion) -> bool:
    """True where the evidence has the criterion's kind and one of its grades, if it names some."""
    return piece.kind is criterion.kind and (not criterion.grades or piece.grade in criterion.grades)


def is_met_by(rule: Rule, pieces: Sequence[Evidence]) -> bool:
    """True where evidence for one lease meets all that the rule asks of who paid; false where it asks nothing."""
    wanted = who_paid(rule)
    return bool(wanted) and all(any(meets(piece, criterion) for piece in pieces) for criterion in wanted)


def meeting(case: Case, rule: Rule) -> list[LeaseId]:
    """The leases of the payment's currency whose evidence meets the rule."""
    return [
        lease_id
        for lease_id, pieces in case.claims.by_lease.items()
        if case.books.leases[lease_id].currency == case.payment.unapplied.currency and is_met_by(rule, pieces)
    ]
