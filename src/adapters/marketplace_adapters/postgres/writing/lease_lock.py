"""The lock of a portfolio's leases: shared by whoever changes some of them, alone for a run that bills them all.

A run that locked each lease's row would write every page of the table, and most of them whole into the log. An advisory
lock writes nothing. Who takes it takes it first of all locks.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, text

from marketplace_core.domain.identifiers import PortfolioId

_SHARED: Final = text("SELECT pg_advisory_xact_lock_shared(:lock)")
_ALONE: Final = text("SELECT pg_advisory_xact_lock(:lock)")


def share_leases(connection: Connection, portfolio_id: PortfolioId) -> None:
    """Keep runs away from the portfolio's leases until the transaction ends; their rows are still to be locked."""
    connection.execute(_SHARED, {"lock": lock_number(portfolio_id)})


def hold_leases(connection: Connection, portfolio_id: PortfolioId) -> None:
    """Keep everybody away from the portfolio's leases until the transaction ends; waits for those at work on some."""
    connection.execute(_ALONE, {"lock": lock_number(portfolio_id)})


def lock_number(portfolio_id: PortfolioId) -> int:
    """The lock's number, of 64 bits with a sign; two portfolios that had one number would only wait for each other."""
    return int.from_bytes(sha256(f"marketplace leases of {portfolio_id}".encode()).digest()[:8], "big", signed=True)
