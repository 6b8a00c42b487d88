"""Evidence against an answer: what stops money from being applied, and the sides that a person sees instead."""

from __future__ import annotations

from collections.abc import Iterable

from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.certificate import Reason
from marketplace_core.domain.reconciliation.claims import Claims
from marketplace_core.domain.reconciliation.deciding.sides import Answer, whole_side
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind
from marketplace_core.domain.reconciliation.inputs import UnappliedPayment
from marketplace_core.domain.reconciliation.limits import SIDES_MOST
from marketplace_core.domain.reconciliation.rules import Action, Rule


def contested(answer: Answer, payment: UnappliedPayment, claims: Claims, books: Books) -> Answer:
    """The same answer, or a proposal where it would apply money against evidence for somebody else."""
    if answer.rule.action is not Action.APPLY or len(answer.sides) != 1 or answer.reason is not Reason.RULE:
        return answer
    side = answer.sides[0]
    against = [
        lease_id
        for lease_id, bits in claims.bits.items()
        if bits & answer.rule.contradicted_bits
        and lease_id not in side.lease_ids
        and _contradicts(answer.rule, side.evidence, claims.by_lease[lease_id])
    ]
    if against:
        others = tuple(
            whole_side(rule, payment, lease_id, claims.by_lease[lease_id], books)
            for lease_id in against[: SIDES_MOST - 1]
            if books.leases[lease_id].currency == payment.unapplied.currency
            and (rule := own_rule(claims.bits[lease_id], books)) is not None
        )
        return Answer(answer.rule, Reason.CONTRADICTION, (side, *others), answer.search)
    if claims.foreign and all(piece.kind is not EvidenceKind.REFERENCE for piece in side.evidence):
        return Answer(answer.rule, Reason.FOREIGN_REFERENCE, answer.sides, answer.search)
    return answer


def _contradicts(rule: Rule, own: Iterable[Evidence], other: Iterable[Evidence]) -> bool:
    """True where another lease has evidence that stops the rule, and the rule's leases do not share it."""
    shared = {(piece.kind, piece.seen) for piece in own}
    return any(
        criterion.is_met_by(piece) and (piece.kind, piece.seen) not in shared
        for piece in other
        for criterion in rule.contradicted_by
    )


def own_rule(bits: int, books: Books) -> Rule | None:
    """The first rule that a lease would meet by itself, the amount left aside."""
    return next((rule for rule in books.rules.rules if not rule.needs_amount and rule.is_met_by(bits)), None)
