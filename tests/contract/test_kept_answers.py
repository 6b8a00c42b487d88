"""Answers to idempotency keys are kept alike in memory and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

import pytest
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.kept_answers import PostgresKeptAnswers
from marketplace_core.ports.kept_answers import KeptAnswers
from marketplace_core.services.memory_answers import MemoryKeptAnswers
from marketplace_core.testing.contracts import KeptAnswersContract


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the tables."""
    return make_tables


class TestMemoryKeptAnswers(KeptAnswersContract):
    """The shipped suite over memory."""

    @pytest.fixture
    def kept_answers(self) -> KeptAnswers:
        """Give an empty one."""
        return MemoryKeptAnswers(lock=Lock())


@pytest.mark.postgres
class TestPostgresKeptAnswers(KeptAnswersContract):
    """The shipped suite over PostgreSQL."""

    @pytest.fixture
    def kept_answers(self, fresh_database: Database) -> Iterator[KeptAnswers]:
        """Give one over an empty database."""
        engine = make_engine(fresh_database.application)
        yield PostgresKeptAnswers(engine)
        engine.dispose()
