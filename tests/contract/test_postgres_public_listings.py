"""PostgreSQL shows the public what every store of published listings must."""

from collections.abc import Iterator

import pytest
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.testing.contracts import PublicListingsContract
from marketplace_core.testing.life import BookStore

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the books' tables."""
    return make_tables


class TestPostgresPublicListings(PublicListingsContract):
    """The shipped suite over PostgreSQL."""

    @pytest.fixture
    def store(self, fresh_database: Database) -> Iterator[BookStore]:
        """Give a store over an empty database."""
        store = PostgresStore.connect(fresh_database.application)
        yield store
        store.close()
