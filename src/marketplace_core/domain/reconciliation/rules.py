"""Rules of matching as data: which evidence, with what tolerance, applies or proposes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from hashlib import blake2b

from attrs import Factory, field, frozen

from marketplace_core.domain.money import Money
from marketplace_core.domain.reconciliation.evidence import BIT, GRADES, STRONG, Evidence, EvidenceKind
from marketplace_core.errors import InvalidInput

_CERTAIN_BASIS_POINTS = 10_000
_ABOUT_MONEY = frozenset([EvidenceKind.AMOUNT, EvidenceKind.DUE])


class Action(StrEnum):
    """What a rule does with a payment that meets it."""

    APPLY = "apply"
    PROPOSE = "propose"


@frozen
class Criterion:
    """A kind of evidence that must be there, in one of the grades; no grades named means any."""

    kind: EvidenceKind
    grades: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse a grade that the kind does not have."""
        unknown = [grade for grade in self.grades if grade not in GRADES[self.kind]]
        if unknown:
            raise InvalidInput(f"criterion {self.kind}: grade {unknown[0]!r} is none of {', '.join(GRADES[self.kind])}")

    def is_met_by(self, piece: Evidence) -> bool:
        """True where the piece has the kind and one of the grades."""
        return piece.kind is self.kind and (not self.grades or piece.grade in self.grades)

    @property
    def is_strong(self) -> bool:
        """True where each grade that meets it may apply money alone."""
        return all((self.kind, grade) in STRONG for grade in self.grades or GRADES[self.kind])

    @property
    def bits(self) -> int:
        """The kinds and grades that meet it, as bits."""
        return sum(BIT[self.kind, grade] for grade in self.grades or GRADES[self.kind])

    def __str__(self) -> str:
        """As ``phone:identical|telling``."""
        return f"{self.kind}:{'|'.join(self.grades)}" if self.grades else str(self.kind)


def _who(rule: Rule) -> tuple[Criterion, ...]:
    return tuple(criterion for criterion in rule.criteria if criterion.kind not in _ABOUT_MONEY)


def _how_much(rule: Rule) -> bool:
    return any(criterion.kind is EvidenceKind.AMOUNT for criterion in rule.criteria)


def _who_bits(rule: Rule) -> tuple[int, ...]:
    return tuple(criterion.bits for criterion in _who(rule))


def _against_bits(rule: Rule) -> int:
    bits = 0
    for criterion in rule.contradicted_by:
        bits |= criterion.bits
    return bits


@frozen
class Rule:
    """Every criterion met by evidence for one lease → the action, with a confidence that is measured, not felt.

    A rule without a criterion matches nothing. ``contradicted_by``: evidence for another lease, which the matched
    one does not share, that turns an application into a proposal. ``tolerance``: at most this much of an invoice is
    written off when the payment is short of it. ``confidence_basis_points``: of matches by this rule, how many in
    10,000 are right. Refused: applying on one kind of weak evidence, or on the amount without a sign of who paid.
    """

    name: str
    version: int
    tier: int
    criteria: tuple[Criterion, ...]
    action: Action
    confidence_basis_points: int
    tolerance: Money | None = None
    contradicted_by: tuple[Criterion, ...] = ()
    identity: tuple[Criterion, ...] = field(init=False, eq=False, repr=False, default=Factory(_who, takes_self=True))
    needs_amount: bool = field(init=False, eq=False, repr=False, default=Factory(_how_much, takes_self=True))
    identity_bits: tuple[int, ...] = field(
        init=False, eq=False, repr=False, default=Factory(_who_bits, takes_self=True)
    )
    contradicted_bits: int = field(init=False, eq=False, repr=False, default=Factory(_against_bits, takes_self=True))

    def __attrs_post_init__(self) -> None:
        """Refuse rules that could move money on too little."""
        where = f"rule {self.name!r}"
        if not self.name or self.version < 1 or self.tier < 1:
            raise InvalidInput(f"{where}: give a name, and a version and a tier of 1 or more")
        if not 0 <= self.confidence_basis_points <= _CERTAIN_BASIS_POINTS:
            raise InvalidInput(
                f"{where}: confidence_basis_points must be 0 to 10000, not {self.confidence_basis_points}"
            )
        kinds = [criterion.kind for criterion in self.criteria]
        if len(set(kinds)) != len(kinds):
            raise InvalidInput(f"{where}: name each kind of evidence once")
        if EvidenceKind.DUE in kinds and EvidenceKind.AMOUNT not in kinds:
            raise InvalidInput(f"{where}: a due date is compared with the invoices an amount explains; add amount")
        if self.tolerance is not None and not self.tolerance.is_positive:
            raise InvalidInput(f"{where}: a tolerance must be above zero; leave it out for none")
        if self.action is Action.APPLY and self.criteria:
            if not self.identity:
                raise InvalidInput(f"{where}: an amount alone never says whose money it is; propose instead")
            if len(kinds) == 1 and not self.criteria[0].is_strong:
                raise InvalidInput(f"{where}: one kind of weak evidence never applies money; propose, or ask for more")

    def is_met_by(self, bits: int) -> bool:
        """True where evidence for one lease, as bits, meets every criterion of who paid; false without criteria."""
        for wanted in self.identity_bits:
            if not bits & wanted:
                return False
        return bool(self.identity_bits)


@frozen
class RuleStamp:
    """Which rule decided."""

    name: str
    version: int


def _by_tier(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(sorted(rules, key=lambda rule: rule.tier))


@frozen
class RuleSet:
    """Rules in the order in which they are tried: by tier, then as given; the first that matches decides.

    ``stranger_basis_points``: a masked phone tells a lease only where a stranger's phone would fit anybody of the
    portfolio at most so often in 10,000. ``due_days``: how many days from the due date count as near.
    """

    name: str
    version: int
    rules: tuple[Rule, ...] = field(converter=_by_tier)
    stranger_basis_points: int = 10
    due_days: int = 10

    def __attrs_post_init__(self) -> None:
        """Refuse two rules of one name."""
        names = [rule.name for rule in self.rules]
        if len(set(names)) != len(names):
            raise InvalidInput(f"rule set {self.name!r}: two rules have one name")
        if not self.name or self.version < 1:
            raise InvalidInput("a rule set needs a name and a version of 1 or more")
        if not 0 <= self.stranger_basis_points <= _CERTAIN_BASIS_POINTS or self.due_days < 0:
            raise InvalidInput(f"rule set {self.name!r}: stranger_basis_points is 0 to 10000, due_days 0 or more")


def rule_set_hash(rules: RuleSet) -> str:
    """A digest of everything a rule set says, 32 hexadecimal digits."""
    text = [f"{rules.name}\x1f{rules.version}\x1f{rules.stranger_basis_points}\x1f{rules.due_days}"]
    for rule in rules.rules:
        tolerance = f"{rule.tolerance.amount_minor} {rule.tolerance.currency.code}" if rule.tolerance else ""
        text.append(
            "\x1f".join(
                [
                    rule.name,
                    str(rule.version),
                    str(rule.tier),
                    ",".join(map(str, rule.criteria)),
                    rule.action,
                    str(rule.confidence_basis_points),
                    tolerance,
                    ",".join(map(str, rule.contradicted_by)),
                ]
            )
        )
    return blake2b("\x1e".join(text).encode(), digest_size=16).hexdigest()
