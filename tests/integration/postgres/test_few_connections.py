"""Bringing leases together needs one connection a worker: none waits for a second one while it holds a lock."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Barrier
from typing import Final

import pytest
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables
from tests.unit.services.outside_engine.desk import QUIET, Desk

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.outside_engine import PostgresEngineRecords
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import StoreUnavailable
from marketplace_core.services.outside_engine.sync_lease import LeaseSynced
from marketplace_core.testing.contracts.base import at_once

pytestmark = pytest.mark.postgres

LEASES: Final = 6
SHORT_SECONDS: Final = 2
"""So long the control waits for a connection: whoever holds a lock meanwhile, and waits too, waits for ever."""
LONG_SECONDS: Final = 20
"""So long a worker waits whose turn comes: on a busy machine others may go first for a while."""


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the tables."""
    return make_tables


@contextmanager
def desk_of(database: Database, connections: int, leases: int, patience_seconds: int = LONG_SECONDS) -> Generator[Desk]:
    """A desk whose books and records share so many connections."""
    engine = make_engine(database.application, connections=connections)
    engine.pool._timeout = patience_seconds  # type: ignore[attr-defined] # noqa: SLF001 # pyright: ignore[reportAttributeAccessIssue] - a test's patience
    try:
        yield Desk(leases, books=PostgresStore(engine), records=PostgresEngineRecords(engine))
    finally:
        engine.dispose()


def lived(desk: Desk, number: int) -> None:
    """What happens to a lease: paid here and there, charged there, and given credit that a repair asks for again."""
    desk.life.give(desk.life.pay(f"T{number}", 3_000, "2026-01-01"), {f"l{number}": 3_000})
    invoice = next(it for it in desk.theirs(number).invoices if it.balance.is_positive)
    desk.engine.by_hand.pay(invoice.invoice_id, desk.life.money(100), f"till {number}")
    desk.engine.by_hand.charge(desk.key(number), desk.life.money(40))
    desk.engine.by_hand.credit(desk.key(number), desk.life.money(50))


def require_agreement(desk: Desk) -> None:
    """After a repair nothing differs, and a clean pass says so."""
    for _ in range(3):
        desk.repair(desk.all_keys())
        desk.clock.instant += QUIET * 2
    desk.full_pass()
    assert desk.watch().reason == ""


def test_everything_is_done_by_one_connection(fresh_database: Database) -> None:
    """Opening, billing, recording, sending, a pass, a repair: a worker of which all others hold a lock goes on."""
    with desk_of(fresh_database, 1, 1) as desk:
        desk.settle()
        lived(desk, 1)
        desk.move_to("2026-02-01")
        require_agreement(desk)


def test_more_workers_than_connections_all_come_to_an_end(fresh_database: Database) -> None:
    """Twelve at once on six leases, two on each, with two connections; what they leave agrees."""
    with desk_of(fresh_database, 2, LEASES) as desk:
        desk.settle()
        for number in range(1, LEASES + 1):
            lived(desk, number)
        done = at_once([partial(desk.sync, key) for key in desk.all_keys() * 2])
        assert [it for it in done if not isinstance(it, LeaseSynced)] == []
        require_agreement(desk)


def test_a_second_connection_under_a_lock_is_waited_for_for_ever(fresh_database: Database) -> None:
    """The control: as many who lock a lease each and then read on their own as there are connections."""
    with desk_of(fresh_database, 2, 2, SHORT_SECONDS) as desk:
        both, store = Barrier(2), desk.books
        assert isinstance(store, PostgresStore)

        def naive(number: int) -> None:
            def decide(_: Locked) -> Sequence[Fact]:
                both.wait(SHORT_SECONDS * 5)
                with store.engine.connect():
                    return ()

            command = desk.life.command()
            store.change(command, decide, leases=[desk.key(number).lease_id])

        done = at_once([partial(naive, number) for number in (1, 2)])
        assert any(isinstance(it, StoreUnavailable) for it in done)
