"""The place where Citus distributes new tables; plain PostgreSQL passes by."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text


def distribute(connection: Connection, *, by_portfolio: Iterable[str], by_owner: Iterable[str]) -> None:
    """Distribute tables by portfolio and copy the shared ones to every node, where Citus is installed.

    Must come before the tables' foreign keys. Does nothing on a PostgreSQL without the extension.
    """
    has_citus = connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'citus'"))
    if not has_citus:
        return
    for table in by_owner:
        connection.execute(text("SELECT create_reference_table(:table)"), {"table": table})
    for table in by_portfolio:
        connection.execute(text("SELECT create_distributed_table(:table, 'portfolio_id')"), {"table": table})
