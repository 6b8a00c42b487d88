"""What an engine with other rules, other books or less care would make does not hold on the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fixtures.rent_portfolios import RULE_SETS, certificates, portfolio

from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.reconciliation import (
    Action,
    Certificate,
    Criterion,
    EvidenceKind,
    Outcome,
    Reason,
    ReconciliationInput,
    Rule,
    RuleSet,
    RuleStamp,
    SearchBound,
    Side,
    UnappliedPayment,
    Verifier,
)
from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.claims import gather
from marketplace_core.domain.reconciliation.deciding.certify import certify
from marketplace_core.domain.reconciliation.deciding.sides import Answer
from marketplace_core.domain.reconciliation.limits import INVOICES_MOST, STATES_MOST
from marketplace_core.errors import CertificateInvalid, InvalidInput

TRIED_OF_EACH: Final = 20
"""Ways to tell a certificate otherwise that are tried, of several hundred."""


def altered_rule(random: Random, rule: Rule) -> Rule:
    """The rule asking less or more, or doing something else; unaltered where that would be no rule."""
    amount = Criterion(EvidenceKind.AMOUNT)
    changes: dict[str, Any] = random.choice(
        [
            {"criteria": rule.criteria[:-1]},
            {"criteria": rule.criteria[1:]},
            {"criteria": tuple(one for one in rule.criteria if one.kind is not EvidenceKind.AMOUNT)},
            {"criteria": (*rule.criteria, amount)},
            {"criteria": (amount,), "action": Action.PROPOSE},
            {"action": Action.PROPOSE if rule.action is Action.APPLY else Action.APPLY},
            {"contradicted_by": ()},
            {"tolerance": None if rule.tolerance else Money(50_000, KES)},
        ]
    )
    try:
        return attrs.evolve(rule, **changes)
    except InvalidInput:
        return rule


def altered_rules(random: Random, rules: RuleSet) -> RuleSet:
    """The rule set with some rules left out, in another order, each altered, or other figures."""
    listed = list(rules.rules)
    changes: dict[str, Any] = random.choice(
        [
            {"rules": tuple(random.sample(listed, random.randint(0, len(listed))))},
            {"rules": tuple(attrs.evolve(one, tier=1) for one in random.sample(listed, len(listed)))},
            {"rules": tuple(altered_rule(random, one) for one in listed)},
            {"stranger_basis_points": random.choice([0, 5_000]), "due_days": random.choice([0, 40])},
        ]
    )
    return attrs.evolve(rules, **changes)


def altered_books(random: Random, view: ReconciliationInput) -> ReconciliationInput:
    """The view without some invoices, with a lease in another currency, or without aliases."""
    moved = random.choice(view.leases).lease_id
    currency = Currency.of(random.choice(["USD", "KES"]))
    kept = tuple(one for one in view.open_invoices if one.lease_id != moved)
    leases = tuple(attrs.evolve(one, currency=currency) if one.lease_id == moved else one for one in view.leases)
    changes: dict[str, Any] = random.choice(
        [
            {"open_invoices": tuple(one for one in view.open_invoices if random.random() < 0.7)},
            {"leases": leases, "open_invoices": kept},
            {"aliases": ()},
        ]
    )
    return attrs.evolve(view, **changes)


def stamped(side: Side, rule: Rule) -> Side:
    """The side as if that rule had made it."""
    return attrs.evolve(
        side, rule=RuleStamp(rule.name, rule.version), confidence_basis_points=rule.confidence_basis_points
    )


def told_otherwise(random: Random, sides: tuple[Side, ...], rules: RuleSet) -> Iterator[tuple[Side, ...]]:
    """The same sides; by other rules, all or one of them; fewer, in another order, their sets turned round."""
    yield sides
    yield sides[:1]
    yield sides[::-1]
    for rule in random.sample(rules.rules, min(4, len(rules.rules))):
        yield tuple(stamped(side, rule) for side in sides)
        yield (*sides[:-1], *(stamped(side, rule) for side in sides[-1:]))
    yield tuple(turned(side) for side in sides)


def turned(side: Side) -> Side:
    """The side with its set of invoices the other way round, in the evidence too."""
    evidence = tuple(
        attrs.evolve(one, known="+".join(reversed(one.known.split("+")))) if one.kind is EvidenceKind.AMOUNT else one
        for one in side.evidence
    )
    return attrs.evolve(side, explained_by=side.explained_by[::-1], evidence=evidence)


def search_over(sides: tuple[Side, ...], books: Books) -> SearchBound:
    """The bound of a search over all open invoices of the sides' leases that saw everything."""
    leases = {lease_id for side in sides for lease_id in side.lease_ids}
    invoices = sum(len(books.open_invoices(lease_id)) for lease_id in leases)
    return SearchBound(invoices, INVOICES_MOST, STATES_MOST, complete=True)


def forged(
    answer: tuple[tuple[Side, ...], Reason, SearchBound | None], payment: UnappliedPayment, books: Books
) -> Iterator[Certificate]:
    """An answer as certificates, proposed and applied, with rivals and digests as the real books give them."""
    sides, reason, search = answer
    claims = gather(payment, books)
    if not sides:
        yield attrs.evolve(certify(None, payment, claims, books), reason=reason, search=search)
        return
    rule = next((one for one in books.rules.rules if one.name == sides[0].rule.name), books.rules.rules[0])
    proposed = attrs.evolve(rule, action=Action.PROPOSE)
    certificate = certify(Answer(proposed, reason, sides, search), payment, claims, books)
    yield certificate
    if len(sides) == 1:
        yield attrs.evolve(certificate, outcome=Outcome.APPLIED)


@pytest.mark.laws
@pytest.mark.parametrize("rules", RULE_SETS.values(), ids=list(RULE_SETS))
@given(st.integers(0, 2**32))
def test_no_certificate_holds_but_the_one_that_the_engine_makes(rules: RuleSet, seed: int) -> None:
    """Of one payment, on one view, whatever sides, reasons and searches other engines would put together."""
    random = Random(seed)
    view = portfolio(random).given(rules)
    altered = altered_books(random, view) if random.random() < 0.3 else view
    altered = attrs.evolve(altered, rules=altered_rules(random, rules))
    books, verifier = Books(view), Verifier(view)
    for honest, other, payment in zip(certificates(view), certificates(altered), view.payments, strict=True):
        sides = dict.fromkeys([*told_otherwise(random, other.sides, rules), honest.sides])
        searches = dict.fromkeys([other.search, honest.search, None, search_over(other.sides, books)])
        answers = list(product(sides, Reason, searches))
        for answer in random.sample(answers, min(len(answers), TRIED_OF_EACH)):
            for certificate in forged(answer, payment, books):
                assert certificate == honest or not is_believed(verifier, certificate), certificate


def is_believed(verifier: Verifier, certificate: Certificate) -> bool:
    """True where it verifies."""
    try:
        verifier.verify(certificate)
    except CertificateInvalid:
        return False
    return True
