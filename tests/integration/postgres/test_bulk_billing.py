"""Billing runs by streams and COPY: the same books as in memory, once, without gaps, whoever runs them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from tests.fixtures.bulk_books import Story, bill_with, lease_of, make_tables
from tests.fixtures.databases import Database, MakeTables

from marketplace_adapters.postgres.bulk.canonical_text import text_of
from marketplace_adapters.postgres.bulk.frames import Frames
from marketplace_adapters.postgres.bulk.invoice_rows import InvoiceRows
from marketplace_adapters.postgres.engine import make_engine
from marketplace_core.domain.account_decisions import add_credit, void
from marketplace_core.domain.billing import bill
from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.codec import canonical, from_text, to_plain
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import Credit, CreditSource
from marketplace_core.domain.days import DateSpan, calendar_month
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import (
    ChargeId,
    CommandId,
    CreditId,
    InvoiceId,
    LeaseId,
    LineId,
    PortfolioId,
)
from marketplace_core.domain.invoice import Invoice, InvoiceKind, InvoiceLine
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.postings import of_invoice
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import NotFound

JANUARY, FEBRUARY, MARCH = (calendar_month(2026, month) for month in (1, 2, 3))


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Databases with the books' tables."""
    return make_tables


@pytest.fixture
def engine(fresh_database: Database) -> Iterator[Engine]:
    """A pool for the application's role."""
    pool = make_engine(fresh_database.application)
    yield pool
    pool.dispose()


def credit_of(story: Story, lease: Lease, amount_minor: int, day: date, name: str) -> Credit:
    """Money that an imported book brings for a lease."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    amount = Money(amount_minor, KES)
    return Credit(
        CreditId(name), story.portfolio_id, lease.lease_id, CreditSource.OPENING, name, amount, day, moment, name
    )


def give(story: Story, lease: Lease, amount_minor: int, day: date, name: str) -> None:
    """Add a credit to a lease in both stores."""
    credit = credit_of(story, lease, amount_minor, day, name)
    story.decide(lease.lease_id, lambda locked, command: add_credit(locked.accounts[lease.lease_id], credit, command))


def require_same(story: Story) -> None:
    """Both stores have the same rows, and chains of the same public facts."""
    mine, other = (list(books.state(story.portfolio_id)) for books in (story.postgres, story.memory))
    assert mine == other
    ours, theirs = (list(books.events(story.portfolio_id)) for books in (story.postgres, story.memory))
    assert [event.payload for event in ours] == [event.payload for event in theirs]


@pytest.mark.postgres
def test_a_run_leaves_what_memory_has(engine: Engine) -> None:
    """Invoices, lines, postings, numbers, allocations and the link are those of the books in memory."""
    story = Story(engine)
    odd = OneOffCharge(
        ChargeId("odd"), ChargeKind.REPAIR, Money(700, KES), date(2026, 1, 9), "tab\there \\ and\nbreak ü"
    )
    leases = [lease_of("p1", 0, one_offs=[odd]), lease_of("p1", 1), lease_of("p1", 2)]
    story.let(leases)
    give(story, leases[1], 25_000_00, date(2025, 12, 20), "credit-1")
    for window in (JANUARY, MARCH, FEBRUARY, JANUARY):
        ours, theirs = story.bill(window)
        assert ours == theirs
        require_same(story)


@pytest.mark.postgres
def test_a_backdated_run_moves_allocations(engine: Engine) -> None:
    """A month billed late takes the credit that stood then, though none is free any more."""
    story = Story(engine)
    lease = lease_of("p1", 0)
    story.let([lease])
    give(story, lease, 10_500_00, date(2026, 1, 20), "credit-1")
    story.bill(FEBRUARY)
    story.bill(JANUARY)
    require_same(story)
    paid = [
        it for it in story.postgres.account(story.portfolio_id, lease.lease_id).allocations if it.superseded_at is None
    ]
    assert [it.value_date for it in paid] == [date(2026, 1, 20)]


@pytest.mark.postgres
def test_a_voided_invoice_is_issued_again(engine: Engine) -> None:
    """A run after a void makes one invoice, under an id of its own and the next number."""
    story = Story(engine)
    lease = lease_of("p1", 0)
    story.let([lease, lease_of("p1", 1)])
    story.bill(JANUARY)
    invoice = story.memory.account(story.portfolio_id, lease.lease_id).invoices[0]

    story.decide(
        lease.lease_id,
        lambda locked, command: void(
            locked.accounts[lease.lease_id], invoice.invoice_id, date(2026, 1, 3), "typo", command
        ),
    )
    ours, theirs = story.bill(JANUARY)
    assert (ours, ours.invoices, ours.standing) == (theirs, 1, 1)
    require_same(story)


@pytest.mark.postgres
def test_a_dry_run_says_the_amounts_and_writes_nothing(engine: Engine) -> None:
    """The plan has the run's invoices and amount, no numbers, and leaves no row and no gap."""
    story = Story(engine)
    story.let([lease_of("p1", index) for index in range(3)])
    command = story.command()
    plan = bill_with(story.postgres, command, JANUARY, dry_run=True)
    require_same(story)
    done, _ = story.bill(JANUARY)
    assert (plan.invoices, plan.amount, plan.first_number) == (done.invoices, done.amount, done.first_number)
    assert done.first_number == "INV-000001"


