"""PostgreSQL keeps every promise that a store of work makes."""

from collections.abc import Iterator

import pytest
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.jobs.work import PostgresWork
from marketplace_core.testing.contracts.hooks import HookInboxContract
from marketplace_core.testing.contracts.jobs import JobsContract
from marketplace_core.testing.contracts.subscriptions import SubscriptionsContract

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the tables."""
    return make_tables


class TestPostgresWork(JobsContract, HookInboxContract, SubscriptionsContract):
    """The shipped suites over PostgreSQL, as the application's role."""

    @pytest.fixture
    def work(self, fresh_database: Database) -> Iterator[PostgresWork]:
        """Give an empty queue."""
        engine = make_engine(fresh_database.application)
        yield PostgresWork(engine)
        engine.dispose()
