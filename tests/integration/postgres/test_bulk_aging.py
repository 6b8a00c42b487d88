"""Aging in SQL is the pure function's, cent for cent, for any story, day, knowledge, group and basis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import connect
from sqlalchemy import Engine, text
from tests.fixtures.bulk_books import FIRST_INSTANT, Story, lease_of, make_tables
from tests.fixtures.databases import Database, MakeTables, new_database

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain import account_decisions as decisions
from marketplace_core.domain import refund_decisions
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.aging import AgingBasis, AgingBuckets, AgingGroup
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import Credit, CreditSource
from marketplace_core.domain.days import calendar_month
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import CreditId, LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.errors import CurrencyMismatch, MarketplaceError, NotFound

pytestmark = pytest.mark.postgres

LEASES = 3
_names = count(1)


@pytest.fixture(scope="module")
def database(postgres_server: Database) -> Iterator[Database]:
    """One database for all examples: each opens a portfolio of its own."""
    template: MakeTables = make_tables
    with new_database(postgres_server, template) as made:
        yield made


@pytest.fixture(scope="module")
def engine(database: Database) -> Iterator[Engine]:
    """The application's pool."""
    pool = make_engine(database.application)
    yield pool
    pool.dispose()


class Step(NamedTuple):
    """What happens to a lease's account on a day, and how much of it."""

    verb: str
    lease: int
    day: date
    minor: int


days = st.dates(date(2026, 1, 1), date(2026, 5, 31))
steps = st.builds(
    Step,
    st.sampled_from(
        ["bill", "credit", "credit", "void", "note", "write_off", "end", "refund", "refund", "refund_back"]
    ),
    st.integers(0, LEASES - 1),
    days,
    st.integers(1, 25_000_00),
)


def take(story: Story, step: Step) -> None:
    """Let a step happen in both stores, or in neither where a rule refuses it."""
    if step.verb == "bill":
        story.bill(calendar_month(2026, step.day.month))
        return
    lease_id = LeaseId(f"lease-{step.lease:05d}")
    decide = _DECISIONS[step.verb]
    with suppress(MarketplaceError, IndexError):
        story.decide(lease_id, lambda locked, command: decide(locked.accounts[lease_id], step, command))


def _credit(account: LeaseAccount, step: Step, command: Command) -> tuple[Fact, ...]:
    name = CreditId(f"credit-{command.command_id}")
    lease = account.lease
    amount = Money(step.minor, KES)
    credit = Credit(
        name,
        lease.portfolio_id,
        lease.lease_id,
        CreditSource.OPENING,
        name,
        amount,
        step.day,
        command.recorded_at,
        name,
    )
    return decisions.add_credit(account, credit, command)


def _void(account: LeaseAccount, step: Step, command: Command) -> tuple[Fact, ...]:
    invoice = account.invoices[step.minor % len(account.invoices)] if account.invoices else account.invoices[0]
    return decisions.void(account, invoice.invoice_id, max(step.day, invoice.issue_date), "void", command)


def _note(account: LeaseAccount, step: Step, command: Command) -> tuple[Fact, ...]:
    return decisions.credit_invoice(
        account, account.invoices[-1].invoice_id, Money(step.minor % 900_00 + 1, KES), step.day, "note", command
    )


def _write_off(account: LeaseAccount, step: Step, command: Command) -> tuple[Fact, ...]:
    invoice = account.open_invoices(step.day)[0].invoice
    return decisions.write_off(account, invoice.invoice_id, Money(step.minor % 90 + 1, KES), step.day, "tiny", command)


def _end(account: LeaseAccount, step: Step, command: Command) -> tuple[Fact, ...]:
    standing = [it for it in account.credits if it.ended_on is None]
    return refund_decisions.end_refunded_credits(account, standing[:1] or [account.credits[0]], step.day, command)


def _refund(account: LeaseAccount, step: Step, command: Command) -> tuple[Fact, ...]:
    return refund_decisions.refund(
        account, account.credits[-1].credit_id, Money(step.minor % 500_00 + 1, KES), step.day, "back", command
    )


def _refund_back(account: LeaseAccount, step: Step, command: Command) -> tuple[Fact, ...]:
    return refund_decisions.take_back_refund(account, account.uses[-1].use_id, step.day, "bounced", command)


_DECISIONS: dict[str, Callable[[LeaseAccount, Step, Command], tuple[Fact, ...]]] = {
    "credit": _credit,
    "void": _void,
    "note": _note,
    "write_off": _write_off,
    "end": _end,
    "refund": _refund,
    "refund_back": _refund_back,
}


