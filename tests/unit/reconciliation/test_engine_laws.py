"""What holds of every run: any order, every payment once, unknown money never applied, tables that miss nobody."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.reconciliation import (
    NameGrade,
    Outcome,
    PureMatcher,
    ReconciliationInput,
    SamePhone,
    certificate_to_plain,
    compare_names,
    reconcile,
    same_phone,
)
from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.names import name_words
from marketplace_core.domain.reconciliation.phones import read_phone
from marketplace_core.errors import InvalidInput, PortfolioMismatch
from marketplace_core.ports.matcher import Matcher
from marketplace_core.testing.kenyan_rent import Truth, kenyan_rent
from marketplace_core.testing.rent_book import RentBook

WORLD = kenyan_rent(Random(11), 60)


def _bytes(given: ReconciliationInput) -> str:
    return json.dumps([certificate_to_plain(one.certificate) for one in reconcile(given).decisions])


EXPECTED = _bytes(WORLD.given)


@pytest.mark.laws
@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_same_input_in_any_order_gives_the_same_bytes(random: Random) -> None:
    """Payments, leases, invoices and aliases may come in any order."""
    shuffled: dict[str, Any] = {}
    for name in ("payments", "leases", "open_invoices", "aliases"):
        parts = list(getattr(WORLD.given, name))
        random.shuffle(parts)
        shuffled[name] = tuple(parts)
    assert _bytes(attrs.evolve(WORLD.given, **shuffled)) == EXPECTED


@pytest.mark.laws
@settings(max_examples=20, deadline=None)
@given(st.sets(st.sampled_from(range(len(WORLD.given.payments))), min_size=1))
def test_a_payment_is_decided_alone(chosen: set[int]) -> None:
    """Portions of the payments give the decisions of the whole, so work can be split."""
    payments = tuple(WORLD.given.payments[place] for place in chosen)
    whole = {one.payment_id: one for one in reconcile(WORLD.given).decisions}
    part = reconcile(attrs.evolve(WORLD.given, payments=payments)).decisions
    assert all(whole[one.payment_id] == one for one in part)
    assert len(part) == len(chosen)


@pytest.mark.laws
@pytest.mark.parametrize("seed", range(3))
def test_unknown_money_is_never_applied_and_what_is_applied_is_right(seed: int) -> None:
    """On fresh synthetic rent no stranger's money moves, and of what moves at least .999 is right."""
    world = kenyan_rent(Random(seed), 2_000)
    decisions = reconcile(world.given).decisions
    assert [one.payment_id for one in decisions] == [one.payment_id for one in world.given.payments]
    applied = [one for one in decisions if one.outcome is Outcome.APPLIED]
    assert not [one for one in applied if world.kinds[one.payment_id] is Truth.UNKNOWN]
    right = [one for one in applied if frozenset(part.lease_id for part in one.slices) == world.truth[one.payment_id]]
    assert len(right) >= 0.999 * len(applied) > 0
    for one in applied:
        unapplied = one.certificate.sides[0].arithmetic.unapplied.amount_minor
        assert sum(part.amount.amount_minor for part in one.slices) == unapplied


@pytest.mark.laws
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(WORLD.given.payments))
def test_the_tables_miss_nobody_that_a_plain_look_at_every_lease_finds(payment: object) -> None:
    """Names and masked phones found by table are those found by comparing with every tenant."""
    books = Books(WORLD.given)
    payer = payment.payer  # type: ignore[attr-defined]
    known = [(lease.lease_id, tenant) for lease in WORLD.given.leases for tenant in lease.tenants]
    words = name_words(payer.name)
    same = {lease_id for lease_id, tenant in known if name_words(tenant.name) == words}
    alike = {
        lease_id
        for lease_id, tenant in known
        if compare_names(payer.name, tenant.name) in (NameGrade.FULL, NameGrade.PARTIAL)
    }
    found = books.namesakes.of(words)
    assert same <= found
    assert same or alike <= found
    by_phone = {
        lease_id
        for lease_id, tenant in known
        if any(same_phone(phone, payer.phone) is SamePhone.COMPATIBLE for phone in tenant.phones)
    }
    assert by_phone == set(books.fits(read_phone(payer.phone)))


def test_the_pure_engine_fits_the_port() -> None:
    """The port's method gives the decisions of the function, one after the other."""
    matcher: Matcher = PureMatcher()
    assert tuple(matcher.decide(WORLD.given)) == reconcile(WORLD.given).decisions


def test_a_repeated_payment_counts_once_and_a_different_one_is_refused() -> None:
    """The same payment twice changes nothing; two amounts under one id are refused."""
    book = RentBook().lease("a", 5_000).payment(100, payment="p").payment(100, payment="p")
    assert len(book.certificates()) == 1
    book.payment(200, payment="p")
    with pytest.raises(InvalidInput, match="payment p"):
        book.given()


def test_parts_that_do_not_fit_together_are_refused() -> None:
    """An invoice of an unknown lease, and an alias of another portfolio, are refused with their names."""
    book = RentBook().lease("a", 5_000).payment(100)
    with pytest.raises(InvalidInput, match="invoice i1"):
        attrs.evolve(book.given(), leases=())
    book.learned("a", phone="0712345678")
    foreign = attrs.evolve(book.aliases[0], portfolio_id=PortfolioId("other"))
    with pytest.raises(PortfolioMismatch):
        attrs.evolve(book.given(), aliases=(foreign,))
