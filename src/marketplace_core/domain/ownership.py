"""Whose a fact is: the portfolio that it belongs to, and the refusal of another's."""

from __future__ import annotations

from typing import Final

from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.errors import PortfolioMismatch

_HOLDERS: Final = (
    "portfolio",
    "record",
    "unit",
    "lease",
    "invoice",
    "credit_note",
    "credit",
    "use",
    "allocation",
    "entry",
    "receipt",
    "payment",
    "match",
    "proposal",
    "alias",
    "reversal",
)
"""The fields of facts that hold a value with a portfolio id."""


def portfolio_of(fact: Fact) -> PortfolioId | None:
    """The portfolio that a fact is of; None where it does not say."""
    for name in _HOLDERS:
        holder = getattr(fact, name, None)
        if holder is not None:
            found: PortfolioId | None = holder.portfolio_id
            return found
    own: PortfolioId | None = getattr(fact, "portfolio_id", None)
    return own


def require_own(portfolio_id: PortfolioId, fact: Fact) -> None:
    """Refuse a fact of another portfolio than the command's, or one that names two (``PortfolioMismatch``)."""
    own = portfolio_of(fact)
    if own != portfolio_id or getattr(fact, "portfolio_id", own) != own:
        raise PortfolioMismatch(
            f"{type(fact).__name__} is of portfolio {own}, the command of {portfolio_id}: one book at a time"
        )
