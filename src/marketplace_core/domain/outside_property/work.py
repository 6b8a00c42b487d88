"""The jobs that keep a property manager's system and the books in step: of each portfolio one of a kind waits."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import JobRequest

PROPERTY_SYNC: Final = "condo-sync"
"""Brings what changed there; without a portfolio it asks for the job of each."""
PROPERTY_WHOLE: Final = "condo-whole"
"""Asks for a sync of each portfolio that reads everything from the start."""
TICKET_PUSH: Final = "condo-push"
"""Tells there what was changed on tickets here; without a portfolio it asks for the job of each."""
PROPERTY_WATCH: Final = "condo-watch"
"""Looks whether the system is well."""


def sync_request(portfolio_id: PortfolioId, due_at: datetime, *, whole: bool = False) -> JobRequest:
    """The job that brings a portfolio in step: of those that read what changed one waits, and one of whole ones."""
    name = f"{PROPERTY_SYNC}/{portfolio_id}"
    arguments = {"whole": "yes"} if whole else {}
    return JobRequest(PROPERTY_SYNC, f"{name}/whole" if whole else name, due_at, portfolio_id, arguments, line=name)


def push_request(portfolio_id: PortfolioId, due_at: datetime) -> JobRequest:
    """The job that tells a portfolio's changes of tickets there; it never waits behind one that reads."""
    name = f"{TICKET_PUSH}/{portfolio_id}"
    return JobRequest(TICKET_PUSH, name, due_at, portfolio_id, line=name)
