"""The rule set that ships: strongest evidence first, and nothing applied on one weak kind."""

from __future__ import annotations

from typing import Final

from marketplace_core.domain.reconciliation.evidence import EvidenceKind
from marketplace_core.domain.reconciliation.rules import Action, Criterion, Rule, RuleSet


def _criteria(text: str) -> tuple[Criterion, ...]:
    found: list[Criterion] = []
    for word in text.split():
        kind, _, grades = word.partition(":")
        found.append(Criterion(EvidenceKind(kind), tuple(grades.split("|")) if grades else ()))
    return tuple(found)


_STRONG_ELSEWHERE: Final = _criteria(
    "reference invoice_number:checked unit_code:unique phone:identical|telling alias:phone|text"
)
_NUMBERED_ELSEWHERE: Final = _criteria(
    "reference invoice_number unit_code:unique phone:identical|telling alias:phone|text name:full|close"
)
"""What is not proven twice yields to a named invoice of somebody else, though serial numbers are easily mistyped."""

_NAMED_ELSEWHERE: Final = (*_STRONG_ELSEWHERE, *_criteria("name:full|close"))

_NEAR_ELSEWHERE: Final = _criteria("near_reference")
_WHO_PAID: Final = (4, 5, 7)
"""Tiers that look at who paid, not at what was written: a text that is nearly somebody's reference stops them."""

_WEAK_TIER: Final = 6
"""From this tier on, evidence is weak, of two kinds."""

_APPLIED: Final = (
    (1, "reference", "reference:checked", 9999),
    (1, "invoice-number-checked", "invoice_number:checked", 9999),
    (2, "invoice-number-and-phone", "invoice_number phone", 9995),
    (2, "invoice-number-and-alias", "invoice_number alias", 9990),
    (2, "invoice-number-and-name", "invoice_number name:full|close", 9990),
    (3, "unit-code-and-phone", "unit_code phone", 9995),
    (3, "unit-code-and-name", "unit_code name", 9990),
    (3, "plain-reference-and-phone", "reference:plain phone", 9995),
    (3, "plain-reference-and-name", "reference:plain name", 9990),
    (3, "unit-code", "unit_code:unique", 9900),
    (3, "plain-reference", "reference:plain", 9900),
    (4, "phone-and-name", "phone name:full|close", 9995),
    (4, "phone", "phone:identical", 9950),
    (4, "masked-phone", "phone:telling", 9900),
    (5, "alias", "alias:phone", 9950),
    (5, "alias-text-and-amount", "alias:text amount", 9950),
    (5, "alias-name-and-amount", "alias:name amount", 9900),
    (6, "near-reference-and-phone", "near_reference phone", 9990),
    (6, "near-reference-and-name", "near_reference name", 9990),
    (6, "near-reference-and-amount", "near_reference amount", 9950),
    (7, "name-and-amount", "name:full amount", 9950),
    (7, "close-name-and-amount", "name:close amount", 9900),
)
_PROPOSED: Final = (
    (8, "partial-name-amount-and-due", "name amount due", 9000),
    (8, "masked-phone-and-amount", "phone amount", 8500),
    (8, "invoice-number-and-amount", "invoice_number amount", 9500),
    (8, "invoice-number-alone", "invoice_number", 8000),
    (8, "alias-text-alone", "alias:text", 9000),
    (8, "alias-name-alone", "alias:name", 8000),
    (8, "near-reference-alone", "near_reference", 8000),
    (8, "name-alone", "name:full|close", 7000),
    (8, "shared-unit-code", "unit_code", 5000),
    (8, "partial-name-alone", "name", 4000),
    (9, "amount-alone", "amount", 1000),
)


def _against(tier: int, criteria: str) -> tuple[Criterion, ...]:
    """A right check character yields only to strong evidence; all else to another tenant's name too."""
    if tier == 1:
        return _STRONG_ELSEWHERE
    found = _NAMED_ELSEWHERE if " " in criteria and tier < _WEAK_TIER else _NUMBERED_ELSEWHERE
    return (*found, *_NEAR_ELSEWHERE) if tier in _WHO_PAID else found


DEFAULT_RULES: Final = RuleSet(
    name="default",
    version=1,
    rules=tuple(
        Rule(
            name=name,
            version=1,
            tier=tier,
            criteria=_criteria(criteria),
            action=Action.APPLY,
            confidence_basis_points=confidence,
            contradicted_by=_against(tier, criteria),
        )
        for tier, name, criteria, confidence in _APPLIED
    )
    + tuple(
        Rule(
            name=name,
            version=1,
            tier=tier,
            criteria=_criteria(criteria),
            action=Action.PROPOSE,
            confidence_basis_points=confidence,
        )
        for tier, name, criteria, confidence in _PROPOSED
    ),
)
"""Confidence is measured on synthetic Kenyan rent and meant to be measured again on a portfolio's own reviews."""
