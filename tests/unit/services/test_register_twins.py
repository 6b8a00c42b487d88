"""The suite of the register finds a register that forgets what it is for."""

from __future__ import annotations

from typing import TypeVar

import pytest
from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.access import Reach
from marketplace_core.domain.paging import Kind, Page, PageAsk
from marketplace_core.testing.contracts.register import RegisterContract
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

E = TypeVar("E")


class ForgetsTheReach(MemoryBooks):
    """Shows everybody the whole book."""

    @override
    def page(self, reach: Reach, kind: Kind[E], ask: PageAsk | None = None) -> Page[E]:
        return super().page(evolve(reach, is_whole=True), kind, ask)


class ForgetsTheReachOfOne(MemoryBooks):
    """Shows everybody what has an id."""

    @override
    def one(self, reach: Reach, kind: Kind[E], key: str) -> E:
        return super().one(evolve(reach, is_whole=True), kind, key)


class CountsRowsOff(MemoryBooks):
    """Begins a page so many rows on, whatever came before them meanwhile."""

    _seen = 0

    @override
    def page(self, reach: Reach, kind: Kind[E], ask: PageAsk | None = None) -> Page[E]:
        asked = ask or PageAsk()
        self._seen = 0 if asked.after is None else self._seen + asked.limit
        found = super().page(reach, kind, evolve(asked, after=None, limit=500))
        shown = found.entries[self._seen : self._seen + asked.limit]
        follows = super().page(reach, kind, asked).next if len(found.entries) > self._seen + asked.limit else None
        return Page(shown, follows)


SUITE = RegisterContract()


def test_pages_without_the_filter_are_found() -> None:
    """Random reaches find it."""
    with pytest.raises(AssertionError):
        SUITE.test_pages_are_everything_in_reach_in_order(ForgetsTheReach())


def test_an_entry_out_of_reach_is_found() -> None:
    """Random reaches find what should not have been."""
    with pytest.raises(pytest.fail.Exception):
        SUITE.test_each_entry_is_found_by_its_id_where_it_is_in_reach(ForgetsTheReachOfOne())


@pytest.mark.parametrize("descending", [False, True])
def test_a_register_that_counts_rows_off_is_found(*, descending: bool) -> None:
    """Rows that come between pages move those that were counted: one comes twice or not at all."""
    life = PortfolioLife(CountsRowsOff()).opened()
    with pytest.raises(AssertionError):
        SUITE.test_what_is_there_comes_once_while_rows_come_between_pages(life, descending=descending)


def test_the_tenants_view_finds_it_too() -> None:
    """The written example fails without the filter, and holds with it."""
    with pytest.raises(AssertionError):
        SUITE.test_a_tenant_sees_their_own_and_no_more(PortfolioLife(ForgetsTheReach()).opened())
    SUITE.test_a_tenant_sees_their_own_and_no_more(PortfolioLife(MemoryBooks()).opened())
