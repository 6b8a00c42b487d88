"""PostgreSQL keeps every promise that a store of identities makes."""

from collections.abc import Iterator

import pytest
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.identity import PostgresIdentities
from marketplace_core.ports.identity.identities import Identities
from marketplace_core.testing.contracts import IdentityStoreContract

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the tables."""
    return make_tables


class TestPostgresIdentities(IdentityStoreContract):
    """The shipped suite over PostgreSQL."""

    @pytest.fixture
    def identities(self, fresh_database: Database) -> Iterator[Identities]:
        """Give a store over an empty database."""
        engine = make_engine(fresh_database.application)
        yield PostgresIdentities(engine)
        engine.dispose()
