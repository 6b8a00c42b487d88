"""That the search is stated as it was, and that the sets shown are all that there are."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace_core.domain.identifiers import InvoiceId, LeaseId
from marketplace_core.domain.reconciliation.certificate import Reason
from marketplace_core.domain.reconciliation.checking.amounts import pool_of
from marketplace_core.domain.reconciliation.checking.case import Case, asks, require
from marketplace_core.domain.reconciliation.evidence import EvidenceKind
from marketplace_core.domain.reconciliation.limits import INVOICES_MOST, SIDES_MOST, STATES_MOST
from marketplace_core.domain.reconciliation.rules import Rule
from marketplace_core.errors import CertificateInvalid

_OF_ONE_LEASE = (Reason.RULE, Reason.CONTRADICTION, Reason.FOREIGN_REFERENCE)
_BY_SETS = (Reason.RULE, Reason.SEVERAL_SETS, Reason.CONTRADICTION, Reason.FOREIGN_REFERENCE)


def check_search(case: Case, rule: Rule, leases: list[LeaseId]) -> None:
    """For the leases that meet the rule: one is proven, or a search was needed and found what is shown."""
    if not asks(rule, EvidenceKind.AMOUNT) and len(leases) == 1:
        _check_no_search(case, leases[0])
        return
    reason, search = case.certificate.reason, case.certificate.search
    if search is None:
        raise CertificateInvalid(f"certificate of payment {case.payment.payment_id}: the search is not stated")
    pool = pool_of(case, rule, leases)
    limits = (search.invoices, search.invoices_most, search.states_most)
    require(case, limits == (len(pool.invoices), INVOICES_MOST, STATES_MOST), "the search bound is another")
    require(case, search.complete == pool.complete, "whether the search was complete is another")
    if reason in (Reason.TIE, Reason.PAST_BOUND):
        require(case, (reason is Reason.TIE) == pool.complete, "tie and bound are mixed up")
        unexplained = asks(rule, EvidenceKind.AMOUNT) and pool.complete
        require(case, not unexplained, f"rule {rule.name} asks for an amount, and nothing explains it")
        require(case, not pool.sets, "a set of invoices tells the leases apart")
        shown = [side.lease_ids for side in case.certificate.sides]
        require(case, shown == [(one,) for one in leases[:SIDES_MOST]], "the leases that tie are others")
        require(case, all(not side.explained_by for side in case.certificate.sides), "no set was found")
    else:
        _check_sets(case, pool.sets)


def _check_no_search(case: Case, lease_id: LeaseId) -> None:
    """One lease is proven, so nothing was searched and no set explains the amount."""
    certificate, reason = case.certificate, case.certificate.reason
    require(case, certificate.search is None, "one lease is proven: nothing was searched")
    require(case, certificate.sides[0].lease_ids == (lease_id,), "the proven lease is another")
    require(case, reason in _OF_ONE_LEASE, "one lease is proven")
    require(case, not certificate.sides[0].explained_by, "one lease is proven: no set was needed")
    require(case, reason is not Reason.RULE or len(certificate.sides) == 1, "one lease is proven")


def _check_sets(case: Case, expected: Sequence[tuple[InvoiceId, ...]]) -> None:
    """The sides' sets are the ones expected, in their order: one, or several where the reason says so."""
    certificate, reason = case.certificate, case.certificate.reason
    sides = certificate.sides if reason is Reason.SEVERAL_SETS else certificate.sides[:1]
    claimed = [tuple(sorted(side.explained_by)) for side in sides]
    require(case, reason in _BY_SETS and sorted(claimed) == sorted(expected), "the sets are others")
    require(case, claimed == list(expected), "the sets stand in another order")
    require(case, (len(expected) > 1) == (reason is Reason.SEVERAL_SETS), "the number of sets is another")
    require(case, reason is not Reason.RULE or len(certificate.sides) == 1, "one set, one side")
