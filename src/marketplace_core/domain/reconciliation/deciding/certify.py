"""Making the certificate of an answer: outcome, rivals with why they lost, and the digests of the input."""

from __future__ import annotations

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.certificate import Certificate, Outcome, Reason, Rival, WhyLost
from marketplace_core.domain.reconciliation.claims import Claims
from marketplace_core.domain.reconciliation.deciding.sides import Answer
from marketplace_core.domain.reconciliation.inputs import UnappliedPayment
from marketplace_core.domain.reconciliation.limits import RIVALS_MOST
from marketplace_core.domain.reconciliation.rules import Action


def certify(answer: Answer | None, payment: UnappliedPayment, claims: Claims, books: Books) -> Certificate:
    """The certificate of an answer, or of finding none."""
    sides = answer.sides if answer else ()
    named = {piece.lease_id for side in sides for piece in side.evidence} | {
        part.lease_id for side in sides for part in side.slices
    }
    lost = sorted(
        (evidence[0].strength, lease_id) for lease_id, evidence in claims.by_lease.items() if lease_id not in named
    )
    rivals = tuple(_rival(lease_id, answer, payment, claims, books) for _, lease_id in lost[:RIVALS_MOST])
    public, personal = books.digests.of(payment, [*named, *(rival.lease_id for rival in rivals)])
    outcome = Outcome.UNMATCHED
    if answer is not None:
        applies = answer.reason is Reason.RULE and answer.rule.action is Action.APPLY
        outcome = Outcome.APPLIED if applies else Outcome.PROPOSED
    return Certificate(
        payment_id=payment.payment_id,
        portfolio_id=books.given.portfolio_id,
        as_of=books.given.as_of,
        outcome=outcome,
        reason=answer.reason if answer else Reason.NO_EVIDENCE,
        rule_set_hash=books.digests.rules_hash,
        sides=sides,
        rivals=rivals,
        rivals_beyond=len(lost) - len(rivals),
        search=answer.search if answer else None,
        input_hash=public,
        personal_hash=personal,
    )


def _rival(lease_id: LeaseId, answer: Answer | None, payment: UnappliedPayment, claims: Claims, books: Books) -> Rival:
    best = claims.by_lease[lease_id][0]
    return Rival(lease_id, best.kind, best.grade, _why(lease_id, answer, payment, claims, books))


def _why(lease_id: LeaseId, answer: Answer | None, payment: UnappliedPayment, claims: Claims, books: Books) -> WhyLost:
    if books.leases[lease_id].currency != payment.unapplied.currency:
        return WhyLost.OTHER_CURRENCY
    if answer is None or not answer.rule.is_met_by(claims.bits[lease_id]):
        return WhyLost.WEAKER
    return WhyLost.NOT_SHOWN if answer.reason in (Reason.TIE, Reason.PAST_BOUND) else WhyLost.NOT_IN_SET