@given(
    happenings=st.lists(steps, min_size=3, max_size=12),
    as_of=days | st.just(date(2027, 1, 1)),
    known=st.integers(0, 20),
    bounds=st.sampled_from([(0, 30, 60, 90), (10,), (0, 7)]),
)
def test_sql_and_the_pure_function_agree(
    engine: Engine, happenings: list[Step], as_of: date, known: int, bounds: tuple[int, ...]
) -> None:
    """Stories with voids, notes, write-offs, refunds, ended credits, backdated and future days age alike."""
    story = Story(engine, f"p{next(_names)}")
    story.let([lease_of(story.portfolio_id, index) for index in range(LEASES)])
    for step in [Step("bill", 0, date(2026, 2, 1), 1), *happenings]:
        take(story, step)
    aging = story.postgres
    for known_on in (None, FIRST_INSTANT + timedelta(days=known)):
        for by in AgingGroup:
            for basis in AgingBasis:
                asked = {"known_on": known_on, "by": by, "basis": basis, "buckets": AgingBuckets(bounds)}
                expected = story.memory.report(story.portfolio_id, as_of, **asked)  # type: ignore[arg-type]
                assert aging.report(story.portfolio_id, as_of, **asked) == expected  # type: ignore[arg-type]
    assert list(story.postgres.state(story.portfolio_id)) == list(story.memory.state(story.portfolio_id))


def test_kept_sums_are_read_only_for_what_is_known_now(engine: Engine) -> None:
    """What was known at an instant is joined; without one a falsified kept sum shows on every day."""
    story = Story(engine, f"p{next(_names)}")
    story.let([lease_of(story.portfolio_id, 0)])
    story.bill(calendar_month(2026, 1))
    take(story, Step("credit", 0, date(2026, 1, 20), 4_000_00))
    with engine.begin() as connection:
        where = {"portfolio": story.portfolio_id}
        connection.execute(text("UPDATE invoices SET allocated_minor = 1 WHERE portfolio_id = :portfolio"), where)
    aging, mine = story.postgres, story.memory.report
    early, late = date(2026, 1, 19), date(2026, 1, 20)
    later = datetime(2030, 1, 1, tzinfo=UTC)
    for day in (early, late):
        assert aging.report(story.portfolio_id, day, known_on=later) == mine(story.portfolio_id, day, known_on=later)
        assert aging.report(story.portfolio_id, day) != mine(story.portfolio_id, day)


def test_an_unknown_portfolio_has_no_report(engine: Engine) -> None:
    """Nobody ages a portfolio that is not there."""
    with pytest.raises(NotFound, match="nowhere"):
        PostgresStore(engine).report(PortfolioId("nowhere"), date(2026, 1, 1))


def test_what_has_ended_since_a_day_still_holds_on_it(engine: Engine) -> None:
    """A credit taken back in February pays in January: before, while and after it pays, each row is the pure one's."""
    story = Story(engine, f"p{next(_names)}")
    story.let([lease_of(story.portfolio_id, index) for index in range(2)])
    story.bill(calendar_month(2026, 1))
    for index in range(2):
        take(story, Step("credit", index, date(2026, 1, 20), 25_000_00))
    take(story, Step("end", 0, date(2026, 2, 20), 1))
    outstanding: list[int] = []
    for day in (date(2026, 1, 19), date(2026, 1, 20), date(2026, 2, 19), date(2026, 2, 20)):
        reports = [story.postgres.report(story.portfolio_id, day, by=by) for by in AgingGroup]
        assert reports == [story.memory.report(story.portfolio_id, day, by=by) for by in AgingGroup]
        outstanding.append(reports[0].total.outstanding.amount_minor)
    assert outstanding == [21_000_01, 0, 0, 10_500_00]


def test_another_currency_is_refused_only_where_it_owes_on_the_day(engine: Engine, database: Database) -> None:
    """What moved since the day may cancel out: an invoice paid on it mixes no currencies, and one open on it does."""
    story = Story(engine, f"p{next(_names)}")
    story.let([lease_of(story.portfolio_id, 0)])
    story.bill(calendar_month(2026, 1))
    take(story, Step("credit", 0, date(2026, 1, 20), 25_000_00))
    take(story, Step("end", 0, date(2026, 2, 20), 1))
    with connect(database.owner.conninfo()) as connection:
        where = {"portfolio": story.portfolio_id}
        connection.execute("UPDATE invoices SET currency = 'USD' WHERE portfolio_id = %(portfolio)s", where)
    aging = story.postgres
    owed = aging.report(story.portfolio_id, date(2026, 1, 21)).total.outstanding
    assert owed == Money(0, KES)
    for day in (date(2026, 1, 19), date(2026, 2, 21)):
        with pytest.raises(CurrencyMismatch, match="lease-00000 has amounts in other currencies than KES"):
            aging.report(story.portfolio_id, day)
