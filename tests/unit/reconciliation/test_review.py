"""Review: the queue, a person's decisions, and aliases that are learned and forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace_core.domain.identifiers import LeaseId, MatchId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.payment import Payer
from marketplace_core.domain.reconciliation import (
    Outcome,
    ReviewDecision,
    ReviewItem,
    Slice,
    Verdict,
    accept,
    accept_all,
    choose,
    forget,
    learned_aliases,
    reconcile,
    reject,
    review_queue,
    split_among,
    taught_by,
    waiting_total,
)
from marketplace_core.errors import InvalidInput, OverAllocation
from marketplace_core.testing.rent_book import RentBook

BY: dict[str, Any] = {"decided_by": "person:jane", "reason": "asked the tenant"}


def book() -> RentBook:
    """Three payments for a person to look at, and one that nobody knows."""
    made = RentBook().lease("a", 15_000, name="John Kamau").lease("b", 12_000, name="Mary Akinyi")
    made.payment(4_000, name="John Kamau").payment(9_000, name="Mary Akinyi").payment(9_000, name="Mary Akinyi")
    return made.payment(500, "HELLO", name="Zed Nobody")


def queue(made: RentBook) -> tuple[ReviewItem, ...]:
    """The review queue of a book."""
    return review_queue(made.payments, reconcile(made.given()))


def part(lease: str, amount: int) -> Slice:
    """A slice of whole shillings."""
    return Slice(LeaseId(lease), Money(amount * 100, KES))


def test_the_largest_money_comes_first() -> None:
    """The queue holds all that was not applied, by money and then by payment id, and its total is visible."""
    items = queue(book())
    assert [item.payment.payment_id for item in items] == ["p2", "p3", "p1", "p4"]
    assert waiting_total(items) == (Money(2_250_000, KES),)


def test_a_person_accepts_chooses_splits_or_rejects() -> None:
    """Each decision is a value that names who and why, with the slices it applies."""
    first = queue(book())[0]
    assert accept(first, **BY).slices == first.certificate.sides[0].slices
    assert choose(first, part("a", 9_000), **BY).verdict is Verdict.CHOOSE
    assert len(split_among(first, [part("a", 4_000), part("b", 5_000)], **BY).slices) == 2
    assert reject(first, **BY).slices == ()


def test_decisions_that_make_no_sense_are_refused() -> None:
    """More than the payment, nothing, a lease twice, nobody's name or no reason: refused."""
    first, last = queue(book())[0], queue(book())[-1]
    with pytest.raises(OverAllocation):
        choose(first, part("a", 9_001), **BY)
    for parts in ([], [part("a", 0)], [part("a", 1), part("a", 1)]):
        with pytest.raises(InvalidInput):
            split_among(first, parts, **BY)
    with pytest.raises(InvalidInput, match="no side 0"):
        accept(last, **BY)
    with pytest.raises(InvalidInput, match="who and why"):
        reject(first, decided_by=" ", reason="because")
    with pytest.raises(InvalidInput, match="another payment"):
        ReviewDecision(Verdict.REJECT, first.payment, last.certificate, (), decided_by="x", reason="y")


def test_one_pattern_is_accepted_in_bulk() -> None:
    """All payments proposed in the same way are accepted at once, others are left."""
    items = queue(book())
    decisions = accept_all(items, items[0].pattern, **BY)
    assert [one.payment.payment_id for one in decisions] == ["p2", "p3", "p1"]
    assert accept_all(items, items[-1].pattern, **BY) == ()


def test_a_decision_teaches_who_pays_and_undoing_it_forgets() -> None:
    """After a person's choice the same phone is known in every form; without the match it is not."""
    made = RentBook().lease("a", 15_000).payment(4_000, "MAMA BOI", name="Zed Nobody", phone="0799111222")
    decision = choose(queue(made)[0], part("a", 4_000), **BY)
    made.aliases += taught_by(decision, made.portfolio_id, MatchId("m9"))
    assert {alias.kind for alias in made.aliases} == {"phone", "name", "text"}
    made.payments.clear()
    made.payment(3_000, phone="254799111222", payment="p5")
    certificate = made.certificate()
    assert (certificate.outcome, certificate.sides[0].evidence[0].known) == (Outcome.APPLIED, "m9")
    made.aliases = list(forget(made.aliases, MatchId("m9")))
    assert made.certificate().outcome is Outcome.UNMATCHED


def test_what_is_not_the_payers_alone_is_not_learned() -> None:
    """A masked phone, a reference and a one-word name teach nothing."""
    payer = Payer("JOHN", "2547****5678")
    assert learned_aliases(RentBook().portfolio_id, LeaseId("a"), payer, "A12 NOV", MatchId("m")) == ()
