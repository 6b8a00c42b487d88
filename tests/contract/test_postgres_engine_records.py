"""PostgreSQL keeps every promise that a store of an outside engine's records makes."""

from collections.abc import Iterator

import pytest
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.outside_engine import PostgresEngineRecords
from marketplace_core.testing.contracts import EngineIntentsContract, EngineLogContract

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the tables."""
    return make_tables


class TestPostgresEngineRecords(EngineIntentsContract, EngineLogContract):
    """The shipped suites over PostgreSQL, as the application's role."""

    @pytest.fixture
    def records(self, fresh_database: Database) -> Iterator[PostgresEngineRecords]:
        """Give empty records."""
        engine = make_engine(fresh_database.application)
        yield PostgresEngineRecords(engine)
        engine.dispose()
