"""Two ways to bill that a kill breaks: the control that shows that the matrix of moments can fail."""

from __future__ import annotations

from typing import Final

import psycopg

LEASES: Final = 12

TABLES: Final = """
CREATE TABLE naive_invoices (number int, lease int);
CREATE TABLE naive_runs (period text);
"""


def bill_forgetfully(arguments: list[str]) -> int:
    """Commit invoice by invoice and remember nothing: what was made before a kill is made twice."""
    with psycopg.connect(arguments[0]) as connection:
        _bill_rows(connection)
    return 0


def bill_hastily(arguments: list[str]) -> int:
    """Remember the run first, then commit invoice by invoice: what was not made before a kill is lost."""
    with psycopg.connect(arguments[0]) as connection:
        if connection.execute("SELECT FROM naive_runs WHERE period = '2026-11'").fetchone() is not None:
            return 0
        connection.execute("INSERT INTO naive_runs VALUES ('2026-11')")
        connection.commit()
        _bill_rows(connection)
    return 0


def _bill_rows(connection: psycopg.Connection) -> None:
    for lease in range(LEASES):
        connection.execute(
            "INSERT INTO naive_invoices SELECT coalesce(max(number), 0) + 1, %s FROM naive_invoices", [lease]
        )
        connection.commit()
