"""The search for sets of invoices that explain an amount."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace_core.domain.reconciliation.deciding.sets import find_sets
from marketplace_core.domain.reconciliation.limits import INVOICES_MOST, SETS_MOST
from marketplace_core.domain.reconciliation.recheck import count_sets
from marketplace_core.testing.rent_book import RentBook

AMOUNTS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9)), min_size=1, max_size=9)


def _book(amounts: list[tuple[int, int]]) -> RentBook:
    book = RentBook()
    for lease in range(3):
        book.lease(f"l{lease}")
    for lease, amount in amounts:
        book.invoice(f"l{lease}", amount, book.as_of.replace(day=1))
    return book


@pytest.mark.laws
@given(AMOUNTS, st.integers(1, 30))
def test_every_set_is_found_up_to_the_limit(amounts: list[tuple[int, int]], target: int) -> None:
    """The search and the checker's own count agree with trying every subset, equal invoices of a lease being one."""
    invoices = _book(amounts).invoices
    tried = {
        tuple(sorted((one.lease_id, one.open_amount.amount_minor) for one in chosen))
        for size in range(1, len(invoices) + 1)
        for chosen in combinations(invoices, size)
        if sum(one.open_amount.amount_minor for one in chosen) == target * 100
    }
    found = find_sets(invoices, target * 100, target * 100)
    assert found.bound.complete
    assert len(found.sets) == min(len(tried), SETS_MOST)
    assert count_sets(invoices, target * 100, target * 100) == min(len(tried), SETS_MOST)
    by_id = {one.invoice_id: one for one in invoices}
    for one in found.sets:
        assert sum(by_id[invoice_id].open_amount.amount_minor for invoice_id in one) == target * 100


@pytest.mark.laws
@given(AMOUNTS, st.integers(1, 30), st.randoms(use_true_random=False))
def test_the_order_of_invoices_does_not_matter(amounts: list[tuple[int, int]], target: int, random: object) -> None:
    """Shuffled invoices give the same sets."""
    invoices = _book(amounts).invoices
    shuffled = list(invoices)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert find_sets(shuffled, target, target) == find_sets(invoices, target, target)


def test_past_the_bound_the_search_says_so() -> None:
    """More invoices than the bound are not searched, and the result is not called complete."""
    book = _book([(0, 1)] * (INVOICES_MOST + 1))
    search = find_sets(book.invoices, 100, 100)
    assert (search.sets, search.bound.complete, search.bound.invoices) == ((), False, INVOICES_MOST + 1)


def test_too_many_partial_sums_are_given_up() -> None:
    """Amounts whose partial sums double with each invoice end the search at its bound."""
    book = _book([(0, 2**place) for place in range(20)])
    assert not find_sets(book.invoices, 10**9, 10**9).bound.complete
