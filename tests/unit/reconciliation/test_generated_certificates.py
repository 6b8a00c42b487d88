"""Over generated portfolios: every certificate that the engine makes holds, whatever the rules."""

from __future__ import annotations

import sys
from random import Random
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fixtures.rent_portfolios import RULE_SETS, certificates, portfolio

from marketplace_core.domain.reconciliation import (
    EvidenceKind,
    Outcome,
    Reason,
    RuleSet,
    Verification,
    Verifier,
    redacted,
    verify,
)
from marketplace_core.testing.rent_book import RentBook


@pytest.mark.laws
@pytest.mark.parametrize("rules", RULE_SETS.values(), ids=list(RULE_SETS))
@given(st.integers(0, 2**32))
def test_each_certificate_that_the_engine_makes_holds(rules: RuleSet, seed: int) -> None:
    """None is refused: neither in full nor with persons erased."""
    view = portfolio(Random(seed)).given(rules)
    verifier = Verifier(view)
    for certificate in certificates(view):
        assert verifier.verify(certificate) is Verification.HOLDS
        assert verifier.verify(redacted(certificate)) is Verification.EVIDENCE_ERASED


def test_the_generated_portfolios_end_in_every_way() -> None:
    """Each outcome and each reason is among the certificates that the law above is tried on."""
    made = [
        one
        for seed in range(60)
        for rules in RULE_SETS.values()
        for one in certificates(portfolio(Random(seed)).given(rules))
    ]
    assert {one.outcome for one in made} == set(Outcome)
    assert {one.reason for one in made} == set(Reason)


def test_a_lease_shown_by_its_amount_alone_brings_what_else_the_books_hold_on_it() -> None:
    """A masked phone of one of two leases, whose invoices sum to the payment, is shown, and the certificate holds."""
    book = RentBook().lease("a", 5_000, phone="0712345678").lease("b", 7_000, phone="0722000111")
    book.lease("c", 9_000, phone="0733000111").payment(12_000, phone="2547****678")
    certificate = book.certificate()
    (side,) = certificate.sides
    assert (side.rule.name, side.lease_ids) == ("amount-alone", ("a", "b"))
    assert [(one.kind, one.lease_id) for one in side.evidence if one.kind is EvidenceKind.PHONE] == [("phone", "a")]
    assert verify(certificate, book.given()) is Verification.HOLDS


def _calls_to_check(leases: int) -> int:
    """How many calls checking one certificate by unit code takes, once the verifier has its tables."""
    book = RentBook().payment(500, "A7", payment="p").payment(500, "A8")
    for place in range(leases):
        book.lease(f"l{place:03d}", 500, unit=f"A{place}")
    view = book.given()
    first, second = certificates(view)
    assert (second.outcome, second.sides[0].rule.name) == (Outcome.APPLIED, "unit-code")
    verifier = Verifier(view)
    verifier.verify(first)
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        verifier.verify(second)
    finally:
        sys.setprofile(None)
    return calls


def test_checking_a_unit_code_costs_the_same_in_a_large_portfolio() -> None:
    """As many calls among 200 leases as among 20: the others are not read through for each certificate."""
    assert _calls_to_check(200) == _calls_to_check(20) > 0
