"""Books of another tenant are not taken for ours: in them every lease would be billed anew."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from attrs import evolve
from tests.unit.services.outside_engine.desk import Desk

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.outside_engine.agreement import DifferenceKind
from marketplace_core.errors import ConfigurationError
from marketplace_core.ports.outside_engine.engine_writing import EngineWriting
from marketplace_core.services.outside_engine.checking import CheckEngine
from marketplace_core.services.outside_engine.full_pass import RunFullPass
from marketplace_core.services.outside_engine.our_books import KnowOurBooks
from marketplace_core.services.outside_engine.sync_lease import SyncLease
from marketplace_core.services.outside_engine.watch import WatchEngine
from marketplace_core.testing.outside_engine import MemoryOutsideEngine

OTHER = "books-of-another-tenant"


def another_process(desk: Desk, engine: MemoryOutsideEngine) -> SyncLease:
    """The services as they begin anew with settings that reach those books."""
    ours = KnowOurBooks(engine, desk.books, desk.books, desk.clock)
    view = evolve(desk.view, reading=engine, ours=ours)
    writing: EngineWriting = engine
    return SyncLease(
        evolve(desk.sync.ingest, view=view),
        evolve(desk.send, writing=writing),
        evolve(desk.sync.compare, view=view),
    )


def other_engine() -> MemoryOutsideEngine:
    """Books that are set up as ours, and empty."""
    return MemoryOutsideEngine(date(2026, 1, 1), books_id=OTHER)


@pytest.mark.parametrize("number", [1, 3])
def test_nothing_is_sent_into_other_books(number: int) -> None:
    """Neither of a lease that was in ours, nor of one that was in none yet; and what differs is not compared."""
    desk = Desk(3)
    for key in desk.all_keys()[:2]:
        desk.sync(key)
    engine = other_engine()
    sync = another_process(desk, engine)
    for call in (sync, sync.compare):
        with pytest.raises(ConfigurationError, match=f"{OTHER}.*portfolio .* is in books-1.*--begin-anew"):
            call(desk.key(number))
    assert engine.account_page(0, 10).rows == ()
    assert desk.records.differences() == ()


def test_a_full_pass_does_not_begin_over_other_books() -> None:
    """It would call each lease missing there."""
    desk = Desk(2)
    desk.sync_all()
    run = RunFullPass(desk.records, desk.books, another_process(desk, other_engine()))
    with pytest.raises(ConfigurationError, match=OTHER):
        run("pass-1")
    assert desk.records.passes() == ()


def test_a_watch_says_it_and_clears_it() -> None:
    """The verdict is no while the settings reach other books, and names them."""
    desk = Desk(1)
    desk.settle()
    desk.full_pass()
    engine = other_engine()
    ours = KnowOurBooks(engine, desk.books, desk.books, desk.clock)
    there = WatchEngine(CheckEngine(engine, ours), desk.records, desk.work, desk.clock, desk.judge)
    assert OTHER in there().reason
    assert desk.watch().is_ok


def test_our_own_books_are_known_again() -> None:
    """By another process too, and a portfolio that is new begins in them."""
    desk = Desk(1)
    desk.settle()
    again = another_process(desk, desk.engine)
    assert again(desk.key()).differences == ()
    linked = desk.books.external_ids(desk.life.portfolio_id, desk.life.portfolio_id)
    assert [(it.kind, it.external_id) for it in linked if it.system == "killbill"] == [("books", "books-1")]


def test_a_person_begins_anew_in_other_books() -> None:
    """Said first without doing it: then each lease is opened there, and the old books are known still."""
    desk = Desk(2)
    desk.settle()
    desk.full_pass()
    engine = other_engine()
    ours = KnowOurBooks(engine, desk.books, desk.books, desk.clock)
    own: PortfolioId = desk.life.portfolio_id
    assert ours.begin_anew(dry_run=True) == (own,)
    assert not ours.check().is_well
    assert ours.begin_anew() == (own,)
    assert ours.begin_anew() == ()
    assert ours.check().is_well
    there = another_process(desk, engine)
    assert [it.kind for it in there.compare(desk.key())] == [DifferenceKind.NO_ACCOUNT]
    desk.clock.instant += timedelta(minutes=1)
    there(desk.key())
    assert engine.books_of(desk.key()) is not None
    assert KnowOurBooks(desk.engine, desk.books, desk.books, desk.clock).check().is_well
