"""That outcome and reason follow from the rule, the evidence for others, and the sides."""

from __future__ import annotations

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.reconciliation.certificate import Outcome, Reason, Side
from marketplace_core.domain.reconciliation.checking.case import Case, asks, meeting, meets, require
from marketplace_core.domain.reconciliation.checking.currency import check_none_in_other_currency, check_other_currency
from marketplace_core.domain.reconciliation.checking.rule_order import check_nothing_matches
from marketplace_core.domain.reconciliation.checking.search import check_search
from marketplace_core.domain.reconciliation.evidence import EvidenceKind
from marketplace_core.domain.reconciliation.limits import SIDES_MOST
from marketplace_core.domain.reconciliation.rules import Action, Rule


def check_unmatched(case: Case) -> None:
    """No rule matches at all, nor would one for a lease in another currency."""
    require(case, case.certificate.reason is Reason.NO_EVIDENCE, "unmatched is for want of evidence only")
    require(case, case.certificate.search is None, "an unmatched payment states no search")
    check_nothing_matches(case, len(case.books.rules.rules))
    check_none_in_other_currency(case)


def check_outcome(case: Case, rule: Rule) -> None:
    """The outcome and the reason of a payment with sides, decided by that rule."""
    certificate, reason = case.certificate, case.certificate.reason
    applies = certificate.outcome is Outcome.APPLIED
    require(case, applies == (reason is Reason.RULE and rule.action is Action.APPLY), "the rule's action is another")
    require(case, reason is not Reason.NO_EVIDENCE, "there is evidence")
    if reason is Reason.OTHER_CURRENCY:
        check_other_currency(case, rule)
        check_nothing_matches(case, len(case.books.rules.rules))
        return
    if reason is not Reason.CONTRADICTION:
        same = all(side.rule == certificate.sides[0].rule for side in certificate.sides)
        require(case, same, "the sides are by different rules")
    check_search(case, rule, meeting(case, rule))
    _check_uncontested(case, rule)


def _check_uncontested(case: Case, rule: Rule) -> None:
    """What is applied has nothing against it; a contradiction or a foreign reference is there where it is claimed."""
    reason, first = case.certificate.reason, case.certificate.sides[0]
    against = _against(case, rule, first) if rule.action is Action.APPLY else []
    foreign = bool(case.claims.foreign) and all(piece.kind is not EvidenceKind.REFERENCE for piece in first.evidence)
    if reason is Reason.RULE and rule.action is Action.APPLY:
        require(case, not against, f"lease {against[0] if against else ''} has evidence against it")
        require(case, not foreign, "a reference of nobody here is named")
    elif reason is Reason.CONTRADICTION:
        require(case, bool(against), "no other lease has evidence against it")
        _check_other_sides(case, against)
    elif reason is Reason.FOREIGN_REFERENCE:
        require(case, rule.action is Action.APPLY, f"rule {rule.name} would not have applied the money anyway")
        alone = foreign and not against and len(case.certificate.sides) == 1
        require(case, alone, "no foreign reference is named")


def _against(case: Case, rule: Rule, side: Side) -> list[LeaseId]:
    """The other leases with evidence that stops the rule and that the side's leases do not share."""
    own = [piece for lease_id in side.lease_ids for piece in case.claims.by_lease.get(lease_id, ())]
    return [
        lease_id
        for lease_id, pieces in case.claims.by_lease.items()
        if lease_id not in side.lease_ids
        and any(
            meets(piece, criterion) and not any(mine.kind is piece.kind and mine.seen == piece.seen for mine in own)
            for piece in pieces
            for criterion in rule.contradicted_by
        )
    ]


def _check_other_sides(case: Case, against: list[LeaseId]) -> None:
    """Those against it are shown, each whole, by the first rule that it meets alone."""
    expected: list[tuple[tuple[LeaseId, ...], str]] = []
    for lease_id in against[: SIDES_MOST - 1]:
        alone = next((rule.name for rule in case.books.rules.rules if _meets_alone(case, rule, lease_id)), None)
        if alone is not None:
            expected.append(((lease_id,), alone))
    others = case.certificate.sides[1:]
    require(case, [(side.lease_ids, side.rule.name) for side in others] == expected, "the sides against it are others")
    require(case, all(not side.explained_by for side in others), "they explain no amount")


def _meets_alone(case: Case, rule: Rule, lease_id: LeaseId) -> bool:
    return not asks(rule, EvidenceKind.AMOUNT) and lease_id in meeting(case, rule)
