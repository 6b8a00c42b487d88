"""Payment imports in chunks: each payment once, with the outcome and books of memory, whoever tells how often."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from tests.fixtures.bulk_books import PAYBILL, Story, make_tables
from tests.fixtures.databases import Database, new_database

from marketplace_adapters.postgres.bulk import inbox as bulk_inbox
from marketplace_adapters.postgres.engine import make_engine
from marketplace_core.domain.event_log import verify_chain
from marketplace_core.domain.identifiers import CollectionAccountId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.payment import Payer, PaymentReport, ReportSource
from marketplace_core.errors import NotFound
from marketplace_core.services.memory_books import inbox as memory_inbox

pytestmark = pytest.mark.postgres
_names = count(1)


@pytest.fixture(scope="module")
def engine(postgres_server: Database) -> Iterator[Engine]:
    """One database for all examples: each opens a portfolio of its own."""
    with new_database(postgres_server, make_tables) as database:
        pool = make_engine(database.application)
        yield pool
        pool.dispose()


def report(transaction: str, minor: int = 1000, source: ReportSource = ReportSource.STATEMENT) -> PaymentReport:
    """A report whose transaction is of this test run only."""
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    payer = Payer("A\tB \\ C", "2547****5678")
    account = PAYBILL.collection_account_id
    return PaymentReport(account, transaction, source, Money(minor, KES), moment, date(2026, 1, 2), "ref", payer)


told = st.tuples(st.sampled_from("ab"), st.sampled_from([1000, 2000]), st.sampled_from(ReportSource))


@given(st.lists(st.lists(told, max_size=8), min_size=1, max_size=3), st.integers(1, 3))
def test_imports_give_what_memory_gives(
    engine: Engine, imports: list[list[tuple[str, int, ReportSource]]], chunk_size: int
) -> None:
    """New, told again, repeated and contradicting reports in any order and chunks: same outcome, rows and chain."""
    story = Story(engine, f"p{next(_names)}")
    name = story.portfolio_id
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk_inbox, "CHUNK_SIZE", chunk_size)
        patch.setattr(memory_inbox, "CHUNK_SIZE", chunk_size)
        for reports in imports:
            given_reports = [report(f"{name}{key}", minor, source) for key, minor, source in reports]
            command = story.command("import")
            assert story.postgres.receive(command, given_reports) == story.memory.receive(command, given_reports)
    assert list(story.postgres.state(name)) == list(story.memory.state(name))
    ours, theirs = (list(books.events(name)) for books in (story.postgres, story.memory))
    assert [event.command_id for event in ours] == [event.command_id for event in theirs]
    verify_chain(ours)


def test_a_dry_run_sees_its_own_chunks_and_writes_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier chunk would write counts as known in a later one; nothing stays."""
    monkeypatch.setattr(bulk_inbox, "CHUNK_SIZE", 1)
    story = Story(engine, f"p{next(_names)}")
    reports = [report(f"{story.portfolio_id}x"), report(f"{story.portfolio_id}x")]
    plan = story.postgres.receive(story.command(), reports, dry_run=True)
    assert (plan.received, plan.repeated) == (1, 1)
    assert list(story.postgres.payments(story.portfolio_id)) == []


def test_an_account_that_is_not_open_is_refused(engine: Engine) -> None:
    """A report of another collection account is an error that names it."""
    story = Story(engine, f"p{next(_names)}")
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    stranger = PaymentReport(
        CollectionAccountId("other"), "T1", ReportSource.CASH, Money(1, KES), moment, date(2026, 1, 2)
    )
    with pytest.raises(NotFound, match="other"):
        story.postgres.receive(story.command(), [stranger])


def test_an_account_shared_by_portfolios_has_each_transaction_once(engine: Engine) -> None:
    """What one portfolio got is only counted when another one tells of it."""
    first, second = Story(engine, f"p{next(_names)}"), Story(engine, f"p{next(_names)}")
    reports = [report(f"{first.portfolio_id}shared")]
    assert first.postgres.receive(first.command(), reports).received == 1
    assert second.postgres.receive(second.command(), reports).repeated == 1


def test_imports_at_once_take_each_payment_once(engine: Engine) -> None:
    """Four imports of one file at the same time receive each payment once in all."""
    story = Story(engine, f"p{next(_names)}")
    reports = [report(f"{story.portfolio_id}-{index}") for index in range(50)]
    commands = [story.command() for _ in range(4)]
    received: list[int] = []
    threads = [
        threading.Thread(target=lambda it=it: received.append(story.postgres.receive(it, reports).received))
        for it in commands
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(received) == [0, 0, 0, 50]
    verify_chain(story.postgres.events(story.portfolio_id))