@pytest.mark.postgres
def test_a_command_is_done_once(engine: Engine) -> None:
    """The same command again tells what it did, and does nothing."""
    story = Story(engine)
    story.let([lease_of("p1", 0)])
    command = story.command()
    first = bill_with(story.postgres, command, JANUARY)
    assert bill_with(story.postgres, command, JANUARY) == first


@pytest.mark.postgres
def test_an_unknown_portfolio_is_refused(engine: Engine) -> None:
    """Nobody bills a portfolio that is not there."""
    story = Story(engine)
    command = Command(CommandId("c"), PortfolioId("nowhere"), "bill", "system", datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(NotFound, match="nowhere"):
        bill_with(story.postgres, command, JANUARY)


@pytest.mark.postgres
def test_a_run_that_fails_leaves_no_gap(engine: Engine) -> None:
    """A decision that raises in the third chunk leaves no invoice, no number and an open connection."""
    story = Story(engine)
    story.let([lease_of("p1", index) for index in range(5)])
    command = story.command()

    def failing(lease: Lease, *_known: object) -> tuple[Invoice, ...]:
        if lease.lease_id.endswith("4"):
            raise ZeroDivisionError
        return ()

    with pytest.raises(ZeroDivisionError):
        story.postgres.run(command, JANUARY, failing)
    done, _ = story.bill(JANUARY)
    assert (done.invoices, done.first_number, done.last_number) == (5, "INV-000001", "INV-000005")


@pytest.mark.postgres
def test_eight_runs_at_once_bill_once(engine: Engine) -> None:
    """Of eight simultaneous runs one makes all invoices, with consecutive numbers, and the others find them."""
    story = Story(engine)
    count = 300
    story.let([lease_of("p1", index) for index in range(count)])
    commands = [story.command() for _ in range(8)]
    found: list[int] = []
    errors: list[BaseException] = []

    def work(command: Command) -> None:
        try:
            found.append(bill_with(story.postgres, command, JANUARY).invoices)
        except BaseException as error:  # noqa: BLE001 - a thread's error fails the test below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(command,)) for command in commands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert sorted(found) == [0] * 7 + [count]
    with engine.connect() as connection:
        numbers = connection.scalars(text("SELECT number FROM invoices ORDER BY number")).all()
    assert numbers == [f"INV-{number:06d}" for number in range(1, count + 1)]


texts = st.text(max_size=8)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
spans = st.builds(lambda start: DateSpan(start, date(2031, 1, 1)), days)
currencies = st.sampled_from([KES, Currency.of("JPY"), Currency("KES", 3)])


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    """Invoices of any texts, with any optional field there or not."""
    currency = draw(currencies)
    lines = st.builds(
        InvoiceLine,
        texts.map(LineId),
        st.sampled_from(ChargeKind),
        st.builds(Money, st.integers(1, 10**12), st.just(currency)),
        spans,
        st.none() | texts.map(ChargeId),
        texts,
    )
    return Invoice(
        InvoiceId(draw(texts)),
        PortfolioId(draw(texts)),
        LeaseId(draw(texts)),
        draw(st.sampled_from(InvoiceKind)),
        draw(spans),
        date(2019, 1, 1),
        draw(days),
        datetime(2026, 1, 1, tzinfo=UTC),
        tuple(draw(st.lists(lines, min_size=1, max_size=3))),
        draw(texts),
        draw(st.sampled_from(["INV", "OPN", "OLD"])),
        draw(texts),
    )


@given(invoices(), texts)
def test_the_quick_text_is_the_canonical_one(invoice: Invoice, number: str) -> None:
    """What is hashed for a run is the codec's canonical JSON, byte for byte, and reads back as the invoice."""
    frame = Frames().of(invoice)
    assert text_of(invoice, frame) == canonical(to_plain(invoice))
    assert text_of(invoice, frame, number) == canonical(to_plain(evolve(invoice, number=number)))
    assert from_text(text_of(invoice, frame), Invoice) == invoice


@given(st.lists(st.tuples(invoices(), texts, st.integers(0, 9)), min_size=1, max_size=3))
def test_rows_are_escaped_where_a_text_asks_for_it(chunk: list[tuple[Invoice, str, int]]) -> None:
    """Whatever the texts hold, COPY's fields read back are the invoice's own, its lines' and its postings'."""
    found = [[_fields(row) for row in block.split("\n")] for block in InvoiceRows().of(chunk)]
    invoices_, lines, postings = found
    assert [row[:3] + row[9:12] + row[14:] for row in invoices_] == [
        [it.portfolio_id, it.invoice_id, it.lease_id, it.subject, it.series, number, str(paid), ""]
        for it, number, paid in chunk
    ]
    assert [row[1:5] + row[8:] for row in lines] == [
        [it.invoice_id, str(place), line.line_id, line.kind, line.charge_id, line.description]
        for it, _, _ in chunk
        for place, line in enumerate(it.lines)
    ]
    assert [row[:6] for row in postings] == [
        [it.portfolio_id, it.source_id, it.posting_id, it.debit, it.credit, str(it.amount.amount_minor)]
        for invoice, _, _ in chunk
        for it in of_invoice(invoice)
    ]


def _fields(row: str) -> list[str | None]:
    """A row of COPY's text format, read as PostgreSQL's manual says."""
    signs = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
    return [None if it == "\\N" else re.sub(r"\\(.)", lambda found: signs[found[1]], it) for it in row.split("\t")]


@pytest.mark.postgres
def test_a_run_and_a_change_of_a_lease_wait_for_each_other(engine: Engine) -> None:
    """Whichever begins first is done first: neither decides on what the other is changing."""
    story = Story(engine)
    lease, other = lease_of("p1", 0), lease_of("p1", 1)
    story.let([lease, other])
    credit = credit_of(story, lease, 20_000, date(2026, 1, 2), "c1")
    begun, go_on, done = threading.Event(), threading.Event(), list[str]()

    def add(locked: Locked) -> tuple[Fact, ...]:
        begun.set()
        assert go_on.wait(30)
        return add_credit(locked.accounts[lease.lease_id], credit, change)

    def told(name: str, work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            work()
            done.append(name)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    change, run = story.command(), story.command("bill")
    changing = told("change", lambda: story.postgres.change(change, add, leases=[lease.lease_id]))
    assert begun.wait(30)
    billing = told("run", lambda: bill_with(story.postgres, run, JANUARY))
    billing.join(0.5)
    assert done == []
    go_on.set()
    for thread in (changing, billing):
        thread.join(30)
    assert done == ["change", "run"]
    account = story.postgres.account(story.portfolio_id, lease.lease_id)
    assert account.unapplied(date(2026, 12, 31)) == Money(0, KES)

    begun.clear()
    go_on.clear()

    def slowly(lease: Lease, recorded_at: datetime, *known: Any) -> tuple[Invoice, ...]:  # noqa: ANN401 - passed on
        begun.set()
        assert go_on.wait(30)
        return bill(lease, FEBRUARY, recorded_at, *known)

    later = credit_of(story, lease, 5_000, date(2026, 2, 2), "c2")
    change, run = story.command(), story.command("bill")
    billing = told("run", lambda: story.postgres.run(run, FEBRUARY, slowly))
    assert begun.wait(30)
    changing = told(
        "change",
        lambda: story.postgres.change(
            change, lambda locked: add_credit(locked.accounts[lease.lease_id], later, change), leases=[lease.lease_id]
        ),
    )
    changing.join(0.5)
    assert done == ["change", "run"]
    go_on.set()
    for thread in (changing, billing):
        thread.join(30)
    assert done == ["change", "run", "run", "change"]
    account = story.postgres.account(story.portfolio_id, lease.lease_id)
    assert account.unapplied(date(2026, 12, 31)) == Money(0, KES)
    assert len(account.invoices) == 2
