"""Certificates: they verify, any alteration is found, and persons can be erased from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from random import Random
from typing import Any

import attrs
import pytest

from marketplace_core.domain.identifiers import LeaseId, PaymentId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.reconciliation import (
    DEFAULT_RULES,
    Certificate,
    LeaseProfile,
    Outcome,
    Reason,
    ReconciliationInput,
    Rule,
    RuleSet,
    TenantProfile,
    Verification,
    Verifier,
    certificate_digest,
    certificate_from_plain,
    certificate_to_plain,
    explain,
    reconcile,
    redacted,
    verify,
)
from marketplace_core.domain.reconciliation.default_rules import DEFAULT_RULES as SHIPPED
from marketplace_core.domain.reconciliation.evidence import ERASED
from marketplace_core.domain.reference import issue_reference
from marketplace_core.errors import CertificateInvalid
from marketplace_core.testing.kenyan_rent import kenyan_rent
from marketplace_core.testing.rent_book import RentBook

A = issue_reference(PortfolioId("book"), LeaseId("a"))
NOBODY = issue_reference(PortfolioId("x"), LeaseId("y"))


def cases() -> dict[str, RentBook]:
    """One payment for each way in which a decision ends."""
    pair = RentBook().lease("a", 5_000, 15_000, reference=A, unit="A1", name="John Kamau Mwangi", phone="0712345678")
    pair.lease("b", 12_000, 8_000, unit="B2", name="Mary Akinyi Otieno", phone="0722000111")
    pair.lease("c", 700, name="John Kamau Njoroge").lease("d", 1, name="John Kamau Barasa")
    pair.lease("e", 1, name="John Kamau Rotich").lease("f", 1, name="John Kamau Sang")
    return {
        "reference": deepcopy(pair).payment(6_000, f"{A} OCT"),
        "name and amount": deepcopy(pair).payment(700, name="J Kamau Njoroge"),
        "number": deepcopy(pair).payment(15_000, "INV-0002", name="John Kamau Mwangi", phone="2547****5678"),
        "contradiction": deepcopy(pair).payment(6_000, A, phone="0722000111"),
        "several sets": deepcopy(pair).payment(20_000),
        "tie": deepcopy(pair).payment(999, name="John Kamau"),
        "group": deepcopy(pair)
        .learned("a", phone="0700111222", match="m1")
        .learned("c", phone="0700111222", match="m2")
        .payment(5_700, phone="0700111222"),
        "near": deepcopy(pair).payment(5_000, A[:-1]),
        "rival": deepcopy(pair).payment(700, name="John Kamau"),
        "weak": deepcopy(pair).payment(123, name="Mary Akinyi"),
        "unmatched": deepcopy(pair).payment(123, name="Nobody Known"),
        "foreign": deepcopy(pair).payment(
            700, issue_reference(PortfolioId("x"), LeaseId("y")), name="John Kamau Njoroge"
        ),
    }


CASES = cases()


def altered(plain: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON value
    """Each way to alter one place of a plain value, with the place."""
    if isinstance(plain, dict):
        for key, value in plain.items():
            for where, other in altered(value, f"{path}.{key}"):
                yield where, {**plain, key: other}
    elif isinstance(plain, list):
        for place, value in enumerate(plain):
            for where, other in altered(value, f"{path}[{place}]"):
                yield where, [*plain[:place], other, *plain[place + 1 :]]
            yield f"{path}[-{place}]", [*plain[:place], *plain[place + 1 :]]
            yield f"{path}[+{place}]", [*plain[: place + 1], value, *plain[place + 1 :]]
    else:
        for other in altered_value(plain):
            yield path, other


def altered_value(plain: object) -> Iterator[object]:
    """Other values of the same type."""
    if isinstance(plain, bool):
        yield not plain
    elif isinstance(plain, int):
        yield from (plain + 1, plain - 1)
    elif isinstance(plain, str):
        words = "applied proposed unmatched tie rule contradiction several_sets partial full weaker not_in_set a b c"
        yield from {plain + "X", plain[:-1], *words.split()} - {plain}
        if plain[:4].isdigit() and plain[4:5] == "-":
            yield (date.fromisoformat(plain) + timedelta(days=1)).isoformat()


def is_believed(plain: Any, given: ReconciliationInput) -> bool:  # noqa: ANN401 - any JSON value
    """True where a plain certificate is read and verifies."""
    try:
        verify(certificate_from_plain(plain), given)
    except CertificateInvalid:
        return False
    return True


@pytest.mark.laws
@pytest.mark.parametrize("name", CASES)
def test_every_altered_certificate_is_found(name: str) -> None:
    """Whatever one value, element or text of a certificate is altered, reading or verifying it fails."""
    given = CASES[name].given()
    certificate = CASES[name].certificate()
    assert verify(certificate, given) is Verification.HOLDS
    tried = 0
    for where, plain in altered(certificate_to_plain(certificate)):
        tried += 1
        assert not is_believed(plain, given), f"{where} was altered"
    assert tried > 50


def test_each_way_of_ending_is_among_the_cases() -> None:
    """The altered certificates cover every outcome and nearly every reason."""
    found = {(case.certificate().outcome, case.certificate().reason) for case in CASES.values()}
    assert {outcome for outcome, _ in found} == set(Outcome)
    assert {reason for _, reason in found} >= set(Reason) - {Reason.PAST_BOUND, Reason.OTHER_CURRENCY}


@pytest.mark.parametrize("name", CASES)
def test_a_certificate_is_read_back_from_json(name: str) -> None:
    """Plain JSON text and back gives the same certificate."""
    certificate = CASES[name].certificate()
    assert certificate_from_plain(json.loads(json.dumps(certificate_to_plain(certificate)))) == certificate


@pytest.mark.parametrize("name", CASES)
def test_persons_can_be_erased_and_the_rest_still_verifies(name: str) -> None:
    """Without names, phones and learned texts the digest stays, and the check says that evidence was erased."""
    certificate = CASES[name].certificate()
    bare = redacted(certificate)
    text = json.dumps(certificate_to_plain(bare)).upper()
    assert not [word for word in ("KAMAU", "AKINYI", "0712345678", "254712", "0722000111", "5678") if word in text]
    assert certificate_digest(bare) == certificate_digest(certificate)
    assert verify(bare, CASES[name].given()) is Verification.EVIDENCE_ERASED


def test_erased_texts_alone_do_not_pass_for_an_erased_certificate() -> None:
    """Taking out one name but not the rest is an alteration."""
    certificate = CASES["name and amount"].certificate()
    half = attrs.evolve(certificate, personal_hash=ERASED)
    with pytest.raises(CertificateInvalid):
        verify(half, CASES["name and amount"].given())


def _book(case: RentBook, **changes: Any) -> ReconciliationInput:  # noqa: ANN401 - any part of it
    return attrs.evolve(case.given(), **changes)


def test_a_changed_book_is_found() -> None:
    """A certificate does not hold on books in which an invoice, a lease, a rule or the payment is another."""
    case = CASES["reference"]
    certificate, given = case.certificate(), case.given()
    dearer = attrs.evolve(case.invoices[0], open_amount=Money(1, KES))
    renamed = attrs.evolve(case.leases[0], tenants=(TenantProfile("Somebody Else"),))
    other_rules = attrs.evolve(SHIPPED, due_days=11)
    for books in (
        _book(case, open_invoices=(dearer, *given.open_invoices[1:])),
        _book(case, open_invoices=tuple(one for one in given.open_invoices if one.invoice_id != "i2")),
        _book(case, leases=(renamed, *given.leases[1:])),
        _book(case, rules=other_rules),
        _book(case, as_of=date(2026, 1, 1)),
        _book(case, payments=(attrs.evolve(case.payments[0], unapplied=Money(1, KES)),)),
        _book(case, payments=(attrs.evolve(case.payments[0], payment_id=PaymentId("other")),)),
    ):
        with pytest.raises(CertificateInvalid):
            verify(certificate, books)


def test_a_rival_that_comes_to_light_breaks_uniqueness() -> None:
    """A second lease with the same reference makes the certificate's proof of one lease void."""
    case = CASES["reference"]
    twin = LeaseProfile(LeaseId("zz"), KES, reference=A)
    with pytest.raises(CertificateInvalid):
        verify(case.certificate(), _book(case, leases=(*case.given().leases, twin)))


