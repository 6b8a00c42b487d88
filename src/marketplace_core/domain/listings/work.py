"""The jobs that keep a public portal and the books in step: of each portfolio one of a kind waits."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import JobRequest

PUBLISH: Final = "cocorico-publish"
"""Tells the portal what changed here; without a portfolio it asks for the job of each."""
IMPORT: Final = "cocorico-import"
"""Brings bookings and inquiries, and tells landlords; without a portfolio it asks for the job of each."""
WHOLE: Final = "cocorico-whole"
"""Asks each portfolio for a look at every copy and for an import that reads everything."""
WATCH: Final = "cocorico-watch"
"""Looks whether the portal is well."""


def publish_request(portfolio_id: PortfolioId, due_at: datetime, *, whole: bool = False) -> JobRequest:
    """The job that tells the portal of a portfolio's listings; one of them and of the imports runs at a time."""
    return _request(PUBLISH, portfolio_id, due_at, whole=whole)


def import_request(portfolio_id: PortfolioId, due_at: datetime, *, whole: bool = False) -> JobRequest:
    """The job that brings a portfolio's bookings and inquiries.

    All of a portfolio run one after another, since they draft leases: no unit is booked twice by two at once.
    """
    return _request(IMPORT, portfolio_id, due_at, whole=whole)


def _request(kind: str, portfolio_id: PortfolioId, due_at: datetime, *, whole: bool) -> JobRequest:
    name = f"{kind}/{portfolio_id}"
    arguments = {"whole": "yes"} if whole else {}
    return JobRequest(
        kind, f"{name}/whole" if whole else name, due_at, portfolio_id, arguments, line=f"cocorico/{portfolio_id}"
    )
