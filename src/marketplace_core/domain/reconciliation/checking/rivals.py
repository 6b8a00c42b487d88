"""That every other lease with evidence is named or counted, with why it lost."""

from __future__ import annotations

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.reconciliation.certificate import Certificate, Reason, Rival, WhyLost
from marketplace_core.domain.reconciliation.checking.case import Case, meeting, require, rule_of
from marketplace_core.domain.reconciliation.limits import RIVALS_MOST


def leases_of_sides(certificate: Certificate) -> set[LeaseId]:
    """The leases that the sides give money to, or hold evidence for."""
    named = {piece.lease_id for side in certificate.sides for piece in side.evidence}
    return named | {lease_id for side in certificate.sides for lease_id in side.lease_ids}


def check_rivals(case: Case) -> None:
    """The rivals are the strongest of the leases that no side names, and the rest are counted."""
    by_lease = case.claims.by_lease
    named = leases_of_sides(case.certificate)
    lost = [lease_id for lease_id in by_lease if lease_id not in named]
    lost.sort(key=lambda lease_id: (by_lease[lease_id][0].strength, lease_id))
    beyond = max(0, len(lost) - RIVALS_MOST)
    require(case, case.certificate.rivals_beyond == beyond, "the count of rivals is another")
    expected = tuple(_rival(case, lease_id) for lease_id in lost[:RIVALS_MOST])
    require(case, case.certificate.rivals == expected, "the rivals, or why they lost, are others")


def _rival(case: Case, lease_id: LeaseId) -> Rival:
    best = case.claims.by_lease[lease_id][0]
    why = WhyLost.WEAKER
    if case.books.leases[lease_id].currency != case.payment.unapplied.currency:
        why = WhyLost.OTHER_CURRENCY
    elif case.certificate.sides and lease_id in meeting(case, rule_of(case, case.certificate.sides[0])[1]):
        by_tie = case.certificate.reason in (Reason.TIE, Reason.PAST_BOUND)
        why = WhyLost.NOT_SHOWN if by_tie else WhyLost.NOT_IN_SET
    return Rival(lease_id, best.kind, best.grade, why)
