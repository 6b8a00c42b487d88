"""Locks of applications and inquiries that may not be there yet, and of people whom they come to name."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, select, text

from marketplace_adapters.postgres.rows.directory import person_of
from marketplace_adapters.postgres.schema import people
from marketplace_core.domain.identifiers import ApplicationId, ListingId, PersonId, PortfolioId
from marketplace_core.domain.merging import require_unmerged

_HOLD: Final = text("SELECT pg_advisory_xact_lock(:lock)")


def hold_application(connection: Connection, portfolio_id: PortfolioId, application_id: ApplicationId) -> None:
    """Let nobody else change or make the application until the transaction ends."""
    _hold(connection, f"marketplace application {application_id} of {portfolio_id}")


def hold_inquiries(connection: Connection, portfolio_id: PortfolioId, listing_id: ListingId) -> None:
    """Let nobody else take an inquiry about the listing until the transaction ends."""
    _hold(connection, f"marketplace inquiries about {listing_id} of {portfolio_id}")


def keep_unmerged(connection: Connection, portfolio_id: PortfolioId, person_id: PersonId) -> None:
    """Refuse somebody who was merged; who merges them now waits, and then finds what names them."""
    named = (people.c.portfolio_id == portfolio_id, people.c.person_id == person_id)
    row = connection.execute(select(people).where(*named).with_for_update(read=True)).mappings().first()
    if row is not None:
        require_unmerged(person_of(row))


def _hold(connection: Connection, name: str) -> None:
    number = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
    connection.execute(_HOLD, {"lock": number})
