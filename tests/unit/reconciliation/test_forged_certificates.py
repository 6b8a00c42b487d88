"""Certificates that the engine could not have made are refused, however well their parts fit together."""

from __future__ import annotations

from typing import Final

import attrs
import pytest

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.reconciliation import (
    DEFAULT_RULES,
    Action,
    Arithmetic,
    Certificate,
    EvidenceKind,
    Outcome,
    Reason,
    ReconciliationInput,
    Rival,
    Rule,
    RuleSet,
    RuleStamp,
    SearchBound,
    Side,
    Verification,
    WhyLost,
    verify,
)
from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.claims import gather
from marketplace_core.domain.reconciliation.limits import INVOICES_MOST, STATES_MOST
from marketplace_core.domain.reference import issue_reference
from marketplace_core.errors import CertificateInvalid
from marketplace_core.testing.rent_book import RentBook

USD: Final = Currency.of("USD")
RULES: Final = {one.name: one for one in DEFAULT_RULES.rules}


def stamped(side: Side, rule: Rule) -> Side:
    """The side as if that rule had made it."""
    return attrs.evolve(
        side, rule=RuleStamp(rule.name, rule.version), confidence_basis_points=rule.confidence_basis_points
    )


def refuse(forged: Certificate, honest: Certificate, view: ReconciliationInput, message: str) -> None:
    """The honest certificate holds, and the forged one is another and is refused for that reason."""
    assert verify(honest, view) is Verification.HOLDS
    assert forged != honest
    with pytest.raises(CertificateInvalid, match=message):
        verify(forged, view)


@pytest.mark.parametrize("tier", [1, 10])
def test_a_rule_without_criteria_decides_nothing(tier: int) -> None:
    """A rule of one's own that asks for nothing and applies does not apply money that an amount alone explains."""
    empty = Rule(
        name="empty",
        version=1,
        tier=tier,
        criteria=(),
        action=Action.APPLY,
        confidence_basis_points=9_999,
    )
    rules = RuleSet("with an empty one", 1, (empty, *DEFAULT_RULES.rules))
    book = RentBook().lease("a", 5_000).lease("b", 700).payment(5_000)
    honest = book.certificate(rules)
    assert (honest.outcome, honest.sides[0].rule.name) == (Outcome.PROPOSED, "amount-alone")
    forged = attrs.evolve(honest, outcome=Outcome.APPLIED, sides=(stamped(honest.sides[0], empty),))
    refuse(forged, honest, book.given(rules), "has no criteria")


@pytest.mark.parametrize("namesakes", [1, 2])
def test_leases_do_not_tie_by_a_rule_whose_amount_nothing_explains(namesakes: int) -> None:
    """A name alone, right in 70% of cases, does not pass for a name and an amount, right in 99.5%."""
    book = RentBook().payment(123, name="John Kamau")
    for place in range(namesakes):
        book.lease(f"l{place}", 5_000, name="John Kamau")
    honest = book.certificate()
    assert {side.rule.name for side in honest.sides} == {"name-alone"}
    forged = attrs.evolve(
        honest,
        reason=Reason.TIE,
        sides=tuple(stamped(side, RULES["name-and-amount"]) for side in honest.sides),
        search=SearchBound(namesakes, INVOICES_MOST, STATES_MOST, complete=True),
    )
    refuse(forged, honest, book.given(), "asks for an amount")


def test_a_rule_whose_search_was_given_up_is_not_passed_over() -> None:
    """With more open invoices than are searched the first rule ends the matter: no later one decides."""
    book = RentBook().lease("a", *[5_000] * (INVOICES_MOST + 1), name="John Kamau").payment(123, name="John Kamau")
    honest = book.certificate()
    assert (honest.reason, honest.sides[0].rule.name) == (Reason.PAST_BOUND, "name-and-amount")
    forged = attrs.evolve(
        honest, reason=Reason.RULE, sides=(stamped(honest.sides[0], RULES["name-alone"]),), search=None
    )
    refuse(forged, honest, book.given(), "comes first and its search was given up")


def in_dollars() -> RentBook:
    """A payment in shillings by somebody who has two leases in dollars, one with a phone."""
    book = RentBook().lease("a", currency=USD, name="John Kamau", phone="0712345678")
    return book.lease("b", currency=USD, name="John Kamau").payment(500, name="John Kamau", phone="0712345678")


@pytest.mark.parametrize("name", ["reference", "name-alone", "name-and-amount"])
def test_another_currency_is_shown_by_the_first_rule_that_the_lease_meets(name: str) -> None:
    """Not by a rule that it does not meet, nor by a later one, nor by one that asks for an amount."""
    honest = in_dollars().certificate()
    assert (honest.reason, honest.sides[0].rule.name) == (Reason.OTHER_CURRENCY, "phone-and-name")
    forged = attrs.evolve(honest, sides=(stamped(honest.sides[0], RULES[name]),))
    refuse(forged, honest, in_dollars().given(), "lease in another currency")


