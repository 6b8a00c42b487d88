"""PostgreSQL keeps the laws of the books, after a busy year and after every step of random lives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from hypothesis import settings
from tests.fixtures.databases import Database, MakeTables, new_database
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.testing.laws import LawSuite
from marketplace_core.testing.life import BookStore

pytestmark = [pytest.mark.laws, pytest.mark.postgres]


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the books' tables."""
    return make_tables


class TestLawsOfPostgres(LawSuite):
    """The shipped laws over PostgreSQL; each life has a database of its own."""

    @pytest.fixture(autouse=True)
    def _databases(self, postgres_server: Database) -> Iterator[None]:
        self._server = postgres_server
        with ExitStack() as self._open:
            yield

    def new_store(self) -> BookStore:
        """A store over an empty database; that of the life before is dropped."""
        self._open.close()
        database = self._open.enter_context(new_database(self._server, make_tables))
        return self._open.enter_context(closing(PostgresStore.connect(database.application)))

    @pytest.fixture
    def store(self) -> BookStore:
        """Give a store over an empty database."""
        return self.new_store()

    def machine_settings(self) -> settings:
        """A life on a database costs as much as twenty in memory."""
        chosen = settings()
        return settings(chosen, max_examples=max(2, chosen.max_examples // 20), stateful_step_count=15)
