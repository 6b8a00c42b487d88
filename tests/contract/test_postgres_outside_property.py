"""PostgreSQL keeps every promise of the ports to what is kept of a property manager's system outside."""

from collections.abc import Iterator

import pytest
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.outside_property.progress import PostgresSyncProgress
from marketplace_core.testing.contracts.sync_progress import SyncProgressContract

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the tables."""
    return make_tables


class TestPostgresSyncProgress(SyncProgressContract):
    """The shipped suite over PostgreSQL, as the application's role."""

    @pytest.fixture
    def progress(self, fresh_database: Database) -> Iterator[PostgresSyncProgress]:
        """Give no runs."""
        engine = make_engine(fresh_database.application)
        yield PostgresSyncProgress(engine)
        engine.dispose()
