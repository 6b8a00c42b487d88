"""The search for sets of invoices that explain an amount."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace_core.domain.reconciliation.checking.sets import sets_between
from marketplace_core.domain.reconciliation.deciding.sets import find_sets
from marketplace_core.domain.reconciliation.limits import INVOICES_MOST, SETS_MOST
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
    """The search and the checker's own agree with trying every subset, equal invoices of a lease being one."""
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
    assert sets_between(invoices, target * 100, target * 100) == list(found.sets)
    by_id = {one.invoice_id: one for one in invoices}
    for one in found.sets:
        assert sum(by_id[invoice_id].open_amount.amount_minor for invoice_id in one) == target * 100


@pytest.mark.laws
@given(AMOUNTS, st.integers(1, 30), st.integers(0, 9))
def test_the_checkers_own_search_finds_the_same_sets_in_the_same_order(
    amounts: list[tuple[int, int]], least: int, more: int
) -> None:
    """Between two sums, as within a tolerance: smaller sums first, then more of the largest amount."""
    invoices = _book(amounts).invoices
    least_minor, most_minor = least * 100, (least + more) * 100
    assert sets_between(invoices, least_minor, most_minor) == list(find_sets(invoices, least_minor, most_minor).sets)


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
    assert sets_between(book.invoices, 100, 100) is None


def test_too_many_partial_sums_are_given_up() -> None:
    """Amounts whose partial sums double with each invoice end both searches at the same invoice."""
    for invoices in (13, 14, 20):
        book = _book([(0, 2**place) for place in range(invoices)])
        complete = find_sets(book.invoices, 10**9, 10**9).bound.complete
        assert complete == (invoices < 14)
        assert (sets_between(book.invoices, 10**9, 10**9) is not None) == complete
