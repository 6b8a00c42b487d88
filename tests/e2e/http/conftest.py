"""Databases with the tables of the books, for servers that run as their own processes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.e2e.http.serving import run_program
from tests.fixtures.databases import Database, MakeTables


def _tables(owner: Any) -> None:  # noqa: ANN401 - the shape of MakeTables without importing the adapter here
    done = run_program(Database(owner, owner), "users", "list")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Every test of this folder begins with empty books."""
    return _tables
