"""What needs a person: the queue, the person's decisions, and what these teach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from attrs import field, frozen

from marketplace_core.domain.identifiers import LeaseId, MatchId, PortfolioId
from marketplace_core.domain.money import Money, total
from marketplace_core.domain.payment import Payer, PayerAlias
from marketplace_core.domain.reconciliation.certificate import Certificate, Outcome, Reason, Reconciliation, Slice
from marketplace_core.domain.reconciliation.evidence import EvidenceKind
from marketplace_core.domain.reconciliation.inputs import UnappliedPayment
from marketplace_core.domain.reconciliation.reading import alias_texts
from marketplace_core.errors import InvalidInput, OverAllocation


class Verdict(StrEnum):
    """What a person decided."""

    ACCEPT = "accept"
    CHOOSE = "choose"
    SPLIT = "split"
    REJECT = "reject"


@frozen
class Pattern:
    """What repeats among payments to review: the reason, the rule, and the evidence of the first side."""

    reason: Reason
    rule_name: str
    evidence: tuple[tuple[EvidenceKind, str], ...]


@frozen
class ReviewItem:
    """A payment that a person must look at, with its certificate."""

    payment: UnappliedPayment
    certificate: Certificate

    @property
    def pattern(self) -> Pattern:
        """What it has in common with others that may be decided in one go."""
        sides = self.certificate.sides
        kinds = tuple((piece.kind, piece.grade) for piece in sides[0].evidence) if sides else ()
        return Pattern(self.certificate.reason, sides[0].rule.name if sides else "", kinds)


def review_queue(payments: Iterable[UnappliedPayment], result: Reconciliation) -> tuple[ReviewItem, ...]:
    """Every payment that was not applied, largest first, then by payment id; currencies one after the other."""
    waiting = {one.payment_id: one.certificate for one in result.decisions if one.outcome is not Outcome.APPLIED}
    items = [ReviewItem(one, waiting[one.payment_id]) for one in payments if one.payment_id in waiting]
    return tuple(
        sorted(
            items,
            key=lambda item: (
                item.payment.unapplied.currency.code,
                -item.payment.unapplied.amount_minor,
                item.payment.payment_id,
            ),
        )
    )


def _said(_instance: object, attribute: object, value: str) -> None:
    if not value.strip():
        raise InvalidInput(f"a review decision names who and why: {getattr(attribute, 'name', 'text')} is empty")


@frozen
class ReviewDecision:
    """What a person decided on a payment: who, why, and the slices applied (none for a rejection).

    ``certificate`` is what lay before the person.
    """

    verdict: Verdict
    payment: UnappliedPayment
    certificate: Certificate
    slices: tuple[Slice, ...]
    decided_by: str = field(validator=_said)
    reason: str = field(validator=_said)

    def __attrs_post_init__(self) -> None:
        """Refuse slices above the payment, of nothing, in another currency, or twice for a lease."""
        if self.payment.payment_id != self.certificate.payment_id:
            raise InvalidInput(f"payment {self.payment.payment_id}: the certificate is of another payment")
        if bool(self.slices) == (self.verdict is Verdict.REJECT):
            raise InvalidInput(f"payment {self.payment.payment_id}: a rejection applies nothing, all else something")
        unapplied = self.payment.unapplied
        applied = total((part.amount for part in self.slices), unapplied.currency)
        if applied > unapplied:
            raise OverAllocation(
                f"payment {self.payment.payment_id}: {applied} is more than the {unapplied} left of it"
            )
        if any(not part.amount.is_positive for part in self.slices):
            raise InvalidInput(f"payment {self.payment.payment_id}: a slice must be above zero")
        if len({part.lease_id for part in self.slices}) != len(self.slices):
            raise InvalidInput(f"payment {self.payment.payment_id}: give each lease one slice")


def accept(item: ReviewItem, *, decided_by: str, reason: str, side: int = 0) -> ReviewDecision:
    """A person takes one of the sides, counted from 0."""
    sides = item.certificate.sides
    if not 0 <= side < len(sides) or not sides[side].slices:
        raise InvalidInput(f"payment {item.payment.payment_id}: there is no side {side} to accept; choose a lease")
    return ReviewDecision(
        Verdict.ACCEPT, item.payment, item.certificate, sides[side].slices, decided_by=decided_by, reason=reason
    )


def choose(item: ReviewItem, part: Slice, *, decided_by: str, reason: str) -> ReviewDecision:
    """A person names a lease that was not proposed, or another amount."""
    return ReviewDecision(Verdict.CHOOSE, item.payment, item.certificate, (part,), decided_by=decided_by, reason=reason)


def split_among(item: ReviewItem, parts: Sequence[Slice], *, decided_by: str, reason: str) -> ReviewDecision:
    """A person splits a payment among leases."""
    return ReviewDecision(
        Verdict.SPLIT, item.payment, item.certificate, tuple(parts), decided_by=decided_by, reason=reason
    )


def reject(item: ReviewItem, *, decided_by: str, reason: str) -> ReviewDecision:
    """A person says it is none of these; the money stays unapplied and visible."""
    return ReviewDecision(Verdict.REJECT, item.payment, item.certificate, (), decided_by=decided_by, reason=reason)


def accept_all(
    items: Iterable[ReviewItem], pattern: Pattern, *, decided_by: str, reason: str
) -> tuple[ReviewDecision, ...]:
    """A person takes the only side of every item with one pattern; items with several sides are left out."""
    return tuple(
        accept(item, decided_by=decided_by, reason=reason)
        for item in items
        if item.pattern == pattern and len(item.certificate.sides) == 1 and item.certificate.sides[0].slices
    )


def learned_aliases(
    portfolio_id: PortfolioId, lease_id: LeaseId, payer: Payer, reference_text: str, origin: MatchId
) -> tuple[PayerAlias, ...]:
    """What a confirmed match teaches of who pays for a lease: the payer's phone, the words he wrote, his name.

    ``origin`` is the match. A phone is learned as its SHA-256, so that the clear and the hashed form are both known
    again; a masked phone and a reference are not learned.
    """
    signs = alias_texts(payer, reference_text)
    return tuple(PayerAlias(portfolio_id, lease_id, kind, text, origin) for kind, text in sorted(signs.items()))


def taught_by(decision: ReviewDecision, portfolio_id: PortfolioId, match_id: MatchId) -> tuple[PayerAlias, ...]:
    """What a decision teaches, for each lease that it chose."""
    payment = decision.payment
    return tuple(
        alias
        for part in decision.slices
        for alias in learned_aliases(portfolio_id, part.lease_id, payment.payer, payment.reference_text, match_id)
    )


def forget(aliases: Iterable[PayerAlias], match_id: MatchId) -> tuple[PayerAlias, ...]:
    """The aliases without those that an undone match taught."""
    return tuple(alias for alias in aliases if alias.origin != match_id)


def waiting_total(items: Iterable[ReviewItem]) -> tuple[Money, ...]:
    """The money that waits for a person, one total a currency."""
    sums: dict[str, Money] = {}
    for item in items:
        amount = item.payment.unapplied
        sums[amount.currency.code] = sums.get(amount.currency.code, Money.zero(amount.currency)) + amount
    return tuple(sums[code] for code in sorted(sums))
