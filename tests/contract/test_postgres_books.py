"""The books on PostgreSQL keep every promise that a store of books makes."""

from collections.abc import Iterator

import pytest
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.testing.contracts import BookStoreContract

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give every database the books' tables."""
    return make_tables


class TestPostgresBooks(BookStoreContract):
    """The shipped suite over a database of its own for each test, asked by the application's role."""

    @pytest.fixture
    def store(self, fresh_database: Database) -> Iterator[PostgresStore]:
        """Give empty books."""
        books = PostgresStore.connect(fresh_database.application)
        yield books
        books.close()
