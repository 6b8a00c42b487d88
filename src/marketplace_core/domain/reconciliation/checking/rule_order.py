"""That the rule which decided is the first that matches."""

from __future__ import annotations

from marketplace_core.domain.reconciliation.certificate import Reason
from marketplace_core.domain.reconciliation.checking.amounts import pool_of
from marketplace_core.domain.reconciliation.checking.case import Case, asks, meeting, require, rule_of, who_paid
from marketplace_core.domain.reconciliation.evidence import EvidenceKind
from marketplace_core.domain.reconciliation.rules import Rule


def check_deciding_rule(case: Case) -> Rule:
    """The first side's rule is in the rule set and no earlier one matches; the answer is that rule."""
    place, rule = rule_of(case, case.certificate.sides[0])
    if case.certificate.reason is not Reason.OTHER_CURRENCY:
        check_nothing_matches(case, place)
    return rule


def check_nothing_matches(case: Case, places: int) -> None:
    """No rule before that place matches, and none of them gave up the search that it asks for."""
    for rule in case.books.rules.rules[:places]:
        if not rule.criteria:
            continue
        leases = meeting(case, rule)
        if who_paid(rule) and not leases:
            continue
        require(
            case,
            asks(rule, EvidenceKind.AMOUNT),
            f"rule {rule.name} comes first and matches lease {leases[0] if leases else ''}",
        )
        pool = pool_of(case, rule, leases)
        require(case, not pool.sets, f"rule {rule.name} comes first and explains the amount")
        given_up = bool(leases) and not pool.complete
        require(case, not given_up, f"rule {rule.name} comes first and its search was given up")