def test_a_change_elsewhere_in_the_portfolio_does_not_matter() -> None:
    """The input hash covers the leases concerned only, so a certificate outlives changes to others."""
    case = CASES["reference"]
    more = (*case.given().leases, LeaseProfile(LeaseId("zz"), KES, reference="OTHER9"))
    assert verify(case.certificate(), _book(case, leases=more)) is Verification.HOLDS


@pytest.mark.laws
@pytest.mark.parametrize("seed", range(3))
def test_every_certificate_of_synthetic_rent_verifies(seed: int) -> None:
    """All decisions on generated rent verify, in full and with persons erased."""
    given = kenyan_rent(Random(seed), 400).given
    verifier = Verifier(given)
    for decision in reconcile(given).decisions:
        assert verifier.verify(decision.certificate) is Verification.HOLDS
        assert verifier.verify(redacted(decision.certificate)) is Verification.EVIDENCE_ERASED


def test_a_certificate_explains_itself_in_words() -> None:
    """The lines name rule, evidence with both texts, sums and rivals."""
    text = "\n".join(explain(CASES["name and amount"].certificate()))
    assert "rule close-name-and-amount version 1" in text
    assert "'J Kamau Njoroge' against 'John Kamau Njoroge' (close)" in text
    assert "KES 700.00 − KES 700.00 = KES 0.00 left as credit" in text
    assert "not lease a: name (full), its invoices do not explain" in "\n".join(explain(CASES["rival"].certificate()))
    named = "\n".join(explain(CASES["rival"].certificate(), {"a": "of A1"}))
    assert "not lease of A1: name (full)" in named
    assert "minor units" not in text
    assert "texts erased" in "\n".join(explain(redacted(CASES["name and amount"].certificate())))


