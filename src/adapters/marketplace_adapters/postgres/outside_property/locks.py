"""Who brings pages into one portfolio queues: a page of properties behind pages of properties, and so on."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, text

from marketplace_core.domain.identifiers import PortfolioId

_HOLD: Final = text("SELECT pg_advisory_xact_lock(:lock)")


def hold_properties(connection: Connection, portfolio_id: PortfolioId) -> None:
    """Let nobody else bring properties into the portfolio until the transaction ends."""
    _hold(connection, f"marketplace properties of {portfolio_id}")


def hold_occupancies(connection: Connection, portfolio_id: PortfolioId) -> None:
    """Let nobody else bring or erase occupancies of the portfolio until the transaction ends."""
    _hold(connection, f"marketplace occupancies of {portfolio_id}")


def _hold(connection: Connection, name: str) -> None:
    number = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
    connection.execute(_HOLD, {"lock": number})
