"""What proofs on the real Kill Bill share: our tables in a fresh database."""

from __future__ import annotations

import pytest
from tests.fixtures.bulk_books import make_tables
from tests.fixtures.databases import MakeTables


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Copy every database from one with the books' tables."""
    return make_tables
