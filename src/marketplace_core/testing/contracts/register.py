"""What every register must do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from marketplace_core.domain.access import Reach
from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId
from marketplace_core.domain.maintenance.decisions import NewTicket
from marketplace_core.domain.paging import Filter, Kind, Operator, PageAsk, Position, Sort
from marketplace_core.domain.register import INVOICES, KINDS, LEASES, PAYMENTS, PEOPLE, RECEIPTS, UNITS
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.register import Register
from marketplace_core.services.maintenance.working import OpenTicket
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.contracts.state import a_busy_year
from marketplace_core.testing.life import BookStore, PortfolioLife
from marketplace_core.testing.register_books import asks, everything, expected, kinds, open_book, random_book, reaches
from marketplace_core.testing.register_listings import listing_of_everything

BOOKS = 12
"""How many random books are looked at, each through several reaches."""
_AS_IT_COMES = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
_PHASES = (Phase.explicit, Phase.generate)


def all_pages(
    register: Register, reach: Reach, kind: Kind[Any], ask: PageAsk, between: Callable[[], object] = lambda: None
) -> Iterator[Any]:
    """Every entry of an ask, a page after the other."""
    after: Position | None = None
    while True:
        page = register.page(reach, kind, PageAsk(ask.limit, after, ask.sort, ask.filters))
        assert len(page.entries) <= ask.limit
        yield from page.entries
        if page.next is None:
            return
        after = page.next
        between()


class RegisterContract(StoreContract):
    """Shows all that is in reach and nothing else, in order, a page after the other."""

    def test_pages_are_everything_in_reach_in_order(self, store: BookStore) -> None:
        """For random books, reaches and asks: the pages joined are everything filtered by ``Reach.shows``."""
        numbers = count(1)

        @settings(max_examples=BOOKS, deadline=None, suppress_health_check=_AS_IT_COMES, phases=_PHASES)
        @given(st.data())
        def look(data: st.DataObject) -> None:
            life = open_book(store, f"r{next(numbers)}")
            random_book(data, life)
            for _ in range(5):
                reach = data.draw(reaches(life.portfolio_id))
                there = everything(store, life.portfolio_id, reach)
                for kind in KINDS:
                    ask = data.draw(asks(kind, [it for it in there if it.kind == kind.name]))
                    wanted = expected(kind, ask, there, reach)
                    assert list(all_pages(store, reach, kind, ask)) == wanted, (reach, kind, ask)

        look()

    def test_each_entry_is_found_by_its_id_where_it_is_in_reach(self, store: BookStore) -> None:
        """By id as in the pages; what is out of reach and what is not there are refused in the same words."""
        numbers = count(1)

        @settings(max_examples=BOOKS // 2, deadline=None, suppress_health_check=_AS_IT_COMES, phases=_PHASES)
        @given(st.data())
        def look(data: st.DataObject) -> None:
            life = open_book(store, f"r{next(numbers)}")
            random_book(data, life)
            reach, kind = data.draw(reaches(life.portfolio_id)), data.draw(kinds())
            there = [it for it in everything(store, life.portfolio_id, reach) if it.kind == kind.name]
            shown = expected(kind, PageAsk(), there, reach)
            for it in there:
                if it.entry in shown:
                    assert store.one(reach, kind, it.key) == it.entry
                else:
                    with pytest.raises(NotFound) as refused:
                        store.one(reach, kind, it.key)
                    assert str(refused.value) == kind.not_found(it.key)

        look()
        with pytest.raises(NotFound, match="no invoice nothing, or it is not visible to you"):
            store.one(Reach(PortfolioId("r1"), is_whole=True), INVOICES, "nothing")

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
    def test_another_portfolio_shows_nothing(self, life: PortfolioLife, kind: Kind[Any]) -> None:
        """A whole reach in one portfolio shows nothing of another, though ids are the same; nor in an unknown one."""
        a_busy_year(life)
        OpenTicket(life.store, life.store)(life.command("ticket.open"), NewTicket("The tap leaks"))
        listing_of_everything(life)
        other = PortfolioLife(life.store, "p2").opened(1)
        own = [it.key for it in everything(life.store, life.portfolio_id, _whole(life)) if it.kind == kind.name]
        theirs = [it.entry for it in everything(life.store, other.portfolio_id, _whole(other)) if it.kind == kind.name]
        asked = PageAsk(500, sort=Sort(kind.key))
        assert own
        assert list(life.store.page(_whole(other), kind, asked).entries) == theirs
        assert life.store.page(Reach(PortfolioId("nowhere"), is_whole=True), kind).entries == ()

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
    def test_an_empty_reach_shows_nothing(self, life: PortfolioLife, kind: Kind[Any]) -> None:
        """Who reaches no property, lease or person sees no row of any kind."""
        a_busy_year(life)
        listing_of_everything(life)
        assert life.store.page(Reach(life.portfolio_id), kind).entries == ()

    @pytest.mark.parametrize("descending", [False, True])
    def test_what_is_there_comes_once_while_rows_come_between_pages(
        self, life: PortfolioLife, *, descending: bool
    ) -> None:
        """Payments received between pages, before and after where a reader is, make no gap and nothing double."""
        for day in range(1, 10):
            life.pay(f"T{day}", 500, f"2026-01-{day * 2:02d}")
        ask = PageAsk(2, sort=Sort("value_date", descending=descending))
        before = [it.payment.payment_id for it in all_pages(life.store, _whole(life), PAYMENTS, ask)]
        steps = count(1)

        def come() -> None:
            for day in (1, 9, 17, 28):
                life.pay(f"N{next(steps)}", 500, f"2026-01-{day:02d}")

        seen = [it.payment.payment_id for it in all_pages(life.store, _whole(life), PAYMENTS, ask, come)]
        assert len(seen) == len(set(seen))
        assert [it for it in seen if it in before] == before
        assert len(before) == 9

    def test_an_unknown_field_is_refused_with_the_known_ones(self, life: PortfolioLife) -> None:
        """So are an operator that a field has not, a value of another type, and an order by what is not sortable."""
        whole = _whole(life)
        for ask, message in (
            (
                PageAsk(filters=(Filter("colour", Operator.EQUAL, "red"),)),
                "'colour' is not one of property_id",
            ),
            (PageAsk(filters=(Filter("kind", Operator.AT_LEAST, "x"),)), "kind is compared with eq, not with ge"),
            (PageAsk(filters=(Filter("due_date", Operator.EQUAL, "2026"),)), "is not a day such as"),
            (PageAsk(sort=Sort("amount")), "'amount' is not one of invoice_id, due_date"),
            (PageAsk(after=Position("x", "y")), "is not a day such as"),
        ):
            with pytest.raises(InvalidInput, match=message):
                life.store.page(whole, INVOICES, ask)

    def test_a_tenant_sees_their_own_and_no_more(self, life: PortfolioLife) -> None:
        """Of a payment given to two leases a tenant sees their own; no filter by the other one finds it."""
        life.let(1)
        life.let(2)
        life.bill("2026-01")
        life.give(life.pay("T1", 5_000, "2026-01-05"), {"l1": 2_000, "l2": 3_000})
        life.pay("T2", 700, "2026-01-06")
        reach = Reach(life.portfolio_id, lease_ids=frozenset([LeaseId("l1")]), person_ids=frozenset([PersonId("t1")]))
        store = life.store
        assert [it.lease.lease_id for it in store.page(reach, LEASES).entries] == ["l1"]
        assert [it.invoice.lease_id for it in store.page(reach, INVOICES).entries] == ["l1"]
        assert [(it.payment.transaction_id, it.lease_ids) for it in store.page(reach, PAYMENTS).entries] == [
            ("T1", ("l1",))
        ]
        assert [it.lease_ids for it in store.page(reach, RECEIPTS).entries] == [("l1",)]
        assert [it.person_id for it in store.page(reach, PEOPLE).entries] == ["t1"]
        kinds_of_money: tuple[Kind[Any], ...] = (PAYMENTS, RECEIPTS, INVOICES)
        for kind in kinds_of_money:
            asked = PageAsk(filters=(Filter("lease_id", Operator.EQUAL, "l2"),))
            assert store.page(reach, kind, asked).entries == ()

    def test_a_unit_is_vacant_from_the_day_on_which_its_lease_ends(self, life: PortfolioLife) -> None:
        """Taken on the first day and the last one, vacant before, and on the day after."""
        life.let(1, start="2026-01-10")
        account = life.store.account(life.portfolio_id, LeaseId("l1"))
        life.let(2, start="2026-01-01", terms=(type(account.lease.terms[0])(date(2026, 1, 5), date(2026, 2, 1)),))
        for day, vacant in ((4, ["u1", "u2", "u3"]), (5, ["u1", "u3"]), (10, ["u3"]), (31, ["u3"]), (32, ["u2", "u3"])):
            on = date.fromordinal(date(2025, 12, 31).toordinal() + day)
            asked = PageAsk(filters=(Filter("vacant_on", Operator.EQUAL, on),))
            assert [it.unit.unit_id for it in life.store.page(_whole(life), UNITS, asked).entries] == vacant, on


def _whole(life: PortfolioLife) -> Reach:
    return Reach(life.portfolio_id, is_whole=True)
