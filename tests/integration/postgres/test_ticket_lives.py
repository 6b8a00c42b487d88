"""The random lives of tickets on PostgreSQL: the same files as in memory, whatever is lost or killed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables
from tests.unit.maintenance.house import House
from tests.unit.maintenance.test_random_lives import check, live
from typing_extensions import override

from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.identifiers import PortfolioId, TicketId
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.ports.tickets import TicketDecision

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the books' tables."""
    return make_tables


class KillableStore(PostgresStore):
    """A store where a process may end just before or after a ticket is written."""

    at_write: Callable[[str], None] = staticmethod(lambda _: None)

    @override
    def change_ticket(
        self, portfolio_id: PortfolioId, ticket_id: TicketId, decide: TicketDecision, *, dry_run: bool = False
    ) -> TicketFile:
        self.at_write("before")
        done = super().change_ticket(portfolio_id, ticket_id, decide, dry_run=dry_run)
        self.at_write("after")
        return done


@pytest.mark.parametrize("seed", [1, 86, 1085])
def test_a_life_ends_in_the_same_files_as_in_memory(fresh_database: Database, seed: int) -> None:
    """Each seed's life, with its kills and lost replies, to the last line of history."""
    store = KillableStore.connect(fresh_database.application)
    try:
        life = live(seed, House(store=store))
        check(life)
        assert life.house.files() == live(seed).house.files()
    finally:
        store.close()