def test_a_tolerance_is_stated_and_never_exceeded() -> None:
    """A payment short by no more than the tolerance writes the rest off and says so; a shorter one does not."""
    rules = RuleSet("tolerant", 1, tuple(_tolerant(rule) for rule in DEFAULT_RULES.rules))
    for paid, off in ((14_950, 5_000), (14_949, 0)):
        book = RentBook().lease("a", 15_000, reference=A).payment(paid, A)
        certificate: Certificate = book.certificate(rules)
        assert certificate.sides[0].arithmetic.written_off.amount_minor == off
        assert verify(certificate, book.given(rules)) is Verification.HOLDS


def test_an_amount_within_the_tolerance_is_graded_so() -> None:
    """With a name, an amount 50 short of the one invoice explains it by tolerance, and the rest is written off."""
    rules = RuleSet("tolerant", 1, tuple(_tolerant(rule) for rule in DEFAULT_RULES.rules))
    book = RentBook().lease("a", 15_000, name="John Kamau").payment(14_950, name="John Kamau")
    certificate = book.certificate(rules)
    assert certificate.outcome is Outcome.APPLIED
    assert [piece.grade for piece in certificate.sides[0].evidence if piece.kind == "amount"] == ["tolerance"]
    assert certificate.sides[0].arithmetic.written_off == Money(5_000, KES)
    assert verify(certificate, book.given(rules)) is Verification.HOLDS


def _tolerant(rule: Rule) -> Rule:
    return attrs.evolve(rule, tolerance=Money(5_000, KES))


def test_a_plain_certificate_with_another_shape_is_refused() -> None:
    """A field that is unknown or missing, or a value of another type, is named."""
    plain = certificate_to_plain(CASES["reference"].certificate())
    without = {name: value for name, value in plain.items() if name != "reason"}
    for other, message in (
        ({**plain, "colour": 1}, "'colour' is not a field"),
        (without, "'reason' is missing"),
        ({**plain, "rivals_beyond": "0"}, "expected int, not str"),
        ({**plain, "sides": {}}, "expected a list"),
        ({**plain, "as_of": "yesterday"}, "not understood"),
    ):
        with pytest.raises(CertificateInvalid, match=message):
            certificate_from_plain(other)
