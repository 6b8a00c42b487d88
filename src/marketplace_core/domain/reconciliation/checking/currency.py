"""That a lease in another currency than the payment's is shown where there is one, and is the one to show."""

from __future__ import annotations

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.reconciliation.checking.case import Case, asks, is_met_by, require
from marketplace_core.domain.reconciliation.evidence import EvidenceKind
from marketplace_core.domain.reconciliation.rules import Rule


def check_other_currency(case: Case, rule: Rule) -> None:
    """The one side is for the first such lease, by the first rule that it would meet by itself."""
    certificate = case.certificate
    require(case, len(certificate.sides) == 1 and certificate.search is None, "one side, and nothing searched")
    leases = {piece.lease_id for piece in certificate.sides[0].evidence}
    found = _first(case)
    is_shown = found is not None and leases == {found[0]} and rule is found[1]
    require(case, is_shown, f"the lease in another currency, or the rule {rule.name} that it meets, is another")


def check_none_in_other_currency(case: Case) -> None:
    """No lease in another currency would meet a rule by itself."""
    found = _first(case)
    if found is not None:
        require(case, holds=False, claim=f"lease {found[0]} in another currency meets rule {found[1].name}")


def _first(case: Case) -> tuple[LeaseId, Rule] | None:
    """The first lease in another currency that would meet a rule, the amount left aside, and the first such rule."""
    rules = [rule for rule in case.books.rules.rules if not asks(rule, EvidenceKind.AMOUNT)]
    for lease_id, pieces in case.claims.by_lease.items():
        if case.books.leases[lease_id].currency != case.payment.unapplied.currency:
            rule = next((one for one in rules if is_met_by(one, pieces)), None)
            if rule is not None:
                return lease_id, rule
    return None
