"""That a certificate is of these books, this day, these rules and this payment."""

from __future__ import annotations

from marketplace_core.domain.reconciliation.checking.case import Case, require
from marketplace_core.domain.reconciliation.checking.rivals import leases_of_sides
from marketplace_core.domain.reconciliation.evidence import ERASED


def check_header(case: Case) -> None:
    """The portfolio, the day and the rule set are those of the view."""
    certificate, given = case.certificate, case.books.given
    require(case, certificate.portfolio_id == given.portfolio_id, "it is of another portfolio")
    require(case, certificate.as_of == given.as_of, f"it is as of {certificate.as_of}, the books of {given.as_of}")
    require(case, certificate.rule_set_hash == case.books.digests.rules_hash, "it was made by other rules")


def check_digests(case: Case) -> None:
    """The payment, and what the books say of each lease that is named, are what they were."""
    certificate = case.certificate
    leases = leases_of_sides(certificate) | {rival.lease_id for rival in certificate.rivals}
    public, personal = case.books.digests.of(case.payment, leases)
    require(case, certificate.input_hash == public, "the payment or the books were others")
    if certificate.personal_hash != ERASED:
        require(case, certificate.personal_hash == personal, "a name, phone or text was another")