def test_another_currency_is_shown_for_the_first_lease() -> None:
    """Of two leases in another currency the second one is a rival, and no other way about."""
    honest, view = in_dollars().certificate(), in_dollars().given()
    evidence = gather(view.payments[0], Books(view)).by_lease
    side = attrs.evolve(stamped(honest.sides[0], RULES["name-alone"]), evidence=evidence[LeaseId("b")])
    rival = Rival(LeaseId("a"), EvidenceKind.PHONE, "identical", WhyLost.OTHER_CURRENCY)
    forged = attrs.evolve(honest, sides=(side,), rivals=(rival,))
    refuse(forged, honest, view, "lease in another currency")


def test_a_lease_in_the_payments_currency_is_not_shown_as_in_another() -> None:
    """A phone that fits three leases proves none of them, and each is in the payment's currency."""
    book = (
        RentBook().lease("a", 5_000, phone="0712345678").lease("b", phone="0722111678").lease("c", phone="0733222678")
    )
    book.payment(123, phone="2547****678")
    honest, view = book.certificate(), book.given()
    assert (honest.outcome, len(honest.rivals)) == (Outcome.UNMATCHED, 3)
    unapplied, none = view.payments[0].unapplied, Money(0, KES)
    side = Side(
        rule=RuleStamp("reference", 1),
        confidence_basis_points=RULES["reference"].confidence_basis_points,
        slices=(),
        evidence=gather(view.payments[0], Books(view)).by_lease[LeaseId("a")],
        explained_by=(),
        arithmetic=Arithmetic(unapplied, (), none, none, unapplied),
    )
    forged = attrs.evolve(
        honest, outcome=Outcome.PROPOSED, reason=Reason.OTHER_CURRENCY, sides=(side,), rivals=honest.rivals[1:]
    )
    refuse(forged, honest, view, "lease in another currency")


def test_a_payment_for_a_lease_in_another_currency_is_not_unmatched() -> None:
    """A person is to see it: it does not pass as money of which nobody knows anything."""
    honest = in_dollars().certificate()
    rival = Rival(LeaseId("a"), EvidenceKind.PHONE, "identical", WhyLost.OTHER_CURRENCY)
    forged = attrs.evolve(
        honest, outcome=Outcome.UNMATCHED, reason=Reason.NO_EVIDENCE, sides=(), rivals=(rival, *honest.rivals)
    )
    refuse(forged, honest, in_dollars().given(), "lease a in another currency meets rule phone-and-name")


def test_a_foreign_reference_stops_only_what_would_be_applied() -> None:
    """A rule that proposes keeps its own reason, whatever else the text names."""
    stranger = issue_reference(PortfolioId("other"), LeaseId("z"))
    book = RentBook().lease("a", 5_000, name="John Kamau").payment(123, stranger, name="John Kamau")
    honest = book.certificate()
    assert (honest.reason, honest.sides[0].rule.name) == (Reason.RULE, "name-alone")
    refuse(attrs.evolve(honest, reason=Reason.FOREIGN_REFERENCE), honest, book.given(), "would not have applied")


SEVERAL_SETS: Final = (
    RentBook().lease("a", 5_000, name="John Kamau").lease("b", 5_000, name="John Kamau").payment(5_000, name="J Kamau")
)
TIE: Final = (
    RentBook().lease("a", 5_000, name="John Kamau").lease("b", 6_000, name="John Kamau").payment(123, name="J Kamau")
)
PAST_BOUND: Final = RentBook().lease("a", *[7] * 40, name="John Kamau").lease("b", *[9] * 40, name="John Kamau")
PAST_BOUND.payment(1, name="J Kamau")


@pytest.mark.parametrize(
    ("book", "reason", "other"),
    [
        (SEVERAL_SETS, Reason.SEVERAL_SETS, "name-alone"),
        (SEVERAL_SETS, Reason.SEVERAL_SETS, "partial-name-amount-and-due"),
        (TIE, Reason.TIE, "close-name-and-amount"),
        (TIE, Reason.TIE, "partial-name-alone"),
        (PAST_BOUND, Reason.PAST_BOUND, "name-alone"),
    ],
)
def test_all_sides_are_by_the_rule_that_decides(book: RentBook, reason: Reason, other: str) -> None:
    """The second side may not borrow another rule, and so another confidence, though its lease meets that one."""
    honest = book.certificate()
    first, second = honest.sides
    assert (honest.reason, first.rule) == (reason, second.rule)
    forged = attrs.evolve(honest, sides=(first, stamped(second, RULES[other])))
    refuse(forged, honest, book.given(), "the sides are by different rules")


@pytest.mark.parametrize(
    "book",
    [
        RentBook().lease("a", 5_000).lease("b", 700).payment(5_700),
        RentBook().lease("a", 5_000, 700, name="John Kamau").payment(5_700, name="John Kamau"),
    ],
)
def test_a_set_of_invoices_is_named_in_one_order(book: RentBook) -> None:
    """By lease, then oldest due first; not even with evidence that names the same invoices in another order."""
    honest = book.certificate()
    (side,) = honest.sides
    assert side.explained_by == ("i1", "i2")
    evidence = tuple(
        attrs.evolve(piece, known="+".join(reversed(piece.known.split("+")))) if piece.kind == "amount" else piece
        for piece in side.evidence
    )
    forged = attrs.evolve(side, explained_by=side.explained_by[::-1], evidence=evidence)
    refuse(attrs.evolve(honest, sides=(forged,)), honest, book.given(), "stand in another order")
