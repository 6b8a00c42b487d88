"""Each lease's figures in SQL are the pure function's, for any story, and take a page of memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from itertools import count
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from tests.fixtures.databases import Database, new_database
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.outside_engine import sums
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.identifiers import LeaseId, MatchId, PaymentId, PortfolioId
from marketplace_core.domain.outside_engine.nets import net_of
from marketplace_core.errors import MarketplaceError
from marketplace_core.testing.life import PortfolioLife

pytestmark = pytest.mark.postgres

LEASES = 3
_names = count(1)


@pytest.fixture(scope="module")
def engine(postgres_server: Database) -> Iterator[Engine]:
    """One database for all examples: each opens a portfolio of its own."""
    with new_database(postgres_server, make_tables) as database:
        pool = make_engine(database.application)
        yield pool
        pool.dispose()


class Step(NamedTuple):
    """What happens, to which lease, on which day, of how much."""

    verb: str
    lease: int
    day: date
    amount: int


class Told:
    """One story told to one store."""

    def __init__(self, life: PortfolioLife) -> None:
        """Open the book and sign the leases."""
        self.life = life.opened(LEASES)
        self.payments: list[PaymentId] = []
        self.matches: list[MatchId] = []
        for number in range(1, LEASES + 1):
            life.let(number, 10_000 + number, deposit=life.money(5_000))

    def take(self, step: Step) -> None:
        """Let a step happen where the rules allow it."""
        with suppress(MarketplaceError, LookupError, ZeroDivisionError):
            _VERBS[step.verb](self, step, LeaseId(f"l{step.lease}"))


def _pay(told: Told, step: Step, lease: LeaseId) -> None:
    name = f"{told.life.portfolio_id}-T{len(told.payments)}"
    told.payments.append(told.life.pay(name, step.amount, step.day.isoformat()))
    told.matches.append(told.life.give(told.payments[-1], {lease: step.amount}))


def _void(told: Told, step: Step, lease: LeaseId) -> None:
    invoices = told.life.invoices(lease)
    invoice = invoices[step.amount % len(invoices)]
    on = max(step.day, invoice.issue_date)
    told.life.correct.void_invoice(told.life.command(), lease, invoice.invoice_id, on)


def _less(told: Told, step: Step, lease: LeaseId) -> None:
    invoices = told.life.invoices(lease)
    invoice = invoices[step.amount % len(invoices)]
    correct = told.life.correct.credit_invoice if step.amount % 2 else told.life.correct.write_off
    amount = told.life.money(step.amount % 900 + 1)
    correct(told.life.command(), lease, invoice.invoice_id, amount, step.day)


def _refund(told: Told, step: Step, lease: LeaseId) -> None:
    told.life.correct.refund_lease(told.life.command(), lease, told.life.money(step.amount % 5_000 + 1), step.day)


def _bounce(told: Told, step: Step, lease: LeaseId) -> None:
    uses = told.life.store.account(told.life.portfolio_id, lease).uses
    use = uses[step.amount % len(uses)]
    told.life.correct.take_back_refund(told.life.command(), lease, use.use_id, max(step.day, use.value_date))


_VERBS: dict[str, Callable[[Told, Step, LeaseId], object]] = {
    "bill": lambda told, step, _: told.life.bill(f"2026-{step.day.month:02d}"),
    "pay": _pay,
    "undo": lambda told, step, _: told.life.undo(told.matches[step.amount % len(told.matches)]),
    "reverse": lambda told, step, _: told.life.reverse(told.payments[step.amount % len(told.payments)], "2026-05-01"),
    "void": _void,
    "less": _less,
    "refund": _refund,
    "bounce": _bounce,
    "deduct": lambda told, step, lease: told.life.correct.deduct_from_deposit(
        told.life.command(), lease, told.life.money(step.amount % 5_000 + 1), step.day
    ),
}
steps = st.builds(
    Step,
    st.sampled_from([*_VERBS, "pay", "pay", "refund"]),
    st.integers(1, LEASES),
    st.dates(date(2026, 1, 1), date(2026, 4, 30)),
    st.integers(1, 40_000),
)


@given(happenings=st.lists(steps, min_size=5, max_size=18))
def test_sql_and_the_pure_function_agree(engine: Engine, happenings: list[Step]) -> None:
    """After any story: the figures of each account, and the net as the account itself gives it on the last of days."""
    own = PortfolioId(f"p{next(_names)}")
    store = PostgresStore(engine)
    told = Told(PortfolioLife(store, own))
    for step in [Step("bill", 1, date(2026, 1, 1), 1), *happenings]:
        told.take(step)
    accounts = list(store.accounts(own))
    found = list(store.nets(own))
    assert found == [net_of(account) for account in accounts]
    for net, account in zip(found, accounts, strict=True):
        assert net.net == account.outstanding(date.max) - account.unapplied(date.max)


def test_pages_are_all_leases_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three leases by pages of one, two and three: the same, by as many statements as pages, none left open."""
    own = PortfolioId(f"p{next(_names)}")
    store = PostgresStore(engine)
    Told(PortfolioLife(store, own))
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *it: asked.append(it[2]))
    whole = [LeaseId(f"l{number}") for number in range(1, LEASES + 1)]
    for at_once, pages in ((1, 4), (2, 2), (3, 2), (4, 1)):
        monkeypatch.setattr(sums, "_AT_ONCE", at_once)
        asked.clear()
        found: list[LeaseId] = []
        for net in store.nets(own):
            found.append(net.lease_id)
            assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        assert found == whole
        assert sum("LATERAL" in it for it in asked) == pages
