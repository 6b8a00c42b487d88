"""Rules as data: what they refuse, TOML, and what other rules would have done."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.reconciliation import (
    DEFAULT_RULES,
    Action,
    Criterion,
    EvidenceKind,
    Outcome,
    Rule,
    RuleSet,
    reconcile,
    rule_set_from_toml,
    rule_set_hash,
    rule_set_to_toml,
    what_if,
)
from marketplace_core.domain.reference import issue_reference
from marketplace_core.errors import InvalidInput
from marketplace_core.testing.rent_book import RentBook

A = issue_reference(PortfolioId("book"), LeaseId("a"))
HEAD = 'name = "own"\nversion = 2\n'
RULE = '[[rule]]\nname = "r"\nversion = 1\ntier = 1\ncriteria = ["reference:checked"]\naction = "apply"\n'
RULE += "confidence_basis_points = 9999\n"


def rule(criteria: str, action: Action = Action.APPLY, **more: Any) -> Rule:  # noqa: ANN401 - any part of it
    """A rule of the kinds and grades written as ``kind:grade|grade``."""
    parts = [word.partition(":") for word in criteria.split()]
    wanted = tuple(
        Criterion(EvidenceKind(kind), tuple(grades.split("|")) if grades else ()) for kind, _, grades in parts
    )
    return Rule("r", 1, 1, wanted, action, 9_000, **more)


def test_a_rule_without_a_criterion_matches_nothing() -> None:
    """An empty applying rule leaves even an exact reference unmatched."""
    book = RentBook().lease("a", 15_000, reference=A).payment(15_000, A)
    assert book.certificate(RuleSet("empty", 1, (rule(""),))).outcome is Outcome.UNMATCHED


@pytest.mark.parametrize("criteria", ["name", "near_reference", "invoice_number", "phone:compatible", "alias"])
def test_one_kind_of_weak_evidence_cannot_be_made_to_apply(criteria: str) -> None:
    """A rule set that would move money on one weak kind cannot be built; proposing on it can."""
    with pytest.raises(InvalidInput, match="one kind of weak evidence"):
        rule(criteria)
    assert rule(criteria, Action.PROPOSE).criteria


@pytest.mark.parametrize(
    ("criteria", "more"),
    [
        ("amount", {}),
        ("amount due", {}),
        ("reference due", {}),
        ("name name", {}),
        ("reference:checked", {"tolerance": Money(0, KES)}),
    ],
)
def test_rules_that_say_nothing_about_who_paid_are_refused(criteria: str, more: dict[str, Any]) -> None:
    """The amount never says whose money it is; a due date needs an amount; a tolerance is above zero."""
    with pytest.raises(InvalidInput):
        rule(criteria, **more)


def test_a_rule_set_is_read_back_from_toml() -> None:
    """The shipped rules written as TOML are the same rules, with the same hash."""
    tolerant = attrs.evolve(DEFAULT_RULES.rules[0], tolerance=Money(5_050, KES))
    rules = attrs.evolve(DEFAULT_RULES, rules=(tolerant, *DEFAULT_RULES.rules[1:]))
    again = rule_set_from_toml(rule_set_to_toml(rules))
    assert again == rules
    assert rule_set_hash(again) == rule_set_hash(rules) != rule_set_hash(DEFAULT_RULES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "colour = 1\n" + RULE, "unknown key 'colour'"),
        (HEAD + RULE + "tolerence = '1 KES'\n", r"rule 1 \(r\): unknown key 'tolerence'"),
        (HEAD + RULE.replace("apply", "move"), "'move' is neither apply nor propose"),
        (HEAD + RULE.replace("reference:checked", "horoscope"), "evidence 'horoscope' is none of"),
        (HEAD + RULE.replace(":checked", ":golden"), "grade 'golden' is none of"),
        (HEAD + RULE.replace("tier = 1", "tier = true"), "tier must be int, not bool"),
        (HEAD + RULE.replace("tier = 1\n", ""), "tier is missing"),
        (HEAD + RULE.replace("9999", "99.99"), "confidence_basis_points must be int"),
        (HEAD + RULE + "tolerance = '50'\n", "amount and a currency"),
        (HEAD + RULE + RULE, "two rules have one name"),
        (HEAD, "rule is missing"),
        ("version = 1\nrule = []", "name is missing"),
        (HEAD + "rule = [1]", "write rules as tables"),
        ("name = ", "is not TOML"),
    ],
)
def test_a_wrong_rule_text_is_refused_with_its_place(text: str, message: str) -> None:
    """Unknown keys, wrong types and unknown evidence are named, with the rule."""
    with pytest.raises(InvalidInput, match=message):
        rule_set_from_toml(text)


def test_rules_are_tried_by_tier_then_as_given() -> None:
    """The order of tiers, not the order of writing, decides."""
    late = attrs.evolve(rule("name", Action.PROPOSE), name="late", tier=2)
    early = attrs.evolve(rule("unit_code", Action.PROPOSE), name="early", tier=1)
    assert [one.name for one in RuleSet("s", 1, (late, early)).rules] == ["early", "late"]


def test_what_if_lists_past_matches_that_differ_and_the_money_moved() -> None:
    """Without the rule on names and amounts, 15,000 would not have moved; the exact reference would."""
    book = RentBook().lease("a", 15_000, reference=A, name="John Kamau").lease("b", 12_000, name="Mary Akinyi")
    book.payment(15_000, name="John Kamau").payment(12_000, A)
    past = reconcile(book.given()).decisions
    stricter = attrs.evolve(
        DEFAULT_RULES, rules=tuple(one for one in DEFAULT_RULES.rules if one.name != "name-and-amount")
    )
    found = what_if(stricter, book.given(), past)
    assert [(change.payment_id, change.before.outcome, change.after.outcome) for change in found.changes] == [
        ("p1", Outcome.APPLIED, Outcome.PROPOSED)
    ]
    assert found.moved == (Money(1_500_000, KES),)
    assert what_if(DEFAULT_RULES, book.given(), past).changes == ()
