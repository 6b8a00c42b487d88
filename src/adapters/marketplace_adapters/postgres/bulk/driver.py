"""The driver under SQLAlchemy, for what only it can do."""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy import Connection


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    """The driver's own connection, for COPY in the same transaction."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - the only driver of this adapter
    return driver  # pyright: ignore[reportUnknownVariableType]
