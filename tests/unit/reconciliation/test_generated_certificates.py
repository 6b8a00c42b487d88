"""Over generated portfolios: every certificate that the engine makes holds, whatever the rules."""

from __future__ import annotations

import sys
from datetime import timedelta
from random import Random
from types import FrameType
from typing import Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.reconciliation import (
    DEFAULT_RULES,
    Action,
    Certificate,
    Criterion,
    EvidenceKind,
    Outcome,
    Reason,
    ReconciliationInput,
    Rule,
    RuleSet,
    Verification,
    Verifier,
    reconcile,
    redacted,
    verify,
)
from marketplace_core.domain.reference import issue_reference
from marketplace_core.testing.rent_book import RentBook

FIRST: Final = ("John", "Mary", "Yusuf", "Joseph", "Grace")
LAST: Final = ("Kamau", "Mwangi", "Otieno", "Barasa", "Sang")
AMOUNTS: Final = {
    "small": (300, 500, 700, 1_000, 1_000, 1_500, 2_000, 2_500),
    "wide": (500, 1_000, 1_000, 1_500, 123),
    "same": (1_000, 2_000, 3_000),
    "hard": (),
}
"""What invoices are of, by the kind of portfolio; hard: whatever, so that sums are many."""


def rule(name: str, criteria: str, *, tier: int = 1, against: str = "", tolerance: int = 0, apply: bool = True) -> Rule:
    """A rule in few words: criteria such as ``phone:identical name``, the tolerance in whole shillings."""
    return Rule(
        name=name,
        version=1,
        tier=tier,
        criteria=_criteria(criteria),
        action=Action.APPLY if apply else Action.PROPOSE,
        confidence_basis_points=9_000 + len(name),
        tolerance=Money(tolerance * KES.scale, KES) if tolerance else None,
        contradicted_by=_criteria(against),
    )


def _criteria(text: str) -> tuple[Criterion, ...]:
    words = [word.partition(":") for word in text.split()]
    return tuple(Criterion(EvidenceKind(kind), tuple(grades.split("|")) if grades else ()) for kind, _, grades in words)


RULE_SETS: Final = {
    "default": DEFAULT_RULES,
    "tolerant": attrs.evolve(
        DEFAULT_RULES,
        name="tolerant",
        rules=tuple(attrs.evolve(one, tolerance=Money(30_000, KES)) for one in DEFAULT_RULES.rules),
    ),
    "odd": RuleSet(
        "odd",
        1,
        (
            rule("reference", "reference:checked", against="phone name"),
            rule("empty", ""),
            rule("number amount due", "invoice_number amount due", apply=False, tolerance=300, against="reference"),
            rule("number phone", "invoice_number phone", tier=2, tolerance=1, against="name unit_code"),
            rule("phone amount due", "phone amount due", tier=2, tolerance=300, against="name:full near_reference"),
            rule("name amount due", "name amount due", tier=3, against="unit_code phone"),
            rule("name amount", "name amount", tier=3, tolerance=300, against="alias"),
            rule("phone", "phone:identical", tier=4),
            rule("alias", "alias", tier=4, apply=False),
            rule("unit", "unit_code", tier=5, apply=False),
            rule("amount due", "amount due", tier=6, apply=False),
            rule("amount", "amount", tier=7, apply=False, tolerance=300),
            rule("name", "name", tier=8, apply=False),
        ),
        stranger_basis_points=2_000,
        due_days=4,
    ),
    "few": RuleSet(
        "few",
        3,
        (
            rule("two", "name phone amount", against="name phone"),
            rule("name", "name:full", tier=2, apply=False),
            rule("near", "near_reference amount", tier=3),
        ),
        due_days=0,
    ),
}


def portfolio(random: Random) -> RentBook:
    """A portfolio in which texts, names, phones and sums often fit several leases, with three payments."""
    kind = random.choice(["small", "small", "wide", "hard", "same"])
    leases = {"small": random.randint(1, 6), "wide": random.randint(30, 70), "hard": 4, "same": random.randint(2, 5)}
    count = leases[kind]
    book = RentBook()
    phones = [f"07{random.randrange(10**8):08d}" for _ in range(max(2, count // 2))]
    names = [f"{random.choice(FIRST)} {random.choice(LAST)} {random.choice(LAST)}" for _ in range(max(2, count // 2))]
    references = [issue_reference(PortfolioId("book"), LeaseId(f"l{place:02d}")) for place in range(count)]
    for place in range(count):
        invoices = random.randint(4, 9) if kind == "hard" else random.randint(0, 3)
        book.lease(
            f"l{place:02d}",
            *(random.choice(AMOUNTS[kind] or (random.randint(1, 10**6),)) for _ in range(invoices)),
            reference=random.choice([references[place], "", f"PLAIN{place % 3}", random.choice(references)]),
            unit=random.choice(["", f"A{place}", f"A{place % 3}", "B2"]),
            name=random.choice([*names, ""]),
            phone=random.choice([*phones, ""]),
            currency=random.choice([KES] * 9 + [Currency.of("USD")]),
        )
    for _ in range(random.randint(0, 3)):
        book.learned(
            f"l{random.randrange(count):02d}",
            name=random.choice([*names, ""]),
            phone=random.choice([*phones, ""]),
            text=random.choice(["", "mama mboga"]),
            match=f"m{random.randrange(3)}",
        )
    for _ in range(3):
        phone = random.choice(phones)
        book.payment(
            _paid(random, book),
            " ".join(_said(random, references, names) for _ in range(random.choice([0, 1, 1, 2, 3]))),
            name=random.choice([*names, "", "John K", "J Kamau", "Nobody Here"]),
            phone=random.choice([phone, "", f"2547****{phone[-4:]}", f"2547****{phone[-3:]}"]),
            on=book.as_of - timedelta(days=random.randint(0, 60)),
        )
    return book


def _paid(random: Random, book: RentBook) -> int:
    """A sum of a few open invoices or of half of them, exactly or a little less, or some amount."""
    amounts = [one.open_amount.amount_minor // KES.scale for one in book.invoices]
    whole = sum(random.sample(amounts, min(len(amounts), random.choice([1, 2, 3, len(amounts) // 2]))))
    return max(1, random.choice([whole, whole, whole - random.choice([1, 100, 300]), random.choice(AMOUNTS["small"])]))


def _said(random: Random, references: list[str], names: list[str]) -> str:
    """A piece of a reference text: right, mistyped, another portfolio's, a number, a code, a month, a name."""
    one = random.choice(references)
    stranger = issue_reference(PortfolioId("other"), LeaseId(str(random.random())))
    codes = [f"INV {random.randint(1, 12)}", f"A{random.randrange(4)}", "B2", "NOV", "OCT 2026", "PLAIN1", "mama mboga"]
    return random.choice([one, one, one[:-1], f"{one[:2]}X{one[3:]}", stranger, random.choice(names), *codes])


def certificates(view: ReconciliationInput) -> list[Certificate]:
    """What the engine makes."""
    return [decision.certificate for decision in reconcile(view).decisions]


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
