"""Checking a certificate again, without the code that decided."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from weakref import ref

from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.certificate import Certificate, Outcome
from marketplace_core.domain.reconciliation.checking.case import Case
from marketplace_core.domain.reconciliation.checking.origin import check_digests, check_header
from marketplace_core.domain.reconciliation.checking.outcome import check_outcome, check_unmatched
from marketplace_core.domain.reconciliation.checking.rivals import check_rivals
from marketplace_core.domain.reconciliation.checking.rule_order import check_deciding_rule
from marketplace_core.domain.reconciliation.checking.sides import check_side
from marketplace_core.domain.reconciliation.claims import gather
from marketplace_core.domain.reconciliation.inputs import ReconciliationInput
from marketplace_core.domain.reference import normalise
from marketplace_core.errors import CertificateInvalid


class Verification(StrEnum):
    """What a check found that did not fail.

    ``holds``: every claim was checked. ``evidence_erased``: the names, phones and learned texts were taken out, and
    everything else holds.
    """

    HOLDS = "holds"
    EVIDENCE_ERASED = "evidence_erased"


class Verifier:
    """Checks certificates against one portfolio's view; its look-up tables are built once."""

    def __init__(self, given: ReconciliationInput) -> None:
        """Take the view on which the certificates were made."""
        self._books = Books(given)
        self._payments = {payment.payment_id: payment for payment in given.payments}
        self._unit_codes = Counter(normalise(lease.unit_code) for lease in given.leases)
        self._rules = {(rule.name, rule.version): (place, rule) for place, rule in enumerate(given.rules.rules)}

    def verify(self, certificate: Certificate) -> Verification:
        """``CertificateInvalid`` at the first claim that does not hold."""
        payment = self._payments.get(certificate.payment_id)
        if payment is None:
            raise CertificateInvalid(f"payment {certificate.payment_id} is not among the payments given")
        claims = gather(payment, self._books)
        _check(Case(certificate, payment, self._books, claims, self._rules, self._unit_codes))
        return Verification.EVIDENCE_ERASED if certificate.is_erased else Verification.HOLDS


_recent: list[tuple[ref[ReconciliationInput], Verifier]] = []


def verify(certificate: Certificate, given: ReconciliationInput) -> Verification:
    """Whether a certificate's claims hold on the view it was made on; else ``CertificateInvalid``.

    The last view's tables are kept, so that one check after the other on the same object stays cheap.
    """
    for kept, verifier in _recent:
        if kept() is given:
            return verifier.verify(certificate)
    verifier = Verifier(given)
    _recent[:] = [(ref(given), verifier)]
    return verifier.verify(certificate)


def _check(case: Case) -> None:
    """Every claim of one certificate, in this order; the first that fails ends the check."""
    check_header(case)
    if case.certificate.outcome is Outcome.UNMATCHED:
        check_unmatched(case)
    else:
        rule = check_deciding_rule(case)
        for side in case.certificate.sides:
            check_side(case, side)
        check_outcome(case, rule)
    check_rivals(case)
    check_digests(case)
